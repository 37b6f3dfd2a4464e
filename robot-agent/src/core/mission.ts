import type { Place } from "@kerbside/proto/base/place";
import type { Fact, Holder, JournalBody } from "@kerbside/proto/robot/journal";
import type { Mission, MissionStop, StopKind } from "@kerbside/proto/robot/mission";
import { type Custody, holderOf, type StandingAt } from "./authorise.ts";

/** Where the robot is in its mission. */
export type MissionRun =
  | { readonly at: "none" }
  | { readonly at: "driving"; readonly mission: Mission; readonly stopIndex: number }
  | {
      readonly at: "at_stop";
      readonly mission: Mission;
      readonly stopIndex: number;
      /** Trusted time. */
      readonly arrivedAtMs: number;
    };

export interface Work {
  readonly run: MissionRun;
  /** Missions that ended here, newest last; a row of the mirror that names one is not begun again. */
  readonly endedMissions: readonly string[];
}

export const noWork: Work = { run: { at: "none" }, endedMissions: [] };

const endedMax = 50;

export interface MissionContext {
  readonly robotId: string;
  readonly trustedMs: number;
  readonly place: Place | null;
  /** What the mirror says there is to do. */
  readonly missions: ReadonlyMap<string, Mission>;
  /** A mission that was called off by command. */
  readonly cancelled: string | null;
  readonly custody: Custody | null;
  /** The drive's word that the end of this order's route is reached. */
  readonly arrivedOrder: string | null;
  /** Nothing is decided about missions before the lid was read. */
  readonly isReady: boolean;
  readonly isLidSafe: boolean;
}

export interface MissionStep {
  readonly work: Work;
  readonly facts: readonly Fact[];
}

/**
 * Brings the run up to date with what is wanted and what is true. It looks at levels, not at edges: after a restart, or
 * after half of a step was lost, the same call finds the same way on.
 */
export function stepMission(work: Work, context: MissionContext): MissionStep {
  if (!context.isReady) return { work, facts: [] };
  const facts: Fact[] = [];
  let next = work;
  // Each turn takes one step of the mission; the bound is far above what one call can need.
  for (let turn = 0; turn < 32; turn += 1) {
    const step = stepOnce(next, context);
    if (!step) break;
    next = step.work;
    facts.push(...step.facts);
  }
  return { work: next, facts };
}

/** Names one leg for the drive. */
export function orderOf(run: MissionRun): string | null {
  return run.at === "driving" ? `${run.mission.mission_id}/${run.stopIndex}` : null;
}

export function stopOf(run: MissionRun): MissionStop | null {
  return run.at === "none" ? null : (run.mission.stops[run.stopIndex] ?? null);
}

export function standingAt(run: MissionRun): StandingAt | null {
  if (run.at !== "at_stop") return null;
  const stop = stopOf(run);
  if (!stop) return null;
  const { delivery_id, attempt_id, fencing_token, compartment } = run.mission;
  return { kind: stop.kind, deliveryId: delivery_id, attemptId: attempt_id, fencingToken: fencing_token, compartment };
}

function stepOnce(work: Work, context: MissionContext): MissionStep | null {
  const { run } = work;
  const next = wanted(work, context);
  const refusal = next && whyRefused(next, context);
  if (next && refusal) {
    return {
      work: { ...work, endedMissions: withEnded(work, next) },
      facts: [progress({ mission: next, stopIndex: 0 }, "refused", refusal, context)],
    };
  }
  if (run.at === "none") return next && begin(work, next, context);
  const reason = whyOver(run.mission, next, context);
  if (reason) return end(work, run, "aborted", reason, context);
  if (run.at === "driving") return isArrived(run, context) ? arrive(work, run, context) : null;
  return leave(work, run, context);
}

function begin(work: Work, mission: Mission, context: MissionContext): MissionStep {
  const told = { mission, stopIndex: 0 };
  const stopIndex = nextOpenStop(mission, 0, context.custody);
  if (stopIndex === null) return end(work, { at: "driving", ...told }, "completed", null, context);
  const driving = { at: "driving", mission, stopIndex } as const;
  return {
    work: { ...work, run: driving },
    facts: [progress(told, "accepted", null, context), progress(driving, "departed", null, context)],
  };
}

/** The youngest mission that neither ended here nor is under way; it replaces the ones before. */
function wanted(work: Work, { missions }: MissionContext): Mission | null {
  const current = work.run.at === "none" ? null : work.run.mission;
  let best: Mission | null = null;
  for (const mission of missions.values()) {
    if (mission.mission_id === current?.mission_id || work.endedMissions.includes(mission.mission_id)) continue;
    const isYounger = mission.issued_at > Math.max(best?.issued_at ?? 0, current?.issued_at ?? 0);
    if (isYounger) best = mission;
  }
  return best;
}

