import type { Holder } from "@kerbside/proto/robot/journal";
import type { StopKind } from "@kerbside/proto/robot/mission";
import {
  type DeliveryEvent,
  type DeliveryState,
  deliveryStates,
  deliveryTable,
  isLoaded,
} from "@kerbside/proto/states/delivery";
import { eventsOf, isTerminal } from "@kerbside/proto/states/table";

/** What a robot says that may move a delivery. Custody rests on a lid cycle; mission facts only on the robot's plan. */
export type RobotFact =
  | { readonly type: "departed" | "arrived"; readonly stop: StopKind }
  | { readonly type: "stopped"; readonly stop: StopKind | null; readonly reason: string; readonly isRefusal: boolean }
  | { readonly type: "custody"; readonly from: Holder; readonly to: Holder };

/** One step to take. `inferred` where nobody reported it: it lies on the only legal way to what was reported. */
export interface Step {
  readonly event: DeliveryEvent;
  readonly from: DeliveryState;
  readonly to: DeliveryState;
  readonly reason: string | null;
  readonly inferred: boolean;
  /** In the words of whoever decided. */
  readonly note?: string;
}

/** What a fact means to a delivery as it stands. */
export type Reading =
  | { readonly kind: "steps"; readonly steps: readonly Step[] }
  /** It tells of a state that the delivery has passed: a guess about it gets its real time. */
  | { readonly kind: "known"; readonly state: DeliveryState }
  /** It rests on a custody record that has not come yet; to be read again when it has. */
  | { readonly kind: "early" }
  /** It contradicts what is settled or says more than the table can: kept beside the steps. */
  | { readonly kind: "beside"; readonly fact: string; readonly isAlarming: boolean }
  | { readonly kind: "nothing" };

/** The delivery as a robot's fact finds it. */
export interface Standing {
  readonly state: DeliveryState;
  readonly isCancelRequested: boolean;
  /** States that it has been in since this attempt began. */
  readonly passed: ReadonlySet<DeliveryState>;
  readonly pickupFailures: number;
  readonly pickupTriesMax: number;
}

/**
 * Reads one fact. `isLate` says that a younger mission fact was read before: then it only tells of the past.
 * A picked-up, delivered or returned step is never guessed from a mission fact, since it needs a lid cycle.
 */
export function read(fact: RobotFact, standing: Standing, isLate = false): Reading {
  switch (fact.type) {
    case "departed":
    case "arrived":
      return readMission(missionEvents[fact.type][fact.stop], standing, isLate);
    case "stopped":
      return isLate ? nothing : readStop(fact, standing);
    case "custody":
      return readCustody(fact, standing);
  }
}

/** The legal way to the first step for which the event stands, guessed steps first. Null where there is none. */
export function wayBy(
  from: DeliveryState,
  event: DeliveryEvent,
  through: ReadonlySet<DeliveryEvent>,
): readonly Step[] | null {
  const ways = new Map<DeliveryState, readonly Step[]>([[from, []]]);
  for (const [at, way] of ways) {
    const to = deliveryTable.steps[at][event];
    if (to) return [...way, { event, from: at, to, reason: null, inferred: false }];
    for (const between of eventsOf(deliveryTable)) {
      const next = through.has(between) ? deliveryTable.steps[at][between] : null;
      if (next && !ways.has(next)) ways.set(next, [...way, guess(between, at, next)]);
    }
  }
  return null;
}

const nothing = { kind: "nothing" } as const;

const missionEvents: Readonly<Record<"departed" | "arrived", Readonly<Record<StopKind, DeliveryEvent | null>>>> = {
  departed: { pickup: "departed_to_pickup", dropoff: "departed_to_dropoff", return: "return_started", hub: null },
  arrived: { pickup: "arrived_at_pickup", dropoff: "arrived_at_dropoff", return: "arrived_at_return", hub: null },
};

const driving = ["departed_to_pickup", "arrived_at_pickup", "departed_to_dropoff", "arrived_at_dropoff"] as const;
/** What may be guessed on the way to a reported event. A return is guessed only where goods came back. */
const toReturn: ReadonlySet<DeliveryEvent> = new Set(["return_started", "arrived_at_return"] as const);
const toDrive: ReadonlySet<DeliveryEvent> = new Set(driving);
const withLoading: ReadonlySet<DeliveryEvent> = new Set([...driving, "goods_loaded"] as const);
const withReturn: ReadonlySet<DeliveryEvent> = new Set([...withLoading, ...toReturn]);

