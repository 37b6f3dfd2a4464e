import { type DeliveryEvent, type DeliveryState, deliveryTable } from "@kerbside/proto/states/delivery";

/** How long a delivery of a test key stays in each state, as Uber's Robo Courier does. */
export const rehearsalStepMs = 30_000;

/** What comes next where no robot brings it about: the goods are taken and handed over, or come back if they are wanted back. */
export function nextRehearsed(state: DeliveryState, isCancelRequested: boolean): DeliveryEvent | null {
  if (isCancelRequested && deliveryTable.steps[state].return_started) return "return_started";
  return script[state];
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
