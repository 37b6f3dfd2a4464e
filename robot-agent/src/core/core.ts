import type { Place } from "@kerbside/proto/base/place";
import type { Fact, JournalBody } from "@kerbside/proto/robot/journal";
import type { Signed } from "@kerbside/proto/robot/signed";
import { emptyMirror, type MirrorEntry, type MirrorView, reduceMirror } from "@kerbside/sync/downlink";
import type { DriveOrder, DriveReading } from "../drive.ts";
import type { Situation } from "./authorise.ts";
import type { LidReading, LidTimes } from "./lid-cycle.ts";
import { noWork, orderOf, standingAt, stepMission, stopOf, type Work } from "./mission.ts";
import { type RobotState, robotStateOf, startingRobot, stateFacts } from "./robot-state.ts";
import { stepSafety } from "./safety.ts";
import { freshSafety, type Safety, type SafetyAct, type SafetyChain, type SafetyInput } from "./safety-state.ts";
import type { Seals } from "./seals.ts";
import {
  hearNotBefore,
  hearTime,
  isTimeLost,
  isTimeSuspect,
  type Moment,
  type TrustedTime,
  trustedMs,
  watchClock,
} from "./trusted-time.ts";

/** What the senses last said. Volatile: after a start it is empty until they speak. */
export interface Body {
  readonly lid: LidReading | null;
  readonly fix: Fix | null;
  readonly battery: { readonly pct: number; readonly isCharging: boolean };
  readonly chain: SafetyChain;
  readonly drive: DriveReading;
}

export interface Fix {
  readonly place: Place;
  readonly accuracyM: number;
  readonly speedMps: number;
  readonly headingDeg: number;
}

export interface Core {
  readonly safety: Safety;
  readonly work: Work;
  readonly robot: RobotState;
  readonly view: MirrorView;
  readonly time: TrustedTime;
  readonly body: Body;
  /** What the wheels were last told: an order, or null for holding still. */
  readonly driveOrder: string | null;
  /** Why the journal cannot be written; while this stands the lid does not open. */
  readonly journalFault: string | null;
  readonly isReady: boolean;
  readonly isShuttingDown: boolean;
  readonly isTimeSuspect: boolean;
}

export type Input =
  | { readonly type: "lid"; readonly reading: LidReading }
  | { readonly type: "actuator_failed"; readonly direction: "release" | "engage" }
  | { readonly type: "fix"; readonly fix: Fix | null }
  | { readonly type: "battery"; readonly battery: Body["battery"] }
  | { readonly type: "estop"; readonly chain: SafetyChain }
  | { readonly type: "drive"; readonly reading: DriveReading }
  | { readonly type: "mirror"; readonly changed: readonly MirrorEntry[] }
  | { readonly type: "command"; readonly signed: Signed }
  | { readonly type: "signed_time"; readonly signed: Signed }
  | { readonly type: "pin"; readonly attemptId: string; readonly pin: string }
  | { readonly type: "pin_checked"; readonly attemptId: string; readonly grantId: string | null }
  | { readonly type: "journal"; readonly fault: string | null }
  /** The process began, or its journal had to begin anew: what was authorised before is then no longer believed. */
  | { readonly type: "journal_started"; readonly started: JournalBody<"journal_started"> }
  | { readonly type: "shutdown" }
  | { readonly type: "tick" };

export type Act =
  | Exclude<SafetyAct, { type: "cancel_mission" }>
  | { readonly type: "drive_go"; readonly order: DriveOrder }
  | { readonly type: "drive_hold" };

export interface CoreContext {
  readonly robotId: string;
  readonly epoch: number;
  readonly now: Moment;
  readonly seals: Seals;
  readonly newId: () => string;
}

export interface CoreStep {
  readonly core: Core;
  /** To be committed to the journal, with the safety state, before any act. */
  readonly p0: readonly Fact[];
  readonly p1: readonly Fact[];
  /** Carried out at once: nothing that stops the wheels waits for a disk. */
  readonly urgent: readonly Act[];
  readonly acts: readonly Act[];
}

