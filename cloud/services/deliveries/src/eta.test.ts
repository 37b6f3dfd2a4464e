import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { type DeliveryState, deliveryStates } from "@kerbside/proto/states/delivery";
import { describe, expect, test } from "vitest";
import { type Course, type Estimate, estimateAt, isNews } from "./eta.ts";

const nine = Date.UTC(2026, 0, 5, 9);
/** So many minutes after nine. */
const at = (minutes: number): number => nine + Math.round(minutes * 60_000);
const told = (minutes: number): string => toInstant(at(minutes));
const minutesOf = (instant: string | null): number | null =>
  instant === null ? null : Math.round((fromInstant(instant) - nine) / 6_000) / 10;

const before: Estimate = { eta_pickup_at: told(10), eta_dropoff_p50_at: told(30), eta_dropoff_p90_at: told(40) };
/** Five minutes to the store, twenty to the customer, by the map. */
const legs: RouteLeg[] = [
  {
    to: "pickup",
    distance_m: 300,
    duration_s: 300,
    line: [
      [0, 0],
      [0, 0.003],
    ],
  },
  {
    to: "dropoff",
    distance_m: 1_200,
    duration_s: 1_200,
    line: [
      [0, 0.003],
      [0, 0.015],
    ],
  },
];
const pace = { leg_factor: 1, leg_spread: 0.1, load_mean_s: 120, load_sd_s: 60 };
const course: Course = { state: "confirmed", stateSinceMs: at(0), readyMs: at(0), legs, pace, advance: null };
/** A robot that has the half of its way behind it. */
const half = (to: "pickup" | "dropoff", lengthM: number) =>
  ({ to, alongM: lengthM / 2, atMs: at(20), coveredS: 0, tookS: 0 }) as const;

/** Pickup, P50 and P90 of the drop-off, in minutes after nine. */
function expected(more: Partial<Course>, atMin: number): readonly (number | null)[] {
  const { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at } = estimateAt(
    { ...course, ...more },
    at(atMin),
    before,
  );
  return [minutesOf(eta_pickup_at), minutesOf(eta_dropoff_p50_at), minutesOf(eta_dropoff_p90_at)];
}

