import type { Holder } from "@kerbside/proto/robot/journal";
import type { Mission, StopKind } from "@kerbside/proto/robot/mission";
import {
  type Birth,
  deliveryMission,
  type Errand,
  hubMission,
  isAtHub,
  isLoadedBy,
  legsOf,
  progressOf,
  returnMission,
  spotOf,
} from "./mission.ts";
import type { MissionFact } from "./trip.ts";

/** A mission and what is known of it. */
export interface Running {
  readonly mission: Mission;
  readonly facts: readonly MissionFact[];
  readonly withdrawn: { readonly reason: string; readonly atMs: number } | null;
}

export interface Situation {
  readonly errand: Errand;
  /** Who holds the goods, by the robot's custody records; null before they were loaded. */
  readonly holder: Holder | null;
  /** The youngest mission of the robot, whether it ended or not. */
  readonly current: Running | null;
}

export type Order =
  | { readonly type: "withdraw"; readonly missionId: string; readonly reason: string }
  | { readonly type: "issue"; readonly mission: Mission };

export const attemptEnds = ["succeeded", "failed", "aborted", "superseded"] as const;
export type AttemptEnd = (typeof attemptEnds)[number];

/** A robot got a delivery: whatever it was about, driving home mostly, gives way. */
export function onAccepted({ errand, current }: Situation, birth: Birth): readonly Order[] {
  if (current?.mission.attempt_id === errand.attemptId) return [];
  return [...withdraw(current, "replaced"), { type: "issue", mission: deliveryMission(errand, birth) }];
}

/** Nobody took the goods, or somebody decided against it. */
export function onReturn({ errand, current }: Situation, birth: Birth): readonly Order[] {
  const isOurs = current?.mission.attempt_id === errand.attemptId;
  if (isOurs && isReturning(current.mission)) return [];
  const spot = isOurs ? spotOf(current.mission, current.facts) : ({ leg: "dropoff", place: errand.dropoff } as const);
  return [...withdraw(current, "return"), { type: "issue", mission: returnMission(errand, birth, spot) }];
}

/**
 * The attempt is over. A robot that hands the goods over drives on to its hub by the mission it has; any other is
 * called back, unless it went on to something else long ago.
 */
export function onEnded(situation: Situation, birth: Birth, reason: AttemptEnd): readonly Order[] {
  const { current, errand, holder } = situation;
  if (!current || current.mission.attempt_id !== errand.attemptId) return [];
  const isLeft = reason === "succeeded" || endsByItself(current, holder);
  if (isOpen(current) && isLeft) return [];
  return [...withdraw(current, reason), ...home(situation, current, birth)];
}

/**
 * The robot gave its mission up after the attempt had ended: somewhere on the way it waits to be told where to go. What
 * gave up driving home is left to people, or it would be told for ever.
 */
export function onStranded(situation: Situation, birth: Birth): readonly Order[] {
  const { current, errand } = situation;
  if (!current || current.mission.attempt_id !== errand.attemptId || isOpen(current)) return [];
  if (current.mission.stops.length === 1) return [];
  return home(situation, current, birth);
}

function isOpen({ facts, withdrawn }: Running): boolean {
  return progressOf(facts, withdrawn).endedAtMs === null;
}

function home({ errand, holder }: Situation, { mission, facts, withdrawn }: Running, birth: Birth): readonly Order[] {
  const spot = spotOf(mission, facts);
  const isDone = progressOf(facts, withdrawn).status === "completed";
  if (isDone || isAtHub(spot, errand.hub)) return [];
  const isLoaded = holder === null ? isLoadedBy(mission, facts) : holder === "robot";
  return [{ type: "issue", mission: hubMission(errand, birth, { spot, legs: legsOf(mission), isLoaded }) }];
}

function withdraw(current: Running | null, reason: string): readonly Order[] {
  if (!current || !isOpen(current)) return [];
  return [{ type: "withdraw", missionId: current.mission.mission_id, reason }];
}

/** The goods were handed over and only the robot's own word about it is still to come, or it is on its way home. */
function endsByItself({ mission, facts, withdrawn }: Running, holder: Holder | null): boolean {
  if (progressOf(facts, withdrawn).headsFor === "hub") return true;
  return (holder === "customer" && leadsTo(mission, "dropoff")) || (holder === "merchant" && isReturning(mission));
}

function isReturning(mission: Mission): boolean {
  return leadsTo(mission, "return");
}

function leadsTo({ stops }: Mission, stop: StopKind): boolean {
  return stops.some(({ kind }) => kind === stop);
}
