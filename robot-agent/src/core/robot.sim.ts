import type { Unlatching } from "@kerbside/hardware/lid/lid";
import { unlatchHash } from "@kerbside/hardware/lid/unlatch-hash";
import type { Actor } from "@kerbside/proto/base/actor";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { uuidV7 } from "@kerbside/proto/base/ids";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { Command } from "@kerbside/proto/robot/command";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { Fact, JournalBody, JournalType } from "@kerbside/proto/robot/journal";
import type { Mission } from "@kerbside/proto/robot/mission";
import type { Signed } from "@kerbside/proto/robot/signed";
import type { MirrorEntry } from "@kerbside/sync/downlink";
import { type Act, type Core, type Input, startCore, step, withoutDecisions } from "./core.ts";
import type { LidReading } from "./lid-cycle.ts";
import type { Work } from "./mission.ts";
import type { RobotState } from "./robot-state.ts";
import type { PinAnswer, Safety, SafetyChain } from "./safety-state.ts";
import { MemorySeals } from "./seals.memory.ts";
import { certainMs, type Moment, startTrustedTime, trustedMs } from "./trusted-time.ts";

export const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
export const deliveryId = "01890a5d-ac96-774b-bcce-00000000d001";
const attemptId = "01890a5d-ac96-774b-bcce-00000000a001";
export const store = { lat: 51.1, lng: 71.4 };
export const home = { lat: 51.11, lng: 71.41 };
const hub = { lat: 51.12, lng: 71.42 };
const startMs = Date.UTC(2026, 5, 1, 9);

/** Ids only need to be different here; their time does not matter. */
const idClock = new VirtualClock(startMs);

/** Where a turn of the agent is cut off. */
export type CrashPoint = "before_commit" | "before_acts" | "after_acts";

/** One energising of the latch, as an independent witness saw it. */
export interface Energised {
  readonly trueMs: number;
  readonly authorisationId: string;
  readonly nonce: string;
  readonly wasIntended: boolean;
  readonly wasMoving: boolean;
  readonly wasClosed: boolean;
}

/** The core with a body, a disk that survives, a true time beside two clocks, and a witness who writes everything down. */
export class SimulatedRobot {
  readonly rng: SeededRng;
  core: Core;
  trueMs = startMs;
  /** How far the wall clock is off. */
  wallErrorMs = 0;
  monotonicMs = 0;
  position: "closed" | "open" = "closed";
  goods: LidReading["goods"] = "unknown";
  lastUnlatch: LidReading["lastUnlatch"] = null;
  chain: SafetyChain = { isEngaged: false, isPressed: false, isLifted: false, isTippedOver: false };
  latch: "engaged" | "released" = "engaged";
  /** How many of the next actuations do nothing. */
  stuck = 0;
  isMoving = false;
  arrivedOrder: string | null = null;
  driveOrder: string | null = null;
  isDiskFull = false;
  crashAt: CrashPoint | null = null;
  readonly p0: Fact[] = [];
  readonly p1: Fact[] = [];
  readonly energised: Energised[] = [];
  /** Authorisations of which an unlatching was followed by an opening, once an episode. */
  readonly openings: string[] = [];
  readonly pinAnswers: PinAnswer[] = [];
  readonly rows = new Map<string, MirrorEntry>();
  readonly #waiting: Input[] = [];
  #isTurning = false;
  #openedInEpisode = false;
  #lastAuthorisation: string | null = null;
  #disk: { safety: Safety | null; floorMs: number; work: Work | null; robot: RobotState | null };
  #version = 0;

  constructor(seed = 1) {
    this.rng = new SeededRng(seed);
    this.#disk = { safety: null, floorMs: 0, work: null, robot: null };
    this.core = this.#boot();
    this.see();
  }

  newId = (): string => uuidV7(idClock, this.rng);

  moment(): Moment {
    return { wallMs: this.trueMs + this.wallErrorMs, monotonicMs: this.monotonicMs };
  }

  trusted(): number {
    return trustedMs(this.core.time, this.moment());
  }

