import type { Address, Place } from "@kerbside/proto/base/place";
import { fromInstant } from "@kerbside/proto/base/time";
import type { DeliverySnapshot } from "@kerbside/proto/events/deliveries";
import { deliveryTable, type DeliveryState } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import type { Reason } from "./reasons.ts";

/**
 * Where dispatch stands with a delivery. `waiting` for a robot; `assigned` one by us, of which deliveries has still to
 * take note; `carried`: deliveries says which robot has it.
 */
export const planStates = ["waiting", "assigned", "carried"] as const;
export type PlanState = (typeof planStates)[number];

/** What the way with the goods takes, and where the robot goes after it. */
export interface Errand {
  readonly hub: { readonly hub_id: string; readonly place: Place };
  readonly toDropoff: Walk;
  readonly toHub: Walk;
}

export interface Walk {
  readonly distanceM: number;
  readonly durationS: number;
}

/** A robot that this delivery had, and shall not have again before then. */
export interface Avoided {
  readonly robotId: string;
  readonly untilMs: number;
}

interface Etas {
  readonly pickupMs: number | null;
  readonly dropoffP50Ms: number | null;
  readonly dropoffP90Ms: number | null;
}

/** One delivery that has not ended, as dispatch knows it. */
export interface Plan {
  readonly deliveryId: string;
  readonly organizationId: string;
  readonly externalId: string | null;
  /** Of the youngest word from deliveries. */
  readonly version: number;
  readonly deliveryState: DeliveryState;
  /** Somebody wants it cancelled: no robot is sent any more. */
  readonly isOnHold: boolean;
  readonly pickup: Address;
  readonly dropoff: Address;
  readonly pickupReadyMs: number;
  readonly state: PlanState;
  readonly stateSinceMs: number;
  /** When it first waited; a delivery that lost its robot does not queue up behind. */
  readonly waitingSinceMs: number;
  readonly robotId: string | null;
  readonly robotName: string | null;
  readonly etas: Etas;
  /** Why it waits, as others were told. */
  readonly reason: Reason | null;
  readonly avoided: readonly Avoided[];
  /** The event by which we assigned its robot; deliveries names it when it refuses. */
  readonly assignedBy: string | null;
  readonly errand: Errand | null;
}

/** What deliveries tells of one. */
export interface News {
  readonly organizationId: string;
  readonly delivery: DeliverySnapshot;
  readonly causationId: string | null;
  readonly heardMs: number;
}

/** After a robot lost a delivery on the way, or could not take it at all. */
const avoidFailedMs = 5 * 60_000;
const avoidRefusedMs = 30_000;
/** An assignment of which deliveries says nothing for so long is taken back. */
export const assignedMaxMs = 60_000;

const noEtas: Etas = { pickupMs: null, dropoffP50Ms: null, dropoffP90Ms: null };

/** The plan after the news: the same object where they are old, null where the delivery has ended. */
export function hear(plan: Plan | null, news: News): Plan | null {
  const { delivery } = news;
  if (plan && delivery.version <= plan.version) return plan;
  if (isTerminal(deliveryTable, delivery.state)) return null;
  const known = { ...(plan ?? begin(news)), ...said(plan, news) };
  if (delivery.state !== "created") return carried(known, news);
  if (!plan || plan.state === "waiting") return known;
  if (plan.state === "carried") return release(known, { avoidMs: avoidFailedMs, atMs: news.heardMs });
  const isRefused = news.causationId !== null && news.causationId === plan.assignedBy;
  return isRefused ? release(known, { avoidMs: avoidRefusedMs, atMs: news.heardMs }) : known;
}

/** Whether the solver has to look again: not where a robot goes on with what it carries, expected at another time. */
export function isToSolve(before: Plan | null, after: Plan | null): boolean {
  const isCarriedOn = before?.state === "carried" && after?.state === "carried";
  return !isCarriedOn || before.robotId !== after.robotId;
}

/** Takes an assignment back of which deliveries never took note; null where there is nothing to take back. */
export function takeBack(plan: Plan, nowMs: number): Plan | null {
  if (plan.state !== "assigned" || nowMs < plan.stateSinceMs + assignedMaxMs) return null;
  return release(plan, { avoidMs: 0, atMs: nowMs });
}

export function avoids(plan: Plan, robotId: string, nowMs: number): Avoided | undefined {
  return plan.avoided.find((avoided) => avoided.robotId === robotId && avoided.untilMs > nowMs);
}

function begin({ organizationId, delivery, heardMs }: News): Plan {
  return {
    deliveryId: delivery.delivery_id,
    organizationId,
    externalId: delivery.external_id,
    version: delivery.version,
    deliveryState: delivery.state,
    isOnHold: delivery.cancel_requested,
    pickup: delivery.pickup,
    dropoff: delivery.dropoff,
    pickupReadyMs: fromInstant(delivery.pickup_ready_at),
    state: "waiting",
    stateSinceMs: heardMs,
    waitingSinceMs: fromInstant(delivery.state_since),
    robotId: null,
    robotName: null,
    etas: noEtas,
    reason: null,
    avoided: [],
    assignedBy: null,
    errand: null,
  };
}

/** What deliveries alone decides. The errand holds as long as the two places do. */
function said(plan: Plan | null, { delivery }: News): Partial<Plan> {
  const hasMoved = plan !== null && !(isSame(plan.pickup, delivery.pickup) && isSame(plan.dropoff, delivery.dropoff));
  return {
    externalId: delivery.external_id,
    version: delivery.version,
    deliveryState: delivery.state,
    isOnHold: delivery.cancel_requested,
    pickup: delivery.pickup,
    dropoff: delivery.dropoff,
    pickupReadyMs: fromInstant(delivery.pickup_ready_at),
    ...(hasMoved ? { errand: null } : {}),
  };
}

function carried(plan: Plan, { delivery, heardMs }: News): Plan {
  const ms = (instant: string | null): number | null => (instant === null ? null : fromInstant(instant));
  return {
    ...plan,
    state: "carried",
    stateSinceMs: plan.state === "carried" ? plan.stateSinceMs : heardMs,
    robotId: delivery.robot_id,
    robotName: delivery.robot_name,
    etas: {
      pickupMs: ms(delivery.eta_pickup_at),
      dropoffP50Ms: ms(delivery.eta_dropoff_p50_at),
      dropoffP90Ms: ms(delivery.eta_dropoff_p90_at),
    },
    reason: null,
  };
}

function release(plan: Plan, { avoidMs, atMs }: { readonly avoidMs: number; readonly atMs: number }): Plan {
  const others = plan.avoided.filter(({ robotId, untilMs }) => robotId !== plan.robotId && untilMs > atMs);
  const lost = plan.robotId !== null && avoidMs > 0 ? [{ robotId: plan.robotId, untilMs: atMs + avoidMs }] : [];
  return {
    ...plan,
    state: "waiting",
    stateSinceMs: atMs,
    robotId: null,
    robotName: null,
    etas: noEtas,
    reason: null,
    avoided: [...others, ...lost],
    assignedBy: null,
  };
}

function isSame(a: Address, b: Address): boolean {
  return a.place.lat === b.place.lat && a.place.lng === b.place.lng;
}
