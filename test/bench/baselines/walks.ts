import type { CityMap } from "@kerbside/cloud-maps/city-map";
import createGraph, { type Graph } from "ngraph.graph";
import { nba } from "ngraph.path";

type WalkGraph = CityMap["graph"];

/** Metres east and north of the equator's zero, a hair short, so that a straight line is never overestimated. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

const metresPerDegree = 111_190;
/** The fastest that the map lets anybody walk. */
const speedLimitMps = 1.5;

/** NBA* over the same nodes, edges and costs, with the best estimate that is still exact. Answers the nodes passed. */
export function nbaFinder(graph: WalkGraph): (from: number, to: number) => readonly number[] {
  const finder = nba(toNgraph(graph), { distance: (_from, _to, { data }) => data, heuristic: straightMs });
  return (from, to) => finder.find(from, to).map(({ id }) => Number(id));
}

function straightMs({ data: a }: { readonly data: Spot }, { data: b }: { readonly data: Spot }): number {
  return (Math.hypot(a.x - b.x, a.y - b.y) / speedLimitMps) * 1_000;
}

function toNgraph(graph: WalkGraph): Graph<Spot, number> {
  const made = createGraph<Spot, number>();
  const furthestLat = graph.lat.reduce((most, lat) => Math.max(most, Math.abs(lat)), 0);
  const metresEast = metresPerDegree * Math.cos((furthestLat * Math.PI) / 180);
  for (let node = 0; node < graph.nodeCount; node += 1) {
    made.addNode(node, { x: (graph.lng[node] ?? 0) * metresEast, y: (graph.lat[node] ?? 0) * metresPerDegree });
  }
  for (let edge = 0; edge < graph.edgeCount; edge += 1) {
    const [from, to, costMs] = [graph.edgeFrom[edge] ?? 0, graph.edgeTo[edge] ?? 0, graph.edgeCostMs[edge] ?? 0];
    const known = made.getLink(from, to) ?? made.getLink(to, from);
    if (!known || known.data > costMs) {
      if (known) made.removeLink(known);
      made.addLink(from, to, costMs);
    }
  }
  return made;
}

/** What a walk along these nodes costs, over the cheapest edge of each step. */
export function walkedMs(graph: WalkGraph, nodes: readonly number[]): number {
  let sumMs = 0;
  nodes.forEach((to, i) => {
    const from = nodes[i - 1];
    if (from === undefined) return;
    let leastMs = Infinity;
    for (let arc = graph.first[from] ?? 0; arc < (graph.first[from + 1] ?? 0); arc += 1) {
      if (graph.arcTo[arc] === to) leastMs = Math.min(leastMs, graph.edgeCostMs[graph.arcEdge[arc] ?? 0] ?? Infinity);
    }
    sumMs += leastMs;
  });
  return sumMs;
}

/** Dijkstra on typed arrays with a binary heap, from one node until all of these are settled. Answers their costs. */
export function dijkstra(graph: WalkGraph, source: number, targets: readonly number[]): readonly number[] {
  const costMs = new Float64Array(graph.nodeCount).fill(Infinity);
  const isSettled = new Uint8Array(graph.nodeCount);
  const isTarget = new Uint8Array(graph.nodeCount);
  for (const target of targets) isTarget[target] = 1;
  let left = isTarget.reduce((sum, one) => sum + one, 0);
  const heap = new BinaryHeap(graph.edgeCount * 2 + 1);
  costMs[source] = 0;
  heap.push(0, source);
  while (heap.size > 0 && left > 0) {
    const node = heap.pop();
    if (isSettled[node] === 1) continue;
    isSettled[node] = 1;
    left -= isTarget[node] ?? 0;
    const nodeMs = costMs[node] ?? 0;
    const last = graph.first[node + 1] ?? 0;
    for (let arc = graph.first[node] ?? 0; arc < last; arc += 1) {
      const to = graph.arcTo[arc] ?? 0;
      const throughMs = nodeMs + (graph.edgeCostMs[graph.arcEdge[arc] ?? 0] ?? 0);
      if (throughMs >= (costMs[to] ?? 0)) continue;
      costMs[to] = throughMs;
      heap.push(throughMs, to);
    }
  }
  return targets.map((target) => costMs[target] ?? Infinity);
}

class BinaryHeap {
  readonly #keys: Float64Array;
  readonly #items: Int32Array;
  size = 0;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
    this.#items = new Int32Array(capacity);
  }

  push(key: number, item: number): void {
    let at = this.size;
    this.size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] ?? 0) <= key) break;
      this.#put(at, this.#keys[parent] ?? 0, this.#items[parent] ?? 0);
      at = parent;
    }
    this.#put(at, key, item);
  }

  pop(): number {
    const top = this.#items[0] ?? 0;
    this.size -= 1;
    const [key, item] = [this.#keys[this.size] ?? 0, this.#items[this.size] ?? 0];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && (this.#keys[child + 1] ?? 0) < (this.#keys[child] ?? 0)) child += 1;
      if ((this.#keys[child] ?? 0) >= key) break;
      this.#put(at, this.#keys[child] ?? 0, this.#items[child] ?? 0);
      at = child;
    }
    this.#put(at, key, item);
    return top;
  }

  #put(at: number, key: number, item: number): void {
    this.#keys[at] = key;
    this.#items[at] = item;
  }
}
