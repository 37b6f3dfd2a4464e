import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { distanceM } from "@kerbside/proto/geo/geo";
import { describe, expect, test } from "vitest";
import { SimGnss } from "./gnss.sim.ts";
import { type GnssRig, gnssSuite } from "./gnss.suite.ts";

const place = { lat: 51.1282, lng: 71.4307 };

describe("sim", () => {
  gnssSuite(makeRig);

  test("noise has the promised size and wanders instead of jumping", () => {
    const gnss = new SimGnss({ clock: new VirtualClock(), rng: new SeededRng(7), noiseM: 3 });
    const errors: number[] = [];
    const steps: number[] = [];
    let last = place;

    for (let i = 0; i < 5_000; i += 1) {
      gnss.move({ place, speedMps: 0, headingDeg: 0 });
      const fix = gnss.read().fix ?? place;
      errors.push(distanceM(fix, place) ** 2);
      steps.push(distanceM(fix, last) ** 2);
      last = fix;
    }

    expect(Math.sqrt(mean(errors) / 2)).toBeGreaterThan(2.4);
    expect(Math.sqrt(mean(errors) / 2)).toBeLessThan(3.6);
    expect(mean(steps)).toBeLessThan(mean(errors) / 2);
  });

  test("the same seed gives the same errors", () => {
    const walk = (): unknown[] => {
      const gnss = new SimGnss({ clock: new VirtualClock(), rng: new SeededRng(3), noiseM: 3 });
      return Array.from({ length: 20 }, () => {
        gnss.move({ place, speedMps: 1, headingDeg: 0 });
        return gnss.read().fix;
      });
    };

    expect(walk()).toEqual(walk());
  });
});

async function makeRig(): Promise<GnssRig> {
  const clock = new VirtualClock();
  const gnss = new SimGnss({ clock, rng: new SeededRng(1), noiseM: 0 });
  return {
    gnss,
    move: (place, speedMps, headingDeg) => gnss.move({ place, speedMps, headingDeg }),
    loseSky: () => gnss.loseSky(),
    regainSky: () => gnss.regainSky(),
    cutLink: () => gnss.cutLink(),
    restoreLink: () => gnss.restoreLink(),
    async until(holds) {
      for (let waitedMs = 0; !holds(); waitedMs += 100) {
        expect(waitedMs).toBeLessThan(5_000);
        await clock.advance(100);
      }
    },
    [Symbol.asyncDispose]: () => gnss[Symbol.asyncDispose](),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
