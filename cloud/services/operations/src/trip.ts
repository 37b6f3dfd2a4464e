import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { StopKind } from "@kerbside/proto/robot/mission";
import { eventsOf, isTerminal } from "@kerbside/proto/states/table";
import { type TripState, type TripType, tripTable } from "@kerbside/proto/states/trip";

/** What our robots' trips are for. */
export const tripPurposes = ["delivery", "return", "roaming"] as const satisfies readonly TripType[];
export type TripPurpose = (typeof tripPurposes)[number];

/** What a robot said about its mission. (epoch, seq) is the order in which it happened, whatever came first. */
export interface MissionFact extends Pick<JournalBody<"mission_progressed">, "happened" | "stop" | "place" | "reason"> {
  readonly epoch: number;
  readonly seq: number;
  readonly atMs: number;
}

export interface TripStep {
  readonly from: TripState | null;
  readonly to: TripState;
  readonly atMs: number;
}

/** What a trip was planned to be, and what we ourselves decided about it. */
export interface TripPlan {
  /** The stops of the whole mission, in order, and the last of those that this trip serves. */
  readonly stops: readonly StopKind[];
  readonly serves: readonly StopKind[];
  readonly createdAtMs: number;
  /** When the cloud took the mission back; the robot may have gone on for a while. */
  readonly withdrawnAtMs: number | null;
}

/**
 * The steps of a trip, told anew from all that is known, in the robot's order: what arrives late corrects what was
 * guessed before. Where a step was not reported, the shortest legal way to the next one stands in for it.
 */
export function tripSteps(plan: TripPlan, facts: readonly MissionFact[]): readonly TripStep[] {
  const steps: TripStep[] = [{ from: null, to: "planned", atMs: plan.createdAtMs }];
  const go = (to: TripState, atMs: number): void => {
    const from = stateAfter(steps);
    let at = from;
    for (const next of wayTo(from, to)) {
      steps.push({ from: at, to: next, atMs });
      at = next;
    }
  };
  go("reserved", plan.createdAtMs);
  const told: MissionFact[] = [];
  for (const fact of inOrder(facts)) {
    told.push(fact);
    const goal = goalOf(plan, fact, told);
    if (goal) go(goal, fact.atMs);
  }
  const isStanding = stateAfter(steps) !== "on_trip";
  if (plan.withdrawnAtMs !== null && isStanding) go(endOf(plan, told), plan.withdrawnAtMs);
  return steps;
}

export function stateAfter(steps: readonly TripStep[]): TripState {
  return steps.at(-1)?.to ?? tripTable.initial;
}

/** In the order in which the robot recorded them. */
export function inOrder<Fact extends Pick<MissionFact, "epoch" | "seq">>(facts: readonly Fact[]): readonly Fact[] {
  return facts.toSorted((a, b) => a.epoch - b.epoch || a.seq - b.seq);
}

/**
 * What of the newly told steps others have not heard. A trip that ended stays as it ended: then nothing is new and the
 * old steps stand, unless the new telling ends alike and only knows more of the way.
 */
export function retell(
  before: readonly TripStep[],
  after: readonly TripStep[],
): { readonly steps: readonly TripStep[]; readonly news: readonly TripStep[] } {
  const was = stateAfter(before);
  const is = stateAfter(after);
  if (isTerminal(tripTable, was)) return { steps: is === was ? after : before, news: [] };
  const isContinued = before.every((step, index) => after[index]?.to === step.to);
  if (isContinued) return { steps: after, news: after.slice(before.length) };
  return { steps: after, news: is === was ? [] : [{ from: was, to: is, atMs: after.at(-1)?.atMs ?? 0 }] };
}

function goalOf(plan: TripPlan, fact: MissionFact, told: readonly MissionFact[]): TripState | null {
  if (fact.happened === "refused") return "cancelled";
  if (fact.happened === "completed") return "ended";
  const side = sideOf(plan, fact.stop);
  if (fact.happened === "aborted") return side === "before" ? null : endOf(plan, told);
  if (side === "after") return "ended";
  if (side === "before") return null;
  switch (fact.happened) {
    case "accepted":
      return null;
    case "departed":
      return "on_trip";
    case "arrived":
      return "stopped";
    case "stop_completed":
      return fact.stop === plan.serves.at(-1) ? "ended" : "stopped";
  }
}

/** Whether a stop comes before, among or after those that the trip serves. */
function sideOf(plan: TripPlan, stop: StopKind | null): "before" | "within" | "after" {
  if (stop === null || plan.serves.includes(stop)) return "within";
  const first = plan.stops.findIndex((kind) => plan.serves.includes(kind));
  return plan.stops.indexOf(stop) < first ? "before" : "after";
}

/** A trip was cancelled that never set out, or that leads to a customer and carried nothing; any other has ended. */
function endOf(plan: TripPlan, told: readonly MissionFact[]): TripState {
  const isOfDelivery = plan.serves.includes("pickup");
  const hasBegun = told.some((fact) => (isOfDelivery ? isLoading(fact) : fact.happened === "departed"));
  return hasBegun ? "ended" : "cancelled";
}

function isLoading({ happened, stop }: MissionFact): boolean {
  return stop === "pickup" ? happened === "stop_completed" : stop === "dropoff";
}

/** The states of the shortest legal way, without the first; none where no way leads. */
function wayTo(from: TripState, to: TripState): readonly TripState[] {
  const ways = new Map<TripState, readonly TripState[]>([[from, []]]);
  for (const [at, way] of ways) {
    if (at === to) return way;
    for (const event of eventsOf(tripTable)) {
      const next = tripTable.steps[at][event];
      if (next && !ways.has(next)) ways.set(next, [...way, next]);
    }
  }
  return [];
}
