import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { advanced, type Advance } from "./advance.ts";
import { type Course, type Estimate, estimateAt, isNews } from "./eta.ts";

const startMs = Date.UTC(2026, 0, 5, 9);
const metre = 1 / 111_195;
const lengthM = 1_200;
const leg = {
  to: "dropoff",
  distance_m: lengthM,
  duration_s: 900,
  line: [
    [0, 0],
    [lengthM * metre, 0],
  ] as [number, number][],
} as const;
const legs = [{ ...leg, line: [...leg.line] }];
const pace = { leg_factor: 1, leg_spread: 0.15, load_mean_s: 100, load_sd_s: 60 };

interface Drive {
  /** How many seconds the robot takes for one of the map's. */
  readonly factor: number;
  /** Metres by which a position is off, one after the other. */
  readonly noise: readonly number[];
  /** It stands once: from where on, and how long, seconds. */
  readonly stop: { readonly atM: number; readonly forS: number };
}

const drives = (stopMaxS: number): fc.Arbitrary<Drive> =>
  fc.record({
    factor: fc.double({ min: 0.1, max: 2, noNaN: true }),
    noise: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 5, maxLength: 20 }),
    stop: fc.record({ atM: fc.integer({ min: 100, max: 1_100 }), forS: fc.integer({ min: 0, max: stopMaxS }) }),
  });

interface Said extends Estimate {
  readonly afterS: number;
  readonly alongM: number;
}

/** What is said on the way, with positions as the gateway tells them: after 25 m, or once a minute. */
function said({ factor, noise, stop }: Drive): { readonly said: readonly Said[]; readonly arrivesS: number } {
  const secondsPerM = (leg.duration_s / lengthM) * factor;
  const arrivesS = lengthM * secondsPerM + stop.forS;
  const alongAt = (second: number): number => {
    const stopsS = stop.atM * secondsPerM;
    const drivenS = second <= stopsS ? second : Math.max(stopsS, second - stop.forS);
    return Math.min(lengthM, drivenS / secondsPerM);
  };
  const course: Course = {
    state: "enroute_to_dropoff",
    stateSinceMs: startMs,
    readyMs: startMs,
    legs,
    pace,
    advance: null,
  };
  const nothing = { eta_pickup_at: null, eta_dropoff_p50_at: null, eta_dropoff_p90_at: null };
  let shown: Estimate = estimateAt(course, startMs, nothing);
  const all: Said[] = [{ ...shown, afterS: 0, alongM: 0 }];
  let advance: Advance | null = null;
  let told = { second: 0, alongM: 0, saidMs: 0 };
  for (let second = 5; second < arrivesS; second += 5) {
    const alongM = alongAt(second);
    if (alongM - told.alongM < 25 && second - told.second < 60) continue;
    const nowMs = startMs + second * 1_000;
    const northM = alongM + (noise[Math.floor(second / 5) % noise.length] ?? 0);
    advance = advanced(
      advance,
      { ...leg, line: [...leg.line] },
      { place: { lat: northM * metre, lng: 0 }, atMs: nowMs },
    );
    const estimate = estimateAt({ ...course, advance }, nowMs, shown);
    const isToSay = isNews(shown, estimate, { nowMs, saidMs: told.saidMs });
    told = { second, alongM, saidMs: isToSay ? nowMs : told.saidMs };
    if (!isToSay) continue;
    shown = estimate;
    all.push({ ...estimate, afterS: second, alongM });
  }
  return { said: all, arrivesS };
}

const secondsOf = (instant: string | null): number => (fromInstant(instant ?? toInstant(0)) - startMs) / 1_000;

test("from half way on a robot that drives on is there when it was said to be, however fast it is", () => {
  fc.assert(
    fc.property(drives(0), (drive) => {
      const { said: all, arrivesS } = said(drive);

      const late = all.findLast(({ alongM }) => alongM <= lengthM * 0.75);
      const leftS = arrivesS - (late?.afterS ?? 0);
      expect(Math.abs(secondsOf(late?.eta_dropoff_p50_at ?? null) - arrivesS)).toBeLessThanOrEqual(
        Math.max(45, 0.35 * leftS),
      );
    }),
  );
});

test("what is said is never over when it is said, and its window is never turned round", () => {
  fc.assert(
    fc.property(drives(1_200), (drive) => {
      for (const { afterS, eta_dropoff_p50_at, eta_dropoff_p90_at } of said(drive).said) {
        expect(secondsOf(eta_dropoff_p50_at)).toBeGreaterThanOrEqual(afterS);
        expect(secondsOf(eta_dropoff_p90_at)).toBeGreaterThan(secondsOf(eta_dropoff_p50_at));
      }
    }),
  );
});

test("a steady drive is said anew a few times, and a stop about once a minute: it does not flicker", () => {
  fc.assert(
    fc.property(drives(1_200), (drive) => {
      const { said: all } = said(drive);

      // The worst of thirty thousand drives is 18.
      expect(all.length).toBeLessThanOrEqual(20 + Math.ceil(drive.stop.forS / 60));
    }),
  );
});

test("while a robot stands, no later word of it is earlier than the one before", () => {
  fc.assert(
    fc.property(drives(1_200), ({ factor, noise, stop }) => {
      const secondsPerM = (leg.duration_s / lengthM) * factor;
      const standsFromS = stop.atM * secondsPerM;
      const standing = said({ factor, noise: noise.map(() => 0), stop }).said.filter(
        ({ afterS }) => afterS > standsFromS + 60 && afterS < standsFromS + stop.forS,
      );

      const times = standing.map(({ eta_dropoff_p50_at }) => secondsOf(eta_dropoff_p50_at));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});
