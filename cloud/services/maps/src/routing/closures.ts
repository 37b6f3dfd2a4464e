import type { Place } from "@kerbside/proto/base/place";
import { nodePlace, type WalkGraph } from "../graph/walk-graph.ts";
import type { Snapper } from "./snap.ts";

/** A piece of ground that no way may touch: a ring of places, first and last joined. */
export interface Zone {
  readonly ring: readonly Place[];
}

/** One byte an edge, 1 where it touches a zone; null when no edge does. */
export function closedEdges(graph: WalkGraph, snapper: Snapper, zones: readonly Zone[]): Uint8Array | null {
  const closed = new Uint8Array(graph.edgeCount);
  let count = 0;
  for (const { ring } of zones) {
    const lats = ring.map((place) => place.lat);
    const lngs = ring.map((place) => place.lng);
    const southWest = { lat: Math.min(...lats), lng: Math.min(...lngs) };
    const northEast = { lat: Math.max(...lats), lng: Math.max(...lngs) };
    for (const edge of snapper.edgesWithin(southWest, northEast)) {
      const from = nodePlace(graph, graph.edgeFrom[edge] ?? 0);
      const to = nodePlace(graph, graph.edgeTo[edge] ?? 0);
      if (closed[edge] === 1 || !touches(ring, from, to)) continue;
      closed[edge] = 1;
      count += 1;
    }
  }
  return count === 0 ? null : closed;
}

function touches(ring: readonly Place[], a: Place, b: Place): boolean {
  return isInside(ring, a) || isInside(ring, b) || sides(ring).some(([c, d]) => cross(a, b, c, d));
}

/** Even-odd rule: a ray to the east crosses the ring an odd number of times. */
function isInside(ring: readonly Place[], place: Place): boolean {
  const crossed = sides(ring).filter(([a, b]) => {
    if (a.lat > place.lat === b.lat > place.lat) return false;
    return place.lng < a.lng + ((place.lat - a.lat) / (b.lat - a.lat)) * (b.lng - a.lng);
  });
  return crossed.length % 2 === 1;
}

function sides(ring: readonly Place[]): readonly (readonly [Place, Place])[] {
  return ring.flatMap((place, i) => {
    const next = ring[(i + 1) % ring.length];
    return next ? [[place, next] as const] : [];
  });
}

function cross(a: Place, b: Place, c: Place, d: Place): boolean {
  return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
}

/** True when `c` lies to the left of the line from `a` to `b`. */
function turn(a: Place, b: Place, c: Place): boolean {
  return (b.lng - a.lng) * (c.lat - a.lat) > (b.lat - a.lat) * (c.lng - a.lng);
}