  feed(input: Input): void {
    this.#waiting.push(input);
    if (this.#isTurning) return;
    this.#isTurning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#turn(next);
    this.#isTurning = false;
  }

  #turn(input: Input): void {
    const crashAt = this.crashAt;
    this.crashAt = null;
    const made = step(this.core, input, {
      robotId,
      epoch: 1,
      now: this.moment(),
      seals: new MemorySeals(),
      newId: this.newId,
    });
    for (const act of made.urgent) this.#carryOut(act);
    if (crashAt === "before_commit") return this.reboot();
    if (this.isDiskFull && made.p0.length > 0) {
      this.core = withoutDecisions(this.core, made, "disk full");
      return;
    }
    this.p0.push(...made.p0);
    this.p1.push(...made.p1);
    this.core = made.core;
    this.#disk = {
      safety: { ...made.core.safety, pinCheck: null, refusedSeals: new Set() },
      floorMs: certainMs(made.core.time, this.moment()),
      work: made.core.work,
      robot: made.core.robot,
    };
    if (crashAt === "before_acts") return this.reboot();
    for (const act of made.acts) this.#carryOut(act);
    if (crashAt === "after_acts") this.reboot();
  }

  /** The process dies and comes back; whatever was not on the disk is gone. */
  reboot(offMs = 0): void {
    this.trueMs += offMs;
    this.monotonicMs = 0;
    this.#waiting.length = 0;
    this.isMoving = false;
    this.arrivedOrder = null;
    this.core = this.#boot();
    this.see();
  }

  pass(durationMs: number, stepMs = 1_000): void {
    for (let left = durationMs; left > 0; left -= stepMs) {
      this.trueMs += Math.min(stepMs, left);
      this.monotonicMs += Math.min(stepMs, left);
      this.feed({ type: "tick" });
      this.see();
    }
  }

  /** The senses report; the lid's reading is what the sensors say now. */
  see(): void {
    this.feed({ type: "lid", reading: this.reading() });
    const { isMoving, arrivedOrder } = this;
    this.feed({ type: "estop", chain: this.chain });
    this.feed({ type: "drive", reading: { isMoving, speedMps: isMoving ? 1 : 0, arrivedOrder } });
  }

  reading(): LidReading {
    const { position, latch, goods, lastUnlatch } = this;
    return { position, latch, goods, faults: [], isSettled: true, lastUnlatch };
  }

  /** Somebody lifts the lid, which works only while the latch is released. */
  openByHand(): void {
    if (this.latch !== "released" || this.position === "open") return;
    this.position = "open";
    if (this.lastUnlatch) this.lastUnlatch = { ...this.lastUnlatch, opened: true };
    if (!this.#openedInEpisode && this.#lastAuthorisation !== null) this.openings.push(this.#lastAuthorisation);
    this.#openedInEpisode = true;
    this.see();
  }

  closeByHand(): void {
    this.position = "closed";
    this.see();
  }

  arrive(): void {
    this.arrivedOrder = this.driveOrder;
    this.isMoving = false;
    this.see();
  }

  tell(entry: Omit<MirrorEntry, "version">): void {
    this.#version += 1;
    const row = { ...entry, version: this.#version };
    this.rows.set(`${entry.kind}/${entry.id}`, row);
    this.feed({ type: "mirror", changed: [row] });
  }

  facts<T extends JournalType>(type: T): readonly BodyOf<T>[] {
    return [...this.p0, ...this.p1].filter((fact) => isOfType(fact, type)).map((fact): BodyOf<T> => fact.body);
  }

  #boot(): Core {
    const { safety, work, robot, floorMs } = this.#disk;
    const time = startTrustedTime(floorMs, this.moment());
    const saved = { ...(safety && { safety }), ...(work && { work }), ...(robot && { robot }) };
    return startCore({ ...saved, time }, [...this.rows.values()]);
  }

  #carryOut(act: Act): void {
    switch (act.type) {
      case "unlatch":
        if (this.trusted() >= act.notAfterMs) return this.feed({ type: "actuator_failed", direction: "release" });
        this.#energise(act.unlatching);
        return this.see();
      case "latch":
        if (this.stuck > 0) this.stuck -= 1;
        else if (this.position === "closed") this.#engage();
        return this.see();
      case "check_pin": {
        const match = act.candidates.find((candidate) => candidate.verifier.hash === act.pin);
        return this.feed({ type: "pin_checked", attemptId: act.attemptId, grantId: match?.grantId ?? null });
      }
      case "answer_pin":
        this.pinAnswers.push(act.answer);
        return;
      case "drive_go":
        this.driveOrder = act.order.orderId;
        this.isMoving = true;
        return this.see();
      case "drive_hold":
        this.isMoving = false;
        return;
      case "engage_estop":
        this.chain = { ...this.chain, isEngaged: true };
        return this.see();
      case "release_estop":
        if (!this.chain.isPressed && !this.chain.isLifted) this.chain = { ...this.chain, isEngaged: false };
        return this.see();
      case "identify":
        return;
    }
  }

  #energise({ authorisation, nonce }: Unlatching): void {
    const authorisationId = authorisation.id;
    this.energised.push({
      trueMs: this.trueMs,
      authorisationId,
      nonce,
      wasIntended: this.p0.some((fact) => fact.type === "unlock_intended" && fact.body.nonce === nonce),
      wasMoving: this.isMoving,
      wasClosed: this.position === "closed" && this.latch === "engaged",
    });
    if (this.stuck > 0) {
      this.stuck -= 1;
      return;
    }
    this.latch = "released";
    this.lastUnlatch = { hash: unlatchHash({ authorisation, nonce }), opened: false };
    this.#openedInEpisode = false;
    this.#lastAuthorisation = authorisationId;
  }

  #engage(): void {
    this.latch = "engaged";
    this.#lastAuthorisation = null;
  }
}

