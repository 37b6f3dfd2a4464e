import type { DeliveryLive, RobotLatest } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { litBy, stopPins } from "./lit.ts";
import { robotOf } from "./robots/robot.ts";

const latest: RobotLatest = {
  robot_id: "r1",
  organization_id: "o1",
  name: "Robot 1",
  lat: 51.1,
  lng: 71.4,
  speed_mps: 0,
  heading_deg: null,
  battery_pct: null,
  lid: "closed_locked",
  lid_flags: [],
  operational_state: "working",
  control_mode: "AUTOMATIC",
  motion_safety: "stopped",
  connectivity: "online",
  connectivity_since: 0n,
  mission_id: "m1",
  delivery_id: "d1",
  stop: "pickup",
  at_stop: false,
  at: null,
  interval_ms: 1_000,
};
const delivery: DeliveryLive = {
  delivery_id: "d1",
  organization_id: "o1",
  external_id: null,
  merchant_name: "Daredzhani",
  state: "enroute_to_pickup",
  state_since: "2026-01-05T09:00:00Z",
  cancel_requested: false,
  waiting_reason: null,
  pickup_text: "Kabanbay Batyr 1",
  pickup_lat: 51.11,
  pickup_lng: 71.41,
  dropoff_text: "Dostyk 5",
  dropoff_lat: 51.12,
  dropoff_lng: 71.42,
  robot_id: "r1",
  robot_name: "Robot 1",
  eta_dropoff_p50_at: null,
  eta_dropoff_p90_at: null,
  eta_promised_at: null,
  created_at: "2026-01-05T09:00:00Z",
};
const robot = robotOf(latest);
const known = { robots: new Map([["r1", robot]]), deliveries: new Map([["d1", delivery]]) };

test("a robot lights its delivery, and a delivery its robot", () => {
  expect(litBy({ kind: "robot", id: "r1" }, known)).toEqual({ robot, delivery });
  expect(litBy({ kind: "delivery", id: "d1" }, known)).toEqual({ robot, delivery });
});

test("a delivery that has ended lights no robot: it may have another errand by now", () => {
  const ended = { ...delivery, state: "delivered" };

  expect(litBy({ kind: "delivery", id: "d1" }, { ...known, deliveries: new Map([["d1", ended]]) })).toEqual({
    robot: null,
    delivery: ended,
  });
});

test("what nobody knows lights nothing", () => {
  const nothing = { robot: null, delivery: null };

  expect(litBy(null, known)).toEqual(nothing);
  expect(litBy({ kind: "store", id: "s1" }, known)).toEqual(nothing);
  expect(litBy({ kind: "robot", id: "r9" }, known)).toEqual(nothing);
});

test("a lit delivery shows both its ends", () => {
  expect(stopPins(delivery).map(({ kind, place }) => [kind, place.lat])).toEqual([
    ["pickup", 51.11],
    ["dropoff", 51.12],
  ]);
  expect(stopPins(null)).toEqual([]);
});