describe("when a robot should arrive", () => {
  test.each<[string, Partial<Course>, number, readonly (number | null)[]]>([
    ["from the start: the way, the loading, the way", {}, 0, [5, 27, 29.9]],
    ["the goods are ready only later", { readyMs: at(15) }, 0, [5, 37, 39.9]],
    ["half way to the store", { state: "enroute_to_pickup", advance: half("pickup", 333.6) }, 20, [22.5, 44.5, 47.4]],
    ["it stands at the store", { state: "arrived_at_pickup", stateSinceMs: at(8) }, 8, [8, 30, 32.9]],
    [
      "the goods are not ready yet",
      { state: "arrived_at_pickup", stateSinceMs: at(8), readyMs: at(20) },
      9,
      [8, 42, 44.9],
    ],
    ["the store takes its time", { state: "arrived_at_pickup", stateSinceMs: at(8) }, 18, [8, 39, 41.9]],
    ["loaded", { state: "picked_up" }, 12, [10, 32, 34.6]],
    ["it leaves late", { state: "enroute_to_dropoff" }, 25, [10, 45, 47.6]],
    [
      "half way to the customer",
      { state: "enroute_to_dropoff", advance: half("dropoff", 1_334.4) },
      20,
      [10, 30, 31.3],
    ],
    ["it is there", { state: "arrived_at_dropoff", stateSinceMs: at(28) }, 28, [10, 28, 28]],
    ["it is given back", { state: "enroute_to_return" }, 28, [10, null, null]],
    ["nobody has it any more", { state: "created" }, 28, [null, null, null]],
    ["it is over", { state: "delivered" }, 35, [10, 30, 40]],
  ])("%s", (_what, more, atMin, expectation) => {
    expect(expected(more, atMin)).toEqual(expectation);
  });

  test("in a city whose robots are ten times as fast is what the plan counted with, not what the map says", () => {
    const fast = { ...pace, leg_factor: 0.1, load_mean_s: 12, load_sd_s: 6 };

    expect(expected({ state: "enroute_to_dropoff", pace: fast }, 25)).toEqual([10, 27, 27.5]);
  });

  test("of a robot that turns out slower than planned is later, and follows from what was measured", () => {
    const slow = { ...half("dropoff", 1_334.4), coveredS: 600, tookS: 1_200 };

    const [, p50] = expected({ state: "enroute_to_dropoff", advance: slow }, 20);

    expect(p50).toBeCloseTo(20 + 10 * ((60 + 1_200) / (60 + 600)), 1);
  });

  test("is surer the nearer the robot is", () => {
    const doubts = [0.1, 0.5, 0.9].map((share) => {
      const advance = { ...half("dropoff", 0), alongM: share * 1_334.4 };
      const [, p50, p90] = expected({ state: "enroute_to_dropoff", advance }, 20);
      return (p90 ?? 0) - (p50 ?? 0);
    });

    expect(doubts).toEqual(doubts.toSorted((a, b) => b - a));
    expect(doubts.at(-1)).toBeCloseTo(0.5, 1);
  });

  test.each<DeliveryState>(["picked_up", "enroute_to_dropoff", "confirmed"])(
    "without a known way stays as it was said when it is %s",
    (state) => {
      expect(estimateAt({ ...course, state, legs: [] }, at(5), before)).toEqual(before);
    },
  );

  test.each(deliveryStates)("at %s says nothing but times", (state) => {
    const row = { ...before, version: 7, state: "created" };

    const estimate = estimateAt({ ...course, state, stateSinceMs: at(3) }, at(5), row);

    expect(Object.keys(estimate).sort()).toEqual(Object.keys(before).sort());
  });
});

describe("an estimate is said anew", () => {
  const moved = (byMinutes: number): Estimate => ({ ...before, eta_dropoff_p50_at: told(30 + byMinutes) });

  test.each<[string, boolean, Estimate, Estimate, { atMin: number; saidMin: number }]>([
    ["when nothing was said before", true, { ...before, eta_dropoff_p50_at: null }, before, { atMin: 0, saidMin: -9 }],
    ["not when it is the same", false, before, before, { atMin: 0, saidMin: -9 }],
    ["not for two minutes in thirty", false, before, moved(2), { atMin: 0, saidMin: -9 }],
    ["for four minutes in thirty", true, before, moved(4), { atMin: 0, saidMin: -9 }],
    ["earlier as well as later", true, before, moved(-4), { atMin: 0, saidMin: -9 }],
    ["not for ten seconds at the end", false, before, moved(1 / 6), { atMin: 29, saidMin: 20 }],
    ["for half a minute at the end", true, before, moved(0.5), { atMin: 29, saidMin: 20 }],
    ["when what was said is over and the robot still drives", true, before, moved(0.2), { atMin: 30.1, saidMin: 20 }],
    ["not twice within a quarter of a minute", false, before, moved(9), { atMin: 20, saidMin: 19.9 }],
  ])("%s", (_what, isSaid, was, is, { atMin, saidMin }) => {
    expect(isNews(was, is, { nowMs: at(atMin), saidMs: at(saidMin) })).toBe(isSaid);
  });

  test("so that a steady drive with wavering positions is said once and no more", () => {
    let shown = before;
    let said = 0;
    for (let second = 0; second < 600; second += 5) {
      const wavering = moved(Math.sin(second) / 6);
      const nowMs = at(15) + second * 1_000;
      if (!isNews(shown, wavering, { nowMs, saidMs: 0 })) continue;
      shown = wavering;
      said += 1;
    }

    expect(said).toBeLessThanOrEqual(1);
  });
});
