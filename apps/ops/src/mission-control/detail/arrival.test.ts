import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { arrivalOf } from "./arrival.ts";

const underway: DeliveryLive = {
  delivery_id: "d1",
  organization_id: "o1",
  external_id: null,
  merchant_name: "Daredzhani",
  state: "enroute_to_dropoff",
  state_since: "2026-01-05T09:00:00Z",
  cancel_requested: false,
  waiting_reason: null,
  pickup_text: "Kabanbay Batyr 1",
  pickup_lat: 51.1,
  pickup_lng: 71.4,
  dropoff_text: "Dostyk 5",
  dropoff_lat: 51.1,
  dropoff_lng: 71.4,
  robot_id: null,
  robot_name: null,
  eta_dropoff_p50_at: "2026-01-05T09:10:00Z",
  eta_dropoff_p90_at: "2026-01-05T09:20:00Z",
  eta_promised_at: "2026-01-05T09:25:00Z",
  created_at: "2026-01-05T09:00:00Z",
};

test("a robot under way is expected within a window", () => {
  expect(arrivalOf(underway)).toEqual({
    at: "expected",
    fromMs: Date.UTC(2026, 0, 5, 9, 10),
    toMs: Date.UTC(2026, 0, 5, 9, 20),
    lateByMs: 0,
  });
});

test("what is expected later than it was promised is late by that much", () => {
  expect(arrivalOf({ ...underway, eta_promised_at: "2026-01-05T09:07:00Z" })).toMatchObject({ lateByMs: 180_000 });
  expect(arrivalOf({ ...underway, eta_promised_at: null })).toMatchObject({ lateByMs: 0 });
});

test("before anybody has worked it out, the arrival is unknown", () => {
  expect(arrivalOf({ ...underway, state: "created", eta_dropoff_p90_at: null })).toEqual({ at: "unknown" });
});

test.each(["arrived_at_dropoff", "enroute_to_return", "delivered", "cancelled"])(
  "nothing is promised any more once a delivery is %s",
  (state) => {
    expect(arrivalOf({ ...underway, state })).toEqual({ at: "past" });
  },
);
