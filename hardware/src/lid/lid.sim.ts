import type { Clock } from "@kerbside/proto/base/clock";
import { eventsBetween } from "./edges.ts";
import {
  isSensed,
  type LastUnlatch,
  type Lid,
  type LidEvent,
  type LidFailure,
  type LidReading,
  LidRefused,
  LidStuck,
  LidUnreachable,
  type Unlatching,
  unreachable,
} from "./lid.ts";
import { type LidBody, LidMechanism } from "./mechanism.sim.ts";
import {
  type Contacts,
  isAtRest,
  isLifted,
  isShut,
  type Sensing,
  sense,
  senseAgainAtMs,
  sensed,
  startSensing,
} from "./sensing.ts";
import { unlatchHash } from "./unlatch-hash.ts";

/** A bolt that has not arrived by then is stuck. */
const driveTimeoutMs = 800;

interface Drive {
  readonly direction: "release" | "engage";
  readonly nonce: string;
}

/**
 * A lid without a device. It outlives the program that uses it, as a real one does: after a simulated crash hand the same
 * object to the new agent. Disposing of it only detaches the listeners.
 */
export class SimLid implements Lid {
  /** The simulator's side: people, goods and wear. */
  readonly body: LidBody;
  readonly #mechanism: LidMechanism;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: LidEvent) => void>();
  readonly #spent = new Set<string>();
  #sensing: Sensing;
  /** What the device would say; nobody hears it while the link is cut. */
  #actual: LidReading;
  #unseen: LidEvent[] = [];
  #lastUnlatch: LastUnlatch | null = null;
  #drive: Drive | null = null;
  #isStalled = false;
  #isCut = false;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    this.#mechanism = new LidMechanism(clock);
    this.body = this.#mechanism;
    this.#sensing = startSensing(this.#mechanism.contacts(), clock.monotonic());
    this.#actual = this.#look();
    this.#mechanism.watch((contacts) => this.#feel(contacts));
  }

  read(): LidReading {
    return this.#isCut ? unreachable(this.#actual.atMs) : this.#actual;
  }

  subscribe(listener: (event: LidEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  unlatch(unlatching: Unlatching): void {
    const hash = unlatchHash(unlatching);
    const failure = this.#refusal() ?? (this.#spent.has(hash) ? new LidRefused("already_used", this.#actual) : null);
    if (failure) return this.#emit({ type: "unlatch_failed", nonce: unlatching.nonce, failure });
    this.#spent.add(hash);
    this.#lastUnlatch = { hash, opened: false };
    this.#start({ direction: "release", nonce: unlatching.nonce }, hash);
  }

  latch(): void {
    const failure = this.#refusal() ?? (isShut(this.#sensing) ? null : new LidRefused("not_closed", this.#actual));
    if (failure) return this.#emit({ type: "latch_failed", failure });
    this.#start({ direction: "engage", nonce: "" }, null);
  }

  /** The link to the device breaks; the lid itself carries on, and counts. */
  cutLink(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#emit({ type: "lost", reading: this.read() });
    const drive = this.#drive;
    this.#drive = null;
    if (drive) this.#fail(drive, new LidUnreachable(true, this.read()));
  }

  restoreLink(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    const unseen = this.#unseen;
    this.#unseen = [];
    for (const event of unseen) this.#emit(event);
    this.#emit({ type: isSensed(this.#actual) ? "recovered" : "changed", reading: this.#actual });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }

  #refusal(): LidFailure | null {
    if (this.#isCut) return new LidUnreachable(false, this.read());
    if (this.#drive) return new LidRefused("busy", this.#actual);
    if (this.#actual.faults.includes("power_low")) return new LidRefused("power_low", this.#actual);
    return null;
  }

  #start(drive: Drive, hash: string | null): void {
    this.#drive = drive;
    this.#mechanism.energise(drive.direction, hash);
    this.#refresh();
    void this.#clock.sleep(driveTimeoutMs).then(() => this.#giveUp(drive));
    this.#finish();
  }

  #giveUp(drive: Drive): void {
    if (this.#drive !== drive) return;
    this.#drive = null;
    this.#isStalled = true;
    this.#refresh();
    this.#fail(drive, new LidStuck(drive.direction, this.#actual));
  }

  /** Ends the drive once the bolt is where it should be. */
  #finish(): void {
    const drive = this.#drive;
    if (!drive || this.#actual.latch !== (drive.direction === "release" ? "released" : "engaged")) return;
    this.#drive = null;
    this.#isStalled = false;
    this.#refresh();
    const reading = this.#actual;
    if (drive.direction === "release") this.#emit({ type: "unlatch_done", nonce: drive.nonce, reading });
    else this.#emit({ type: "latch_done", reading });
  }

  /** A bolt that is driven out while the lid is lifted would keep it from closing, or catch a hand. */
  #takeBack(): void {
    const drive = this.#drive;
    if (drive?.direction !== "engage" || !isLifted(this.#sensing)) return;
    this.#drive = null;
    this.#mechanism.energise("release", null);
    this.#refresh();
    this.#fail(drive, new LidStuck("engage", this.#actual));
  }

  #fail(drive: Drive, failure: LidFailure): void {
    if (drive.direction === "release") this.#emit({ type: "unlatch_failed", nonce: drive.nonce, failure });
    else this.#emit({ type: "latch_failed", failure });
  }

  #feel(contacts: Contacts): void {
    const nowMs = this.#clock.monotonic();
    this.#sensing = sense(this.#sensing, contacts, nowMs);
    this.#refresh();
    this.#takeBack();
    this.#finish();
    const againAtMs = senseAgainAtMs(this.#sensing);
    if (againAtMs !== null) void this.#clock.sleep(againAtMs - nowMs).then(() => this.#feelAgain(againAtMs));
  }

  #feelAgain(dueMs: number): void {
    const nextMs = senseAgainAtMs(this.#sensing);
    if (nextMs !== null && nextMs <= dueMs) this.#feel(this.#sensing.contacts);
  }

  #refresh(): void {
    const before = this.#actual;
    this.#actual = this.#look();
    const events = eventsBetween(before, this.#actual);
    if (this.#isCut) this.#unseen.push(...events.filter((event) => event.type === "edge"));
    else for (const event of events) this.#emit(event);
  }

  #look(): LidReading {
    const now = sensed(this.#sensing, this.#isStalled);
    if (now.position === "open" && this.#lastUnlatch) this.#lastUnlatch = { ...this.#lastUnlatch, opened: true };
    const isSettled = this.#drive === null && isAtRest(this.#sensing);
    return { ...now, isSettled, atMs: this.#clock.monotonic(), lastUnlatch: this.#lastUnlatch };
  }

  #emit(event: LidEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
