import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";

/**
 * Where robots can walk: nodes with places, undirected edges with a length and a cost. Every array is indexed by node,
 * by edge, or (the last two) by arc: each edge has one arc from either end, and `first` says where a node's arcs begin.
 */
export interface WalkGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly lat: Float64Array;
  readonly lng: Float64Array;
  readonly edgeFrom: Int32Array;
  readonly edgeTo: Int32Array;
  readonly edgeCostMs: Int32Array;
  readonly edgeLengthCm: Int32Array;
  readonly first: Int32Array;
  readonly arcTo: Int32Array;
  readonly arcEdge: Int32Array;
}

/** One way to walk between two nodes. `delayMs` is what lies on it beside the walking itself. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly speedMps: number;
  readonly delayMs: number;
}

/** Costs are rounded up, so that no edge is cheaper than its straight line at the highest speed. */
export function makeGraph(places: readonly Place[], stretches: readonly Stretch[]): WalkGraph {
  const edgeCount = stretches.length;
  const edgeFrom = new Int32Array(edgeCount);
  const edgeTo = new Int32Array(edgeCount);
  const edgeCostMs = new Int32Array(edgeCount);
  const edgeLengthCm = new Int32Array(edgeCount);
  stretches.forEach((stretch, edge) => {
    const from = places[stretch.from];
    const to = places[stretch.to];
    if (!from || !to) throw new RangeError(`edge ${edge} joins nodes that do not exist`);
    const lengthM = distanceM(from, to);
    edgeFrom[edge] = stretch.from;
    edgeTo[edge] = stretch.to;
    edgeLengthCm[edge] = Math.ceil(lengthM * 100);
    edgeCostMs[edge] = Math.ceil((lengthM / stretch.speedMps) * 1000 + stretch.delayMs);
  });
  return {
    nodeCount: places.length,
    edgeCount,
    lat: Float64Array.from(places, (place) => place.lat),
    lng: Float64Array.from(places, (place) => place.lng),
    edgeFrom,
    edgeTo,
    edgeCostMs,
    edgeLengthCm,
    ...arcsOf(places.length, edgeFrom, edgeTo),
  };
}

function arcsOf(
  nodeCount: number,
  edgeFrom: Int32Array,
  edgeTo: Int32Array,
): Pick<WalkGraph, "first" | "arcTo" | "arcEdge"> {
  const first = new Int32Array(nodeCount + 1);
  for (const end of [edgeFrom, edgeTo]) for (const node of end) first[node + 1] = (first[node + 1] ?? 0) + 1;
  for (let node = 0; node < nodeCount; node += 1) first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0);
  const next = first.slice();
  const arcTo = new Int32Array(edgeFrom.length * 2);
  const arcEdge = new Int32Array(edgeFrom.length * 2);
  const put = (from: number, to: number, edge: number): void => {
    const arc = next[from] ?? 0;
    next[from] = arc + 1;
    arcTo[arc] = to;
    arcEdge[arc] = edge;
  };
  for (let edge = 0; edge < edgeFrom.length; edge += 1) {
    const from = edgeFrom[edge] ?? 0;
    const to = edgeTo[edge] ?? 0;
    put(from, to, edge);
    put(to, from, edge);
  }
  return { first, arcTo, arcEdge };
}

export function nodePlace(graph: WalkGraph, node: number): Place {
  return { lat: graph.lat[node] ?? 0, lng: graph.lng[node] ?? 0 };
}
