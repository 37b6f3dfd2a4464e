import * as fc from "fast-check";
import { largestPart } from "./largest-part.ts";
import { makeGraph, type WalkGraph } from "./walk-graph.ts";

const place = fc.record({
  lat: fc.integer({ min: 0, max: 2_000 }).map((units) => 51.1 + units * 1e-5),
  lng: fc.integer({ min: 0, max: 2_000 }).map((units) => 71.4 + units * 1e-5),
});

/** Connected graphs with rings, dead ends, twin edges and long bends, a few streets across. */
export const anyGraph: fc.Arbitrary<WalkGraph> = fc
  .uniqueArray(place, { minLength: 3, maxLength: 40, selector: ({ lat, lng }) => `${lat}:${lng}` })
  .chain((places) => {
    const node = fc.nat(places.length - 1);
    const stretch = fc.record({
      from: node,
      to: node,
      speedMps: fc.constantFrom(1.1, 1.3, 1.5),
      delayMs: fc.constantFrom(0, 0, 0, 6_000, 20_000),
    });
    return fc.record({
      places: fc.constant(places),
      stretches: fc.array(stretch, { minLength: places.length, maxLength: places.length * 2 }),
    });
  })
  .map(({ places, stretches }) => {
    const part = largestPart(
      places.length,
      stretches.filter(({ from, to }) => from !== to),
    );
    return makeGraph(
      part.nodes.flatMap((node) => places[node] ?? []),
      part.stretches,
    );
  })
  .filter((graph) => graph.edgeCount > 0);

/** A point on an edge of the graph: one of its nodes now and then. */
export function anyPoint(graph: WalkGraph): fc.Arbitrary<{ readonly edge: number; readonly fraction: number }> {
  return fc.record({
    edge: fc.nat(graph.edgeCount - 1),
    fraction: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  });
}
