import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { advance, joinAt, kerbPace, placeAt, trackOf } from "./track.ts";

const start: Place = { lat: 51.128, lng: 71.43 };
const pace = { ...kerbPace, limitMps: 1.6 };

const routes = fc
  .array(fc.record({ north: fc.integer({ min: -80, max: 80 }), east: fc.integer({ min: -80, max: 80 }) }), {
    minLength: 2,
    maxLength: 20,
  })
  .map((steps) =>
    steps.reduce<Place[]>((line, { north, east }) => [...line, moved(line.at(-1) ?? start, north, east)], []),
  )
  .filter((line) => trackOf(line).lengthM > 5);

test("a body never exceeds its limit, never outruns its brakes and stops at the end", () => {
  fc.assert(
    fc.property(routes, (route) => {
      const track = trackOf(route);
      let at = { metres: 0, speedMps: 0 };
      for (let tick = 0; tick < 200_000 && at.metres < track.lengthM; tick += 1) {
        const next = advance(track, at, { pace, seconds: 0.1 });
        expect(next.metres).toBeGreaterThan(at.metres);
        expect(next.speedMps).toBeLessThanOrEqual(1.6 + 1e-9);
        const braking = next.metres < track.lengthM ? at.speedMps - next.speedMps : 0;
        expect(braking).toBeLessThanOrEqual(pace.brakeMps2 * 0.1 + 0.06);
        at = next;
      }
      expect(at).toEqual({ metres: track.lengthM, speedMps: 0 });
    }),
    { numRuns: 50 },
  );
});

test("a point of the track is where its metres say", () => {
  const track = trackOf([start, moved(start, 100, 0), moved(start, 100, 100)]);

  const { place, headingDeg } = placeAt(track, 150);

  expect(distanceM(place, moved(start, 100, 50))).toBeLessThan(0.5);
  expect(headingDeg).toBeCloseTo(90, 0);
});

test("a body beside the track joins it at the nearest point", () => {
  const track = trackOf([start, moved(start, 100, 0)]);

  expect(joinAt(track, moved(start, 40, 10))).toBeCloseTo(40, 0);
});

function moved({ lat, lng }: Place, northM: number, eastM: number): Place {
  return { lat: lat + northM / 111_195, lng: lng + eastM / (111_195 * Math.cos((lat * Math.PI) / 180)) };
}
