import { MinHeap } from "@kerbside/proto/base/heap";
import type { Place } from "@kerbside/proto/base/place";
import type { WalkGraph } from "../graph/walk-graph.ts";
import { speedLimitMps } from "../graph/walking.ts";
import type { Way } from "./fastest.ts";
import type { Terminal } from "./position.ts";

/** `goal` is the exact point that the terminals in `to` surround. */
export interface AStarTask {
  readonly from: readonly Terminal[];
  readonly to: readonly Terminal[];
  readonly goal: Place;
}

/** Metres a degree of latitude, a hair less than on the sphere of `distanceM`. */
const metresPerDegree = 111_190;

/**
 * A* on the plain graph. Slower than the hierarchy, but it can leave edges out, so it answers while zones close ways.
 * The straight line at the highest speed is the estimate: never too high and consistent, so the first arrival is final.
 */
export class AStar {
  readonly #graph: WalkGraph;
  readonly #heap = new MinHeap();
  readonly #costMs: Int32Array;
  readonly #lengthCm: Int32Array;
  readonly #cameFrom: Int32Array;
  readonly #estimateMs: Float64Array;
  readonly #stamp: Uint32Array;
  readonly #settled: Uint32Array;
  readonly #metresEast: number;
  #round = 0;

  constructor(graph: WalkGraph) {
    this.#graph = graph;
    this.#costMs = new Int32Array(graph.nodeCount);
    this.#lengthCm = new Int32Array(graph.nodeCount);
    this.#cameFrom = new Int32Array(graph.nodeCount);
    this.#estimateMs = new Float64Array(graph.nodeCount);
    this.#stamp = new Uint32Array(graph.nodeCount);
    this.#settled = new Uint32Array(graph.nodeCount);
    const furthestLat = graph.lat.reduce((most, lat) => Math.max(most, Math.abs(lat)), 0);
    this.#metresEast = metresPerDegree * Math.cos((furthestLat * Math.PI) / 180);
  }

  /** The fastest way from one set of terminals to the other without the edges marked in `closed`; null when none is. */
  between({ from, to, goal }: AStarTask, closed?: Uint8Array): Way | null {
    const estimate = this.#estimator(goal);
    this.#round += 1;
    this.#heap.clear();
    for (const start of from) this.#reach(start.node, start.costMs, start.lengthCm, -1, estimate);
    let best: { readonly terminal: Terminal; readonly costMs: number } | null = null;
    for (;;) {
      const keyMs = this.#heap.topKey;
      if (keyMs === Infinity || (best && keyMs >= best.costMs)) break;
      const node = this.#heap.pop();
      if (this.#settled[node] === this.#round) continue;
      this.#settled[node] = this.#round;
      for (const terminal of to) {
        if (terminal.node !== node) continue;
        const costMs = (this.#costMs[node] ?? 0) + terminal.costMs;
        if (!best || costMs < best.costMs) best = { terminal, costMs };
      }
      this.#relax(node, estimate, closed);
    }
    return best && this.#wayTo(best.terminal, best.costMs);
  }

  #relax(node: number, estimate: (node: number) => number, closed: Uint8Array | undefined): void {
    const { first, arcTo, arcEdge, edgeCostMs, edgeLengthCm } = this.#graph;
    const costMs = this.#costMs[node] ?? 0;
    const lengthCm = this.#lengthCm[node] ?? 0;
    const end = first[node + 1] ?? 0;
    for (let arc = first[node] ?? 0; arc < end; arc += 1) {
      const edge = arcEdge[arc] ?? 0;
      if (closed && closed[edge] === 1) continue;
      const next = arcTo[arc] ?? 0;
      this.#reach(next, costMs + (edgeCostMs[edge] ?? 0), lengthCm + (edgeLengthCm[edge] ?? 0), node, estimate);
    }
  }

  #reach(node: number, costMs: number, lengthCm: number, from: number, estimate: (node: number) => number): void {
    if (this.#stamp[node] === this.#round) {
      if ((this.#costMs[node] ?? 0) <= costMs) return;
    } else {
      this.#stamp[node] = this.#round;
      this.#estimateMs[node] = estimate(node);
    }
    this.#costMs[node] = costMs;
    this.#lengthCm[node] = lengthCm;
    this.#cameFrom[node] = from;
    this.#heap.push(costMs + (this.#estimateMs[node] ?? 0), node);
  }

  #wayTo(terminal: Terminal, costMs: number): Way {
    const nodes: number[] = [];
    for (let node = terminal.node; node !== -1; node = this.#cameFrom[node] ?? -1) nodes.push(node);
    return {
      costMs,
      lengthCm: (this.#lengthCm[terminal.node] ?? 0) + terminal.lengthCm,
      nodes: Int32Array.from(nodes.toReversed()),
    };
  }

  /** Milliseconds that a straight walk to the goal takes at least. A degree east counts as where it is shortest. */
  #estimator(goal: Place): (node: number) => number {
    const { lat, lng } = this.#graph;
    const north = metresPerDegree;
    const east = this.#metresEast;
    return (node) => {
      const dy = ((lat[node] ?? 0) - goal.lat) * north;
      const dx = ((lng[node] ?? 0) - goal.lng) * east;
      return Math.max(0, (Math.sqrt(dx * dx + dy * dy) / speedLimitMps) * 1000 - 1);
    };
  }
}
