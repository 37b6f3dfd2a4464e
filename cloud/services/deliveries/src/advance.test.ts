import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanced, type Advance, leftS, measuredFactor } from "./advance.ts";

/** A metre to the north, in degrees. */
const metre = 1 / 111_195;
const at = (northM: number, eastM = 0) => ({ lat: northM * metre, lng: eastM * metre });
const pair = (northM: number, eastM = 0): [number, number] => [northM * metre, eastM * metre];
/** A kilometre straight to the north, a thousand seconds on the map. */
const leg = { to: "dropoff", distance_m: 1_000, duration_s: 1_000, line: [pair(0), pair(400), pair(1_000)] } as const;
const straight = { ...leg, line: [...leg.line] } satisfies RouteLeg;

/** Seen there so many seconds after the start. */
function seen(...sightings: readonly (readonly [northM: number, afterS: number])[]): Advance | null {
  return sightings.reduce<Advance | null>(
    (before, [northM, afterS]) => advanced(before, straight, { place: at(northM), atMs: afterS * 1_000 }),
    null,
  );
}

describe("what is left of a leg", () => {
  test.each([
    ["all of it before the robot was seen", null, 1_000],
    ["what lies ahead of it", seen([250, 1]), 750],
    ["the same from beside the way", advanced(null, straight, { place: at(250, 8), atMs: 1 }), 750],
    ["nothing at its end, and beyond", seen([1_020, 1]), 0],
    ["all of it while it drives another leg", { to: "pickup", alongM: 90, atMs: 1, coveredS: 0, tookS: 0 }, 1_000],
  ] as const)("is %s", (_what, advance, expected) => {
    expect(leftS(straight, advance)).toBeCloseTo(expected, 0);
  });

  test("on a way that leads back beside itself is counted from the stretch that the robot is on", () => {
    const there = { ...straight, line: [pair(0), pair(500), pair(500, 4), pair(0, 4)], duration_s: 1_004 };
    let advance = advanced(null, there, { place: at(100), atMs: 1 });
    expect(leftS(there, advance)).toBeCloseTo(904, 0);

    for (const [northM, eastM] of [
      [300, 0],
      [490, 1],
      [480, 4],
      [300, 4],
    ] as const) {
      advance = advanced(advance, there, { place: at(northM, eastM), atMs: advance.atMs + 1_000 });
    }

    expect(leftS(there, advance)).toBeCloseTo(300, 0);
  });

  test("never becomes more by what was measured earlier", () => {
    const after = seen([500, 100]);

    expect(advanced(after, straight, { place: at(200), atMs: 50_000 })).toBe(after);
  });
});

describe("the pace", () => {
  test("is the plan's before anything was measured", () => {
    expect(measuredFactor(0.108, null)).toBe(0.108);
    expect(measuredFactor(0.108, seen([0, 0]))).toBe(0.108);
  });

  test("becomes the measured one, the further the robot came: ten times as fast as the map", () => {
    const driving = seen([0, 0], [100, 10], [300, 30], [900, 90]);

    expect(measuredFactor(1, driving)).toBeCloseTo((60 + 90) / (60 + 900), 1);
    expect(measuredFactor(0.1, driving)).toBeCloseTo(0.1, 3);
  });

  test("is not made slower by standing, however long", () => {
    const stood = seen([0, 0], [200, 200], [202, 800], [203, 1_400], [300, 1_500]);

    expect(measuredFactor(1, stood)).toBeCloseTo(1, 1);
  });

  test("stays between the plan's and the measured ones, whatever is seen", () => {
    const steps = fc.array(fc.record({ m: fc.integer({ min: 0, max: 60 }), s: fc.integer({ min: 5, max: 60 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, fc.double({ min: 0.05, max: 2, noNaN: true }), (moves, planned) => {
        let advance: Advance | null = null;
        let northM = 0;
        let atMs = 0;
        for (const { m, s } of moves) {
          northM = Math.min(1_000, northM + m);
          atMs += s * 1_000;
          advance = advanced(advance, straight, { place: at(northM), atMs });
        }

        const factor = measuredFactor(planned, advance);

        expect(factor).toBeGreaterThan(0);
        expect(factor).toBeLessThanOrEqual(Math.max(planned, 60 / 5) * 1.01);
        expect(leftS(straight, advance)).toBeCloseTo(1_000 - (advance ? northM : 0), 0);
      }),
    );
  });
});