type BodyOf<T extends JournalType> = FactOf<T>["body"];
interface FactOf<T extends JournalType> {
  readonly type: T;
  readonly actor: Actor;
  readonly body: JournalBody<T>;
}

function isOfType<T extends JournalType>(fact: Fact, type: T): fact is Fact & FactOf<T> {
  return fact.type === type;
}

export function missionOf(change: Partial<Mission> = {}): Mission {
  const stop = (kind: Mission["stops"][number]["kind"], place: typeof store, wait: number | null) => ({
    kind,
    place,
    route: [place],
    wait_limit_ms: wait,
  });
  return {
    v: 1,
    mission_id: "01890a5d-ac96-774b-bcce-0000000e0001",
    robot_id: robotId,
    trip_id: null,
    delivery_id: deliveryId,
    attempt_id: attemptId,
    fencing_token: 1,
    compartment: 0,
    stops: [stop("pickup", store, 600_000), stop("dropoff", home, 600_000), stop("hub", hub, null)],
    issued_at: startMs,
    ...change,
  };
}

export function missionRow(mission: Mission): Omit<MirrorEntry, "version"> {
  return { kind: "mission", id: mission.mission_id, body: JSON.stringify(mission) };
}

export function commandOf(robot: SimulatedRobot, change: Partial<Command> = {}): Command {
  return {
    v: 1,
    command_id: robot.newId(),
    robot_id: robotId,
    epoch: null,
    kind: "open_lid",
    args: { compartment: 0, purpose: "load", delivery_id: deliveryId },
    precondition: null,
    issued_seq: 1,
    issued_at: robot.trueMs,
    expires_at: robot.trueMs + 30_000,
    actor: { kind: "user", id: "u1" },
    ...change,
  };
}

export function sealedCommand(command: Command): Signed {
  return MemorySeals.seal("command", command);
}

/** The PIN of a simulated grant stands in its verifier's hash. */
export function grantOf(robot: SimulatedRobot, pin: string, change: Partial<Grant> = {}): Grant {
  return {
    v: 1,
    grant_id: robot.newId(),
    robot_id: robotId,
    delivery_id: deliveryId,
    attempt_id: attemptId,
    fencing_token: 1,
    compartment: 0,
    purpose: "load",
    means: "load_code",
    nbf: robot.trueMs - 1_000,
    exp: robot.trueMs + 3_600_000,
    place: store,
    radius_m: 50,
    pin_verifier: { kind: "scrypt", salt: "", hash: pin, n: 2, r: 1, p: 1 },
    ...change,
  };
}

export function grantRow(grant: Grant): Omit<MirrorEntry, "version"> {
  return { kind: "grant", id: grant.grant_id, body: JSON.stringify(MemorySeals.seal("grant", grant)) };
}
