/** Delivery states (domain.md 2, canonical = DoorDash granularity). */
export const deliveryStates = [
  "created",
  "confirmed",
  "enroute_to_pickup",
  "arrived_at_pickup",
  "picked_up",
  "enroute_to_dropoff",
  "arrived_at_dropoff",
  "delivered",
  "enroute_to_return",
  "arrived_at_return",
  "returned",
  "cancelled",
  "failed",
] as const;
export type DeliveryState = (typeof deliveryStates)[number];