function readMission(event: DeliveryEvent | null, standing: Standing, isLate: boolean): Reading {
  if (event === null) return nothing;
  const { state, passed } = standing;
  const goal = goalOf(event);
  if (isLate) return passed.has(goal) ? { kind: "known", state: goal } : beside(event);
  if (state === goal) return { kind: "known", state: goal };
  const way = wayBy(state, event, event === "arrived_at_return" ? toReturn : toDrive);
  if (way) return { kind: "steps", steps: way };
  if (passed.has(goal)) return { kind: "known", state: goal };
  if (wayBy(state, event, withReturn)) return { kind: "early" };
  return beside(event);
}

function readCustody({ from, to }: RobotFact & { type: "custody" }, { state, passed }: Standing): Reading {
  const event = custodyEvent(from, to);
  if (!event) return { kind: "beside", fact: `the goods went from ${from} to ${to}`, isAlarming: true };
  const goal = goalOf(event);
  if (passed.has(goal)) return { kind: "known", state: goal };
  const way = wayBy(state, event, through[event]);
  if (way) return { kind: "steps", steps: way };
  return { kind: "beside", fact: `the goods went from ${from} to ${to}`, isAlarming: true };
}

/** Whether the goods were in the robot that reports this, so that they are its delivery's whatever we thought. */
export function showsGoods({ from, to }: RobotFact & { type: "custody" }): boolean {
  return custodyEvent(from, to) !== null;
}

type CustodyEvent = "goods_loaded" | "goods_handed_over" | "goods_returned";

const through: Readonly<Record<CustodyEvent, ReadonlySet<DeliveryEvent>>> = {
  goods_loaded: toDrive,
  goods_handed_over: withLoading,
  goods_returned: withReturn,
};

function custodyEvent(from: Holder, to: Holder): CustodyEvent | null {
  if (to === "robot" && from === "merchant") return "goods_loaded";
  if (to === "customer") return "goods_handed_over";
  return to === "merchant" && from === "robot" ? "goods_returned" : null;
}

/** A robot gave its mission up, or would not begin it. That we ourselves took it back is no news. */
function readStop({ stop, reason, isRefusal }: RobotFact & { type: "stopped" }, standing: Standing): Reading {
  const { state } = standing;
  if (reason === "withdrawn" || reason === "replaced" || stop === "hub") return nothing;
  if (isTerminal(deliveryTable, state) || state === "created") return nothing;
  if (stop === "dropoff" && !isLoaded(state)) return { kind: "early" };
  // A requested cancel waits for the load grant's end: a lid may stand open while the mission is given up.
  if (!isLoaded(state)) return standing.isCancelRequested ? nothing : readLoadingStop(reason, standing);
  if (isRefusal) return { kind: "beside", fact: `the robot refused its mission: ${reason}`, isAlarming: true };
  if (stop === "return" || state === "enroute_to_return" || state === "arrived_at_return") {
    return { kind: "beside", fact: `the robot gave the return up: ${reason}`, isAlarming: true };
  }
  return { kind: "steps", steps: homewards(state, reason) };
}

/** Nobody came to load: the next robot may have more luck, up to a limit. Anything else is the robot's own trouble. */
function readLoadingStop(reason: string, { state, pickupFailures, pickupTriesMax }: Standing): Reading {
  const isLastTry = reason === "nobody_came" && pickupFailures + 1 >= pickupTriesMax;
  const way = isLastTry ? wayBy(state, "cancelled", none) : wayBy(state, "unassigned", none);
  return { kind: "steps", steps: withReason(way ?? [], isLastTry ? "failed_to_pickup" : reason) };
}

function homewards(state: DeliveryState, reason: string): readonly Step[] {
  const isArrivalUnheard = reason === "nobody_came" && state !== "arrived_at_dropoff";
  const arrival = isArrivalUnheard ? (wayBy(state, "arrived_at_dropoff", toDrive) ?? []) : [];
  const guessed = arrival.map((step) => ({ ...step, inferred: true }));
  const at = guessed.at(-1)?.to ?? state;
  return [...guessed, ...withReason(wayBy(at, "return_started", none) ?? [], reason)];
}

const none: ReadonlySet<DeliveryEvent> = new Set();

function withReason(steps: readonly Step[], reason: string): readonly Step[] {
  return steps.map((step, index) => (index === steps.length - 1 ? { ...step, reason } : step));
}

/** Every event leads to one state only, wherever it begins. */
export function goalOf(event: DeliveryEvent): DeliveryState {
  for (const state of deliveryStates) {
    const goal = deliveryTable.steps[state][event];
    if (goal) return goal;
  }
  throw new Error(`the delivery's table leads nowhere by ${event}`);
}

function guess(event: DeliveryEvent, from: DeliveryState, to: DeliveryState): Step {
  return { event, from, to, reason: null, inferred: true };
}

function beside(event: DeliveryEvent): Reading {
  return { kind: "beside", fact: `it was reported that the delivery ${event.replaceAll("_", " ")}`, isAlarming: false };
}
