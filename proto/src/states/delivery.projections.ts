import type { DeliveryState } from "./delivery.ts";

/** Uber Direct's delivery statuses, in the order in which they may follow each other; the last three are final. */
export const uberStatuses = [
  "pending",
  "pickup",
  "pickup_complete",
  "dropoff",
  "delivered",
  "canceled",
  "returned",
] as const;
export type UberStatus = (typeof uberStatuses)[number];

/** A delivery as Uber's clients know it. `courierImminent` is true while the robot stands at the stop it serves next. */
export interface UberView {
  readonly status: UberStatus;
  readonly courierImminent: boolean;
}

/**
 * Our states as Uber statuses. A legal step never moves the status back, except when a robot is taken off before the
 * goods are loaded. While goods travel back the original stays at `dropoff`; their way home is a delivery of its own.
 */
export const uberView: Readonly<Record<DeliveryState, UberView>> = {
  created: { status: "pending", courierImminent: false },
  confirmed: { status: "pickup", courierImminent: false },
  enroute_to_pickup: { status: "pickup", courierImminent: false },
  arrived_at_pickup: { status: "pickup", courierImminent: true },
  picked_up: { status: "pickup_complete", courierImminent: false },
  enroute_to_dropoff: { status: "dropoff", courierImminent: false },
  arrived_at_dropoff: { status: "dropoff", courierImminent: true },
  delivered: { status: "delivered", courierImminent: false },
  enroute_to_return: { status: "dropoff", courierImminent: false },
  arrived_at_return: { status: "dropoff", courierImminent: false },
  returned: { status: "returned", courierImminent: false },
  cancelled: { status: "canceled", courierImminent: false },
  failed: { status: "canceled", courierImminent: false },
};

/** The `ret_` delivery that Uber shows beside an original whose goods travel back; null where there is none. */
export const uberReturnView: Readonly<Record<DeliveryState, UberView | null>> = {
  created: null,
  confirmed: null,
  enroute_to_pickup: null,
  arrived_at_pickup: null,
  picked_up: null,
  enroute_to_dropoff: null,
  arrived_at_dropoff: null,
  delivered: null,
  enroute_to_return: { status: "dropoff", courierImminent: false },
  arrived_at_return: { status: "dropoff", courierImminent: true },
  returned: { status: "delivered", courierImminent: false },
  cancelled: null,
  failed: null,
};

/** How far along a status is; the final ones are equally far. */
export function uberProgress(status: UberStatus): number {
  return Math.min(uberStatuses.indexOf(status), uberStatuses.indexOf("delivered"));
}
