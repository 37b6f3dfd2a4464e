import { distanceM } from "@kerbside/proto/geo/geo";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyGraph } from "../graph/graph.arbitrary.ts";
import { makeGraph } from "../graph/walk-graph.ts";
import { Snapper } from "./snap.ts";

const street = makeGraph(
  [
    { lat: 51.1, lng: 71.4 },
    { lat: 51.1, lng: 71.41 },
  ],
  [{ from: 0, to: 1, speedMps: 1.5, delayMs: 0 }],
);

test("a place beside a street snaps square onto it", () => {
  const snapped = new Snapper(street).nearest({ lat: 51.1003, lng: 71.405 }, 100);

  expect(snapped?.place.lat).toBeCloseTo(51.1, 6);
  expect(snapped?.fraction).toBeCloseTo(0.5, 4);
  expect(snapped?.distanceM).toBeCloseTo(33.4, 0);
});

test("a place further away than the limit does not snap", () => {
  expect(new Snapper(street).nearest({ lat: 51.102, lng: 71.405 }, 100)).toBeNull();
});

test.each([
  [99.9, true],
  [100.1, false],
])("with a limit of 100 m a place %d m away snaps: %s", (metres, snaps) => {
  const place = { lat: 51.1 + metres / 111_195, lng: 71.405 };

  expect(new Snapper(street).nearest(place, 100) !== null).toBe(snaps);
});

test("the nearest street is known of any place on Earth", () => {
  const snapper = new Snapper(street);

  expect(snapper.nearestAnywhere({ lat: 51.2, lng: 71.405 })?.place.lng).toBeCloseTo(71.405, 5);
  expect(snapper.nearestAnywhere({ lat: -90, lng: 180 })?.place.lng).toBeCloseTo(71.41, 5);
  expect(new Snapper(makeGraph([], [])).nearestAnywhere({ lat: 51.1, lng: 71.4 })).toBeNull();
});

test("a map without ways covers nothing", () => {
  expect(new Snapper(makeGraph([], [])).nearest({ lat: 51.1, lng: 71.4 }, 1_000)).toBeNull();
});

test("no point of any edge is closer than the one that was found", () => {
  const anyPlace = fc.record({
    lat: fc.double({ min: 51.09, max: 51.13, noNaN: true }),
    lng: fc.double({ min: 71.39, max: 71.43, noNaN: true }),
  });
  fc.assert(
    fc.property(
      anyGraph,
      anyPlace,
      fc.nat(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (graph, place, pick, along) => {
        const snapped = new Snapper(graph).nearest(place, 10_000);

        const edge = pick % graph.edgeCount;
        const [from, to] = [graph.edgeFrom[edge] ?? 0, graph.edgeTo[edge] ?? 0];
        const other = {
          lat: (graph.lat[from] ?? 0) + along * ((graph.lat[to] ?? 0) - (graph.lat[from] ?? 0)),
          lng: (graph.lng[from] ?? 0) + along * ((graph.lng[to] ?? 0) - (graph.lng[from] ?? 0)),
        };
        expect(snapped && distanceM(place, snapped.place)).toBeLessThanOrEqual(distanceM(place, other) * 1.002 + 0.01);
      },
    ),
    { numRuns: 500 },
  );
});
