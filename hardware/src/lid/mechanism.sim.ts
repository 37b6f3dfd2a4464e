import type { Clock } from "@kerbside/proto/base/clock";
import type { Contacts } from "./sensing.ts";

/** The latch was driven: the ground truth that no report can hide. */
export interface Energised {
  /** Wall time, milliseconds since 1970. */
  readonly atMs: number;
  readonly direction: "release" | "engage";
  /** `unlatchHash` that authorised a release; null for engaging, and for taking back a bolt that met an open lid. */
  readonly hash: string | null;
  readonly moved: boolean;
  /** Where the lid really was. */
  readonly wasOpen: boolean;
}

/** Somebody lifted the lid. */
export interface Opening {
  readonly atMs: number;
  /** `unlatchHash` of the release that let them; null for a lid that was forced. */
  readonly hash: string | null;
}

/** What the world can do to a lid, and what it can see of it. `true` means that it worked. */
export interface LidBody {
  openLid(): boolean;
  closeLid(): boolean;
  /** Breaks the lid open, latch or not. */
  forceOpen(): void;
  /** The bolt no longer moves, until freed. */
  jam(): void;
  free(): void;
  /** Something sticks out, so that the lid cannot close, until cleared. */
  obstruct(): void;
  clear(): void;
  putGoods(): void;
  takeGoods(): void;
  /** The second position switch sticks where it is, until mended. */
  breakSwitch(): void;
  mendSwitch(): void;
  lowerPower(): void;
  restorePower(): void;
  /** Contacts chatter this often, 1 ms apart, each time the lid or the bolt moves. */
  bounce(times: number): void;
  readonly isOpen: boolean;
  readonly isLatched: boolean;
  readonly hasGoods: boolean;
  /** Every drive of the latch, oldest first. */
  readonly energised: readonly Energised[];
  /** Every time that the lid was lifted, oldest first. */
  readonly openings: readonly Opening[];
  /** Calls the moment that the latch is driven, until the answered function is called. */
  onEnergised(listener: (drive: Energised) => void): () => void;
}

/** A driven bolt needs this long to arrive. */
const travelMs = 80;

/** The simulated lid, bolt and switches: what is, as against what is reported. */
export class LidMechanism implements LidBody {
  readonly energised: Energised[] = [];
  readonly openings: Opening[] = [];
  readonly #clock: Clock;
  readonly #listeners = new Set<(contacts: Contacts) => void>();
  readonly #witnesses = new Set<(drive: Energised) => void>();
  #isOpen = false;
  #isLatched = true;
  #hasGoods = false;
  #isJammed = false;
  #isObstructed = false;
  #isPowerLow = false;
  #stuckSwitch: boolean | null = null;
  #bounces = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isLatched(): boolean {
    return this.#isLatched;
  }

  get hasGoods(): boolean {
    return this.#hasGoods;
  }

  /** What the wires say now. */
  contacts(): Contacts {
    return {
      closedA: !this.#isOpen,
      closedB: this.#stuckSwitch ?? !this.#isOpen,
      boltOut: this.#isLatched,
      goods: this.#hasGoods,
      isObstructed: this.#isObstructed,
      isPowerLow: this.#isPowerLow,
    };
  }

  /** Calls for every change of a wire, bounces included. */
  watch(listener: (contacts: Contacts) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onEnergised(listener: (drive: Energised) => void): () => void {
    this.#witnesses.add(listener);
    return () => this.#witnesses.delete(listener);
  }

  /** Drives the latch. The bolt arrives later, or never; whoever drives looks at the contacts. */
  energise(direction: Energised["direction"], hash: string | null): void {
    const drive = { atMs: this.#clock.now(), direction, hash, moved: !this.#isJammed, wasOpen: this.#isOpen };
    this.energised.push(drive);
    for (const witness of this.#witnesses) witness(drive);
    if (!drive.moved) return;
    void this.#clock.sleep(travelMs).then(() => this.#arrive(drive));
  }

  openLid(): boolean {
    if (this.#isOpen || this.#isLatched) return this.#isOpen;
    this.#open(this.energised.findLast(({ direction }) => direction === "release")?.hash ?? null);
    return true;
  }

  closeLid(): boolean {
    if (!this.#isOpen) return true;
    if (this.#isObstructed || this.#isLatched) return false;
    this.#moveLid(false);
    return true;
  }

  forceOpen(): void {
    if (!this.#isOpen) this.#open(null);
  }

  jam(): void {
    this.#isJammed = true;
  }

  free(): void {
    this.#isJammed = false;
  }

  obstruct(): void {
    this.#isObstructed = true;
    this.#tell();
  }

  clear(): void {
    this.#isObstructed = false;
    this.#tell();
  }

  putGoods(): void {
    this.#hasGoods = true;
    this.#tell();
  }

  takeGoods(): void {
    this.#hasGoods = false;
    this.#tell();
  }

  breakSwitch(): void {
    this.#stuckSwitch = !this.#isOpen;
    this.#tell();
  }

  mendSwitch(): void {
    this.#stuckSwitch = null;
    this.#tell();
  }

  lowerPower(): void {
    this.#isPowerLow = true;
    this.#tell();
  }

  restorePower(): void {
    this.#isPowerLow = false;
    this.#tell();
  }

  bounce(times: number): void {
    this.#bounces = times;
  }

  /** A drive that was given meanwhile has turned the motor round. */
  #arrive(drive: Energised): void {
    if (this.energised.at(-1) === drive) this.#moveBolt(drive.direction === "engage");
  }

  #open(hash: string | null): void {
    this.openings.push({ atMs: this.#clock.now(), hash });
    this.#moveLid(true);
  }

  #moveLid(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#chatter((contacts) => ({ ...contacts, closedA: !contacts.closedA, closedB: !contacts.closedB }));
  }

  #moveBolt(isLatched: boolean): void {
    if (this.#isLatched === isLatched) return;
    this.#isLatched = isLatched;
    this.#chatter((contacts) => ({ ...contacts, boltOut: !contacts.boltOut }));
  }

  /** The new state, back and forth as contacts do. */
  #chatter(flip: (contacts: Contacts) => Contacts): void {
    this.#tell();
    if (this.#bounces > 0) void this.#bounceOn(flip, this.#bounces);
  }

  async #bounceOn(flip: (contacts: Contacts) => Contacts, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      await this.#clock.sleep(1);
      for (const listener of this.#listeners) listener(flip(this.contacts()));
      await this.#clock.sleep(1);
      this.#tell();
    }
  }

  #tell(): void {
    const contacts = this.contacts();
    for (const listener of this.#listeners) listener(contacts);
  }
}