const stillDrive: DriveReading = { isMoving: false, speedMps: 0, arrivedOrder: null };
const closedChain: SafetyChain = { isEngaged: false, isPressed: false, isLifted: false, isTippedOver: false };

export function startCore(
  from: { readonly safety?: Safety; readonly work?: Work; readonly robot?: RobotState; readonly time: TrustedTime },
  rows: readonly MirrorEntry[],
): Core {
  return {
    safety: from.safety ?? freshSafety,
    work: from.work ?? noWork,
    robot: from.robot ?? startingRobot,
    view: reduceMirror(emptyMirror, rows),
    time: from.time,
    body: { lid: null, fix: null, battery: { pct: 0, isCharging: false }, chain: closedChain, drive: stillDrive },
    driveOrder: null,
    journalFault: null,
    isReady: false,
    isShuttingDown: false,
    isTimeSuspect: false,
  };
}

/** One turn of the agent: senses first, then the rules of safety, then the mission, then what the wheels may do. */
export function step(before: Core, input: Input, context: CoreContext): CoreStep {
  const watched = { ...before, time: watchClock(before.time, context.now) };
  const sensed = sense(watched, input, context);
  const safety = stepSafety(sensed.safety, safetyInput(before, input), {
    ...context,
    time: sensed.time,
    view: sensed.view,
    situation: situationOf(sensed, context.now),
    isReady: sensed.isReady,
    chain: sensed.body.chain,
    goods: sensed.body.lid?.goods ?? "unknown",
    lidTimes: lidTimesOf(sensed),
  });
  const time = safety.signedAtMs === null ? sensed.time : hearNotBefore(sensed.time, safety.signedAtMs, context.now);
  const guarded: Core = { ...sensed, safety: safety.safety, time };
  const mission = stepMission(guarded.work, {
    robotId: context.robotId,
    trustedMs: trustedMs(time, context.now),
    place: guarded.body.fix?.place ?? null,
    missions: guarded.view.missions,
    cancelled: safety.acts.find((act) => act.type === "cancel_mission")?.missionId ?? null,
    custody: guarded.safety.custody,
    arrivedOrder: guarded.body.drive.arrivedOrder,
    isReady: guarded.isReady,
    isLidSafe: isLidSafe(guarded.safety),
  });
  return conclude({ ...guarded, work: mission.work }, before, context, {
    p0: safety.facts,
    p1: mission.facts,
    acts: safety.acts.filter((act) => act.type !== "cancel_mission"),
  });
}

/**
 * What stays of a step whose facts could not be written: what was sensed and heard, and that the wheels were stopped.
 * Nothing was decided; the next turn looks at the same levels and decides again.
 */
export function withoutDecisions(before: Core, made: CoreStep, fault: string): Core {
  const { view, time } = made.core;
  const driveOrder = made.urgent.some((act) => act.type === "drive_hold") ? null : before.driveOrder;
  const body = before.isReady ? made.core.body : before.body;
  return { ...before, view, time, body, driveOrder, journalFault: fault };
}

/** Wheels may turn only with the lid closed, locked and without a fault. */
function isLidSafe({ lid }: Safety): boolean {
  return lid.at === "closed_locked" && lid.flags.length === 0;
}

function mayDrive(core: Core): boolean {
  return core.isReady && !core.isShuttingDown && isLidSafe(core.safety) && core.safety.motion === "normal";
}

function conclude(
  core: Core,
  before: Core,
  context: CoreContext,
  made: { readonly p0: readonly Fact[]; readonly p1: readonly Fact[]; readonly acts: readonly Act[] },
): CoreStep {
  const robot = robotStateOf({
    isReady: core.isReady,
    isShuttingDown: core.isShuttingDown,
    hasFault: core.safety.lid.flags.length > 0 || core.safety.motion !== "normal",
    hasMission: core.work.run.at !== "none",
    isCharging: core.body.battery.isCharging,
  });
  const isTimeSuspected = isTimeSuspect(core.time, context.now);
  const order = mayDrive(core) ? orderFor(core) : null;
  const isOrderNew = (order?.orderId ?? null) !== core.driveOrder;
  const next = { ...core, robot, isTimeSuspect: isTimeSuspected, driveOrder: order?.orderId ?? null };
  const p1 = [...made.p1, ...stateFacts(before.robot, robot, null, context.robotId)];
  if (isTimeSuspected && !before.isTimeSuspect) p1.push(suspicion(next, context));
  const urgent: Act[] = made.acts.filter((act) => act.type === "engage_estop");
  const acts: Act[] = made.acts.filter((act) => act.type !== "engage_estop");
  if (isOrderNew && order) acts.push({ type: "drive_go", order });
  if (isOrderNew && !order) urgent.unshift({ type: "drive_hold" });
  return { core: next, p0: made.p0, p1, urgent, acts };
}

