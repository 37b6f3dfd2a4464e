import type { Authorisation, LidFlag } from "@kerbside/proto/robot/lid";

/**
 * One lockable compartment: a lid that people move by hand and a latch that we move.
 *
 * `unlatch` and `latch` return at once; what came of them is an event, as is everything that people do to the lid.
 * Nothing here waits or throws, so that a synchronous core can own it: put the events into a queue, do not act in them.
 * A lid is fail-secure: losing power, the link or this program never releases the latch.
 */
export interface Lid extends AsyncDisposable {
  /** What is known now. Before the first word from the device everything is `unknown` with the fault `comms_lost`. */
  read(): LidReading;
  /**
   * Releases the latch, once. Ends in exactly one `unlatch_done` or `unlatch_failed` with the same nonce, within 3 s.
   * The caller has committed the intent before: hardware checks freshness, never the right to open.
   */
  unlatch(unlatching: Unlatching): void;
  /**
   * Engages the latch of a closed lid. Ends in exactly one `latch_done` or `latch_failed`, within 3 s. The device refuses
   * (`not_closed`) as soon as one raw contact is off, and takes the bolt back when the lid is lifted under way.
   */
  latch(): void;
  /** Calls for every event from now on, until the answered function is called. */
  subscribe(listener: (event: LidEvent) => void): () => void;
}

/** One unlatching: whose right is used, and the nonce of the journaled intent that makes it distinct. */
export interface Unlatching {
  readonly authorisation: Authorisation;
  readonly nonce: string;
}

/** The flags of `lidFlags` that hardware itself can sense; the others are decided by the lid cycle. */
export const lidFaults = [
  "sensor_disagree",
  "obstructed",
  "stalled",
  "comms_lost",
  "power_low",
] as const satisfies readonly LidFlag[];
export type LidFault = (typeof lidFaults)[number];

/** All that is known of one lid at one moment. */
export interface LidReading {
  /** When the device last said so, on the adapter's monotonic clock, milliseconds. */
  readonly atMs: number;
  readonly position: "open" | "closed" | "unknown";
  readonly latch: "engaged" | "released" | "unknown";
  /** Whether something lies in the compartment; `unknown` where no sensor is fitted. */
  readonly goods: "present" | "absent" | "unknown";
  /** In the order of `lidFaults`, each at most once. */
  readonly faults: readonly LidFault[];
  /**
   * The latch is not being driven and no contact is on its way. Until then what was done to the lid before may still
   * change what is read, so that a program that has just started waits before it believes anything.
   */
  readonly isSettled: boolean;
  /**
   * The last unlatching that the latch was driven for, as long as the device remembers it (it forgets without power).
   * After a crash between intent and result this says whether the act happened and whether its use was spent.
   */
  readonly lastUnlatch: LastUnlatch | null;
}

/** What the device itself remembers of an unlatching. */
export interface LastUnlatch {
  /** `unlatchHash` of the unlatching, 64 hex digits. */
  readonly hash: string;
  /** The lid has been open since. */
  readonly opened: boolean;
}

/** The edges by which the lid cycle goes on (`lidTable` of proto); a bouncing contact gives one. */
export type LidEdge = "latch_released" | "latch_engaged" | "lid_opened" | "lid_closed";

/** What happened at a lid, in the order in which it happened; each carries what is known afterwards. */
export type LidEvent =
  | { readonly type: "edge"; readonly edge: LidEdge; readonly reading: LidReading }
  /** Faults, goods or a single sensor changed, without an edge. */
  | { readonly type: "changed"; readonly reading: LidReading }
  /** Position or latch is no longer known. */
  | { readonly type: "lost"; readonly reading: LidReading }
  /** Both are known, for the first time or again. Edges that happened unseen come before it where the device counted them. */
  | { readonly type: "recovered"; readonly reading: LidReading }
  | { readonly type: "unlatch_done"; readonly nonce: string; readonly reading: LidReading }
  | { readonly type: "unlatch_failed"; readonly nonce: string; readonly failure: LidFailure }
  | { readonly type: "latch_done"; readonly reading: LidReading }
  | { readonly type: "latch_failed"; readonly failure: LidFailure };

export type LidFailure = LidStuck | LidRefused | LidUnreachable;

/** The latch was driven and did not arrive: jammed, blocked or under load. Trying again may help. */
export class LidStuck extends Error {
  readonly code = "lid_stuck";
  readonly reading: LidReading;

  constructor(wanted: "release" | "engage", reading: LidReading) {
    super(`lid did not ${wanted}: ${describeReading(reading)}`);
    this.name = "LidStuck";
    this.reading = reading;
  }
}

/** Why a device declines: busy with another drive, not closed, a right used before, a challenge too old, too little power. */
export const lidRefusals = ["busy", "not_closed", "already_used", "stale_challenge", "power_low"] as const;
export type LidRefusal = (typeof lidRefusals)[number];

/** The device declined before driving the latch; nothing moved. */
export class LidRefused extends Error {
  readonly code = "lid_refused";
  readonly reason: LidRefusal;
  readonly reading: LidReading;

  constructor(reason: LidRefusal, reading: LidReading) {
    super(`lid refused: ${reason}: ${describeReading(reading)}`);
    this.name = "LidRefused";
    this.reason = reason;
    this.reading = reading;
  }
}

/** The device did not answer. With `mayHaveMoved` only `lastUnlatch` after recovery tells what happened. */
export class LidUnreachable extends Error {
  readonly code = "lid_unreachable";
  readonly mayHaveMoved: boolean;
  readonly reading: LidReading;

  constructor(mayHaveMoved: boolean, reading: LidReading) {
    super(`lid does not answer: mayHaveMoved=${mayHaveMoved} ${describeReading(reading)}`);
    this.name = "LidUnreachable";
    this.mayHaveMoved = mayHaveMoved;
    this.reading = reading;
  }
}

/** Both where the lid and where the latch is are known. */
export function isSensed(reading: LidReading): boolean {
  return reading.position !== "unknown" && reading.latch !== "unknown";
}

/** The only reading with which wheels may turn: closed, engaged, no fault. */
export function isSecure(reading: LidReading): boolean {
  return reading.position === "closed" && reading.latch === "engaged" && reading.faults.length === 0;
}

/** The reading of a device that does not answer; `atMs` is when it last did. */
export function unreachable(atMs: number): LidReading {
  return {
    atMs,
    position: "unknown",
    latch: "unknown",
    goods: "unknown",
    faults: ["comms_lost"],
    isSettled: false,
    lastUnlatch: null,
  };
}

/** A reading in the words of a log line. */
export function describeReading(reading: LidReading): string {
  const faults = reading.faults.length > 0 ? ` faults=${reading.faults.join(",")}` : "";
  return `position=${reading.position} latch=${reading.latch}${faults}`;
}
