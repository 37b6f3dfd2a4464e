import {
  type DeliveryEvent,
  type DeliveryReason,
  type DeliveryState,
  deliveryTable,
} from "@kerbside/proto/states/delivery";
import type { Delivery } from "./tables.ts";

/** How long a delivery of a test key stays in each state, as Uber's Robo Courier does. */
export const rehearsalStepMs = 30_000;

export interface RehearsedStep {
  readonly event: DeliveryEvent;
  readonly reason: DeliveryReason | null;
}

/** What comes next where no robot brings it about. Loaded goods that are wanted back come back. */
export function nextRehearsed(row: Pick<Delivery, "state" | "cancel_requested" | "rehearsal">): RehearsedStep | null {
  const { state, rehearsal } = row;
  const isWantedBack = row.cancel_requested && deliveryTable.steps[state].return_started !== null;
  if (isWantedBack) return { event: "return_started", reason: "cancelled_by_creator" };
  if (rehearsal === "not_loaded" && state === "arrived_at_pickup") {
    return { event: "cancelled", reason: "failed_to_pickup" };
  }
  if (rehearsal === "not_collected" && state === "arrived_at_dropoff") {
    return { event: "return_started", reason: "failed_to_deliver" };
  }
  const event = script[state];
  return event && { event, reason: null };
}

const script: Readonly<Record<DeliveryState, DeliveryEvent | null>> = {
  created: "robot_assigned",
  confirmed: "departed_to_pickup",
  enroute_to_pickup: "arrived_at_pickup",
  arrived_at_pickup: "goods_loaded",
  picked_up: "departed_to_dropoff",
  enroute_to_dropoff: "arrived_at_dropoff",
  arrived_at_dropoff: "goods_handed_over",
  delivered: null,
  enroute_to_return: "arrived_at_return",
  arrived_at_return: "goods_returned",
  returned: null,
  cancelled: null,
  failed: null,
};