function whyRefused(mission: Mission, { robotId, custody }: MissionContext): string | null {
  if (mission.robot_id !== robotId) return "wrong_robot";
  const isCarrying = custody?.holder === "robot";
  return isCarrying && custody.deliveryId !== mission.delivery_id ? "goods_aboard" : null;
}

function whyOver(mission: Mission, younger: Mission | null, context: MissionContext): string | null {
  if (context.cancelled === mission.mission_id) return "cancelled";
  if (!context.missions.has(mission.mission_id)) return "withdrawn";
  return younger ? "replaced" : null;
}

function isArrived(run: MissionRun, context: MissionContext): boolean {
  return context.arrivedOrder !== null && context.arrivedOrder === orderOf(run);
}

function arrive(work: Work, run: MissionRun & { at: "driving" }, context: MissionContext): MissionStep {
  const standing = { ...run, at: "at_stop", arrivedAtMs: context.trustedMs } as const;
  return { work: { ...work, run: standing }, facts: [progress(run, "arrived", null, context)] };
}

/** At a stop: on to the next when what it is for is done, away when nobody comes. */
function leave(work: Work, run: MissionRun & { at: "at_stop" }, context: MissionContext): MissionStep | null {
  const stop = stopOf(run);
  if (!stop || !context.isLidSafe) return null;
  if (isDone(stop.kind, run.mission, context.custody)) {
    const done = progress(run, "stop_completed", null, context);
    const stopIndex = nextOpenStop(run.mission, run.stopIndex + 1, context.custody);
    if (stopIndex === null) {
      const ended = end(work, run, "completed", null, context);
      return { ...ended, facts: [done, ...ended.facts] };
    }
    const driving = { at: "driving", mission: run.mission, stopIndex } as const;
    return { work: { ...work, run: driving }, facts: [done, progress(driving, "departed", null, context)] };
  }
  const isOverdue = stop.wait_limit_ms !== null && context.trustedMs >= run.arrivedAtMs + stop.wait_limit_ms;
  return isOverdue ? end(work, run, "aborted", "nobody_came", context) : null;
}

/** Who must hold the goods when a stop is done with. */
const holderAfter: Readonly<Partial<Record<StopKind, Holder>>> = {
  pickup: "robot",
  dropoff: "customer",
  return: "merchant",
};

function isDone(kind: StopKind, mission: Mission, custody: Custody | null): boolean {
  const holder = holderAfter[kind];
  if (!holder) return true;
  // Before anything was loaded the merchant holds the goods, which is no return.
  return custody?.deliveryId === mission.delivery_id && holderOf(custody, mission.delivery_id) === holder;
}

/** The next stop that is not done with already, as after a mission that was issued anew with the goods aboard. */
function nextOpenStop(mission: Mission, from: number, custody: Custody | null): number | null {
  for (let index = from; index < mission.stops.length; index += 1) {
    const stop = mission.stops[index];
    if (stop && (stop.kind === "hub" || !isPast(stop.kind, mission, custody))) return index;
  }
  return null;
}

function isPast(kind: StopKind, mission: Mission, custody: Custody | null): boolean {
  if (isDone(kind, mission, custody)) return true;
  // Goods that reached the customer or went back were loaded before.
  const holder = custody?.deliveryId === mission.delivery_id ? custody.holder : null;
  return kind === "pickup" && holder !== null && holder !== "merchant";
}

function end(
  work: Work,
  run: Exclude<MissionRun, { at: "none" }>,
  happened: "completed" | "aborted",
  reason: string | null,
  context: MissionContext,
): MissionStep {
  return {
    work: { run: { at: "none" }, endedMissions: withEnded(work, run.mission) },
    facts: [progress(run, happened, reason, context)],
  };
}

function withEnded({ endedMissions }: Work, mission: Mission): readonly string[] {
  return [...endedMissions, mission.mission_id].slice(-endedMax);
}

function progress(
  run: { readonly mission: Mission; readonly stopIndex: number },
  happened: JournalBody<"mission_progressed">["happened"],
  reason: string | null,
  context: MissionContext,
): Fact {
  const { mission, stopIndex } = run;
  return {
    type: "mission_progressed",
    actor: { kind: "robot", id: context.robotId },
    body: {
      mission_id: mission.mission_id,
      trip_id: mission.trip_id,
      delivery_id: mission.delivery_id,
      attempt_id: mission.attempt_id,
      happened,
      stop: mission.stops[stopIndex]?.kind ?? null,
      place: context.place,
      reason,
    },
  };
}
