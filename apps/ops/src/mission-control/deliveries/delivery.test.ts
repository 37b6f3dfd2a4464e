import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { countDeliveries, deliveryGroupOf, deliveryLabel, pickDeliveries } from "./delivery.ts";

const waiting: DeliveryLive = {
  delivery_id: "d1",
  organization_id: "o1",
  external_id: "order-1",
  merchant_name: "Daredzhani",
  state: "created",
  state_since: "2026-01-05T09:00:00Z",
  cancel_requested: false,
  waiting_reason: "All robots are busy",
  pickup_text: "Kabanbay Batyr 1",
  pickup_lat: 51.1,
  pickup_lng: 71.4,
  dropoff_text: "Dostyk 5",
  dropoff_lat: 51.1,
  dropoff_lng: 71.4,
  robot_id: null,
  robot_name: null,
  eta_dropoff_p50_at: null,
  eta_dropoff_p90_at: null,
  eta_promised_at: null,
  created_at: "2026-01-05T09:00:00Z",
};

test.each([
  ["created", false, "waiting"],
  ["enroute_to_dropoff", false, "underway"],
  ["enroute_to_pickup", true, "problem"],
  ["enroute_to_return", false, "problem"],
  ["delivered", false, "ended"],
  ["cancelled", true, "ended"],
] as const)("a delivery that is %s (cancelling: %s) is in the group %s", (state, isCancelling, group) => {
  expect(deliveryGroupOf({ ...waiting, state, cancel_requested: isCancelling })).toBe(group);
});

test("somebody's wish to cancel is said beside the state", () => {
  expect(deliveryLabel({ state: "arrived_at_pickup", cancel_requested: true }).text).toMatch(/, to be cancelled$/);
});

test("open deliveries are shown, newest first, unless the ended ones are asked for", () => {
  const older = { ...waiting, delivery_id: "d0", created_at: "2026-01-05T08:00:00Z" };
  const ended = { ...waiting, delivery_id: "d2", state: "delivered" };

  expect(pickDeliveries([older, ended, waiting], { search: "", group: null }).map((each) => each.delivery_id)).toEqual([
    "d1",
    "d0",
  ]);
  expect(pickDeliveries([older, ended], { search: "dostyk", group: "ended" }).map((each) => each.delivery_id)).toEqual([
    "d2",
  ]);
  expect(countDeliveries([older, ended, waiting])).toEqual({ waiting: 2, underway: 0, problem: 0, ended: 1 });
});