function suspicion(core: Core, { robotId, now }: CoreContext): Fact {
  return {
    type: "time_suspected",
    actor: { kind: "robot", id: robotId },
    body: { wall_ms: now.wallMs, trusted_ms: trustedMs(core.time, now) },
  };
}

function orderFor(core: Core): DriveOrder | null {
  const { run } = core.work;
  const orderId = orderOf(run);
  const stop = stopOf(run);
  if (orderId === null || !stop) return null;
  return {
    orderId,
    route: [...stop.route, stop.place],
    speedLimitMps: core.view.config?.speed_limit_mps ?? defaults.speedMps,
  };
}

function sense(core: Core, input: Input, context: CoreContext): Core {
  const { body } = core;
  switch (input.type) {
    case "lid":
      return { ...core, isReady: core.isReady || isCertain(input.reading), body: { ...body, lid: input.reading } };
    case "fix":
      return { ...core, body: { ...body, fix: input.fix } };
    case "battery":
      return { ...core, body: { ...body, battery: input.battery } };
    case "estop":
      return { ...core, body: { ...body, chain: input.chain } };
    case "drive":
      return { ...core, body: { ...body, drive: input.reading } };
    case "mirror":
      return { ...core, view: reduceMirror(core.view, input.changed) };
    case "signed_time": {
      const opened = context.seals.time(input.signed);
      return opened.ok ? { ...core, time: hearTime(core.time, opened.value, context.now) } : core;
    }
    case "journal":
      return { ...core, journalFault: input.fault };
    case "shutdown":
      return { ...core, isShuttingDown: true };
    case "actuator_failed":
    case "command":
    case "pin":
    case "pin_checked":
    case "journal_started":
    case "tick":
      return core;
  }
}

/** What was ordered before the start has had its effect, and the sensors say which. */
function isCertain({ position, latch, isSettled }: LidReading): boolean {
  return position !== "unknown" && latch !== "unknown" && isSettled;
}

function safetyInput(before: Core, input: Input): SafetyInput {
  switch (input.type) {
    case "lid":
      return { type: before.isReady ? "lid_reading" : "started", reading: input.reading };
    case "actuator_failed":
    case "pin":
    case "pin_checked":
      return input;
    case "command":
      return { type: "command", signed: input.signed, road: "mqtt" };
    case "mirror":
      return { type: "mirror", before: before.view };
    case "fix":
    case "battery":
    case "estop":
    case "drive":
    case "signed_time":
    case "journal":
    case "shutdown":
    case "tick":
      return { type: "tick" };
    case "journal_started":
      return input;
  }
}

function situationOf(core: Core, now: Moment): Situation {
  const { drive, fix, chain } = core.body;
  return {
    stop: standingAt(core.work.run),
    isMoving: drive.isMoving,
    isUpset: chain.isLifted || chain.isTippedOver,
    place: fix?.place ?? null,
    isTimeKnown: !isTimeLost(core.time, now),
    isJournalWritable: core.journalFault === null && !core.isShuttingDown,
  };
}

/** The lid answers within 3 s by its port; a little later it is taken for silent. */
const defaults = { actuatorMs: 3_500, unlockMs: 30_000, openLimitMs: 120_000, speedMps: 1.4 } as const;

function lidTimesOf({ view }: Core): LidTimes {
  return {
    actuatorMs: defaults.actuatorMs,
    unlockMs: view.config?.lid_unlock_timeout_ms ?? defaults.unlockMs,
    openLimitMs: view.config?.lid_open_limit_ms ?? defaults.openLimitMs,
  };
}
