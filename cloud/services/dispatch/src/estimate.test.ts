import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { unit } from "@kerbside/proto/base/rng";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certain, dwell, forecast, notBefore, quantiles, sum, timeDefaults, walk } from "./estimate.ts";

const rng = new SeededRng(4);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - unit(rng))) * Math.cos(2 * Math.PI * unit(rng));
const z90 = 1.2815515655446004;

function percentiles(draw: () => number): { readonly p50: number; readonly p90: number } {
  const drawn = Array.from({ length: 40_000 }, draw).sort((a, b) => a - b);
  return { p50: drawn[20_000] ?? 0, p90: drawn[36_000] ?? 0 };
}

describe("times", () => {
  test("a dwell keeps its median and its 90th percentile", () => {
    const { p50S, p90S } = quantiles(dwell({ p50S: 75, p90S: 240 }));

    expect(p50S).toBeCloseTo(75, 6);
    expect(p90S).toBeCloseTo(240, 6);
  });

  test.each([
    ["a robot that waits for the goods", 200, 900],
    ["goods that wait for the robot", 900, 100],
    ["both at about the same time", 600, 600],
  ])("a forecast is what drawing each part gives, within a twentieth: %s", (_what, toPickupS, readyS) => {
    const model = timeDefaults;
    const drawWalk = (s: number): number => s * model.walkStretch * (1 + model.walkSpread * normal());
    const drawLoad = (): number =>
      model.load.p50S * Math.exp((Math.log(model.load.p90S / model.load.p50S) / z90) * normal());

    const drawn = percentiles(() => Math.max(drawWalk(toPickupS), readyS) + drawLoad() + drawWalk(1_000));
    const told = forecast(model, { toPickup: walk(model, toPickupS), readyS, toDropoffS: 1_000 });

    expect(told.dropoffP50S / drawn.p50).toBeGreaterThan(0.95);
    expect(told.dropoffP50S / drawn.p50).toBeLessThan(1.05);
    expect(told.dropoffP90S / drawn.p90).toBeGreaterThan(0.95);
    expect(told.dropoffP90S / drawn.p90).toBeLessThan(1.05);
  });

  test("P90 is never before P50, and neither comes sooner for a longer way or later goods", () => {
    const seconds = fc.integer({ min: 0, max: 10_000 });
    const on = (toPickupS: number, readyS: number, toDropoffS: number) =>
      forecast(timeDefaults, { toPickup: walk(timeDefaults, toPickupS), readyS, toDropoffS });
    fc.assert(
      fc.property(seconds, seconds, seconds, seconds, (toPickupS, readyS, toDropoffS, more) => {
        const base = on(toPickupS, readyS, toDropoffS);

        expect(base.dropoffP90S).toBeGreaterThanOrEqual(base.dropoffP50S);
        for (const longer of [on(toPickupS, readyS + more, toDropoffS), on(toPickupS, readyS, toDropoffS + more)]) {
          expect(longer.dropoffP50S).toBeGreaterThanOrEqual(base.dropoffP50S * 0.999);
        }
      }),
    );
  });

  test("what is certain stays certain", () => {
    expect(notBefore(certain(5), 9)).toEqual(certain(9));
    expect(sum(certain(5), certain(2))).toEqual(certain(7));
    expect(quantiles(certain(0))).toEqual({ p50S: 0, p90S: 0 });
  });
});
