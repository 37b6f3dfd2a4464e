import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { deliveryStates } from "@kerbside/proto/states/delivery";
import { expect, test } from "vitest";
import { estimateAfter } from "./eta.ts";

const before = {
  eta_pickup_at: "2026-01-05T09:10:00.000Z",
  eta_dropoff_p50_at: "2026-01-05T09:30:00.000Z",
  eta_dropoff_p90_at: "2026-01-05T09:40:00.000Z",
};
const legs: RouteLeg[] = [
  { to: "pickup", distance_m: 300, duration_s: 250, line: [] },
  { to: "dropoff", distance_m: 1_200, duration_s: 900, line: [] },
];
const at = Date.parse("2026-01-05T09:25:00.000Z");

test("a robot that leaves the store late arrives late, with the same doubt as before", () => {
  expect(estimateAfter("enroute_to_dropoff", at, before, legs)).toEqual({
    eta_pickup_at: "2026-01-05T09:10:00.000Z",
    eta_dropoff_p50_at: "2026-01-05T09:40:00.000Z",
    eta_dropoff_p90_at: "2026-01-05T09:50:00.000Z",
  });
});

test("without a known way the estimate stays", () => {
  expect(estimateAfter("enroute_to_dropoff", at, before, [])).toEqual(before);
});

test("an arrival replaces its estimate, and what nobody carries to the customer has none", () => {
  expect(estimateAfter("arrived_at_pickup", at, before, legs).eta_pickup_at).toBe("2026-01-05T09:25:00.000Z");
  expect(estimateAfter("arrived_at_dropoff", at, before, legs).eta_dropoff_p90_at).toBe("2026-01-05T09:25:00.000Z");
  expect(estimateAfter("enroute_to_return", at, before, legs).eta_dropoff_p50_at).toBeNull();
  expect(estimateAfter("created", at, before, legs)).toEqual({
    eta_pickup_at: null,
    eta_dropoff_p50_at: null,
    eta_dropoff_p90_at: null,
  });
});

test.each(deliveryStates)("after %s an estimate says nothing but times", (state) => {
  const row = { ...before, version: 7, state: "created" };

  expect(Object.keys(estimateAfter(state, at, row, legs)).sort()).toEqual(Object.keys(before).sort());
});
