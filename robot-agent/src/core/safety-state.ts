import type { EstopReading } from "@kerbside/hardware/estop/estop";
import type { Unlatching } from "@kerbside/hardware/lid/lid";
import type { PinVerifier } from "@kerbside/proto/robot/grant";
import type { Fact, JournalBody } from "@kerbside/proto/robot/journal";
import type { Signed } from "@kerbside/proto/robot/signed";
import type { MirrorView } from "@kerbside/sync/downlink";
import type { Custody, GrantUse, Refusal, Situation } from "./authorise.ts";
import { type Lid, type LidReading, type LidTimes, lockedLid } from "./lid-cycle.ts";
import { freshPinLock, type PinLock } from "./pin-lock.ts";
import type { Seals } from "./seals.ts";
import type { Moment, TrustedTime } from "./trusted-time.ts";

/** What keeps the robot from moving, worst first; `normal` is moving or stopped. */
export type Motion = "normal" | "e_stop" | "tipped_over" | "lifted" | "safe_stop";

/** What became of a command. Kept for seven days: this is the memory that refuses replays. */
export interface CommandRecord {
  readonly kind: string;
  readonly state: "intended" | "finished" | "rejected";
  /** Certain time of the last word on it. */
  readonly atMs: number;
}

export interface GrantRecord extends GrantUse {
  readonly deliveryId: string | null;
  readonly atMs: number;
}

/** A PIN whose slow hash is being computed. Lost in a crash: the person types it again. */
interface PinCheck {
  readonly attemptId: string;
}

/** Everything whose history must never be lost (P0). All but `pinCheck` and `refusedSeals` is on the disk. */
export interface Safety {
  readonly lid: Lid;
  readonly custody: Custody | null;
  readonly commands: ReadonlyMap<string, CommandRecord>;
  readonly grants: ReadonlyMap<string, GrantRecord>;
  readonly pinLock: PinLock;
  readonly motion: Motion;
  /** Somebody stopped the robot from afar. */
  readonly isStoppedRemotely: boolean;
  /** The close order that waits for the latch. */
  readonly closing: string | null;
  /**
   * Authorisations from before this trusted time open nothing: a journal was lost, and with it the memory of what had
   * been used.
   */
  readonly notBeforeMs: number;
  readonly pinCheck: PinCheck | null;
  /** Signatures that were refused already, so that one bad row is reported once. */
  readonly refusedSeals: ReadonlySet<string>;
}

export const freshSafety: Safety = {
  lid: { ...lockedLid, at: "unknown" },
  custody: null,
  commands: new Map(),
  grants: new Map(),
  pinLock: freshPinLock,
  motion: "normal",
  isStoppedRemotely: false,
  closing: null,
  notBeforeMs: 0,
  pinCheck: null,
  refusedSeals: new Set(),
};

export type SafetyInput =
  /** The first reading after a start: what was under way is resolved by what the sensors say. */
  | { readonly type: "started"; readonly reading: LidReading }
  | { readonly type: "lid_reading"; readonly reading: LidReading }
  | { readonly type: "actuator_failed"; readonly direction: "release" | "engage" }
  | { readonly type: "command"; readonly signed: Signed; readonly road: "shape" | "mqtt" }
  /** The mirror changed: orders may have come, grants may have been withdrawn. */
  | { readonly type: "mirror"; readonly before: MirrorView }
  | { readonly type: "journal_started"; readonly started: JournalBody<"journal_started"> }
  | { readonly type: "pin"; readonly attemptId: string; readonly pin: string }
  | { readonly type: "pin_checked"; readonly attemptId: string; readonly grantId: string | null }
  | { readonly type: "tick" };

export type PinAnswer = "accepted" | "pin_wrong" | "keypad_locked" | "keypad_busy" | "no_grant" | Refusal;

/** What to do after the facts are safe on the disk. */
export type SafetyAct =
  | {
      readonly type: "unlatch";
      /** Trusted time; not to be energised from here on, however long the disk took. */
      readonly notAfterMs: number;
      readonly unlatching: Unlatching;
    }
  | { readonly type: "latch" }
  | {
      readonly type: "check_pin";
      readonly attemptId: string;
      readonly pin: string;
      readonly candidates: readonly PinCandidate[];
    }
  | { readonly type: "answer_pin"; readonly attemptId: string; readonly answer: PinAnswer }
  | { readonly type: "identify" }
  /** Cuts the wheels' power; carried out at once, before anything is written. */
  | { readonly type: "engage_estop" }
  | { readonly type: "release_estop" }
  | { readonly type: "cancel_mission"; readonly missionId: string };

export interface PinCandidate {
  readonly grantId: string;
  readonly verifier: PinVerifier;
}

/** What the chain that cuts the wheels' power says. */
export type SafetyChain = Omit<EstopReading, "atMs">;

export interface SafetyContext {
  readonly robotId: string;
  /** Of the P0 journal. */
  readonly epoch: number;
  readonly now: Moment;
  readonly time: TrustedTime;
  readonly view: MirrorView;
  readonly situation: Situation;
  /** The lid was read since the start. Before that nothing is decided about it, and orders wait in the mirror. */
  readonly isReady: boolean;
  readonly chain: SafetyChain;
  readonly goods: LidReading["goods"];
  readonly lidTimes: LidTimes;
  readonly seals: Seals;
  readonly newId: () => string;
}

export interface SafetyStep {
  readonly safety: Safety;
  readonly facts: readonly Fact[];
  readonly acts: readonly SafetyAct[];
  /** The latest time that the cloud signed in what was read, for trusted time; null when none was. */
  readonly signedAtMs: number | null;
}

/** The step in the making: rules write here, the caller gets it when all have spoken. */
export interface Draft {
  safety: Safety;
  readonly facts: Fact[];
  readonly acts: SafetyAct[];
  signedAtMs: number | null;
}
