import type { Place } from "@kerbside/proto/base/place";
import { between } from "@kerbside/proto/geo/geo";
import Flatbush from "flatbush";
import { nodePlace, type WalkGraph } from "../graph/walk-graph.ts";

/** The point of the graph that is nearest to a place. */
export interface Snapped {
  readonly edge: number;
  /** How far along the edge, from its `edgeFrom`: 0 to 1. */
  readonly fraction: number;
  readonly place: Place;
  /** Straight metres between the place asked for and this one. */
  readonly distanceM: number;
}

const metresPerDegree = 111_195;
/** Edges looked at before the exact search; the nearest box is nearly always among the first few. */
const probes = 8;

/** Finds the nearest edge. Works in metres on a plane, which is exact to centimetres over the width of a coverage limit. */
export class Snapper {
  readonly #graph: WalkGraph;
  readonly #index: Flatbush;
  readonly #metresEast: number;

  constructor(graph: WalkGraph) {
    this.#graph = graph;
    const middleLat = graph.nodeCount === 0 ? 0 : graph.lat.reduce((sum, lat) => sum + lat, 0) / graph.nodeCount;
    this.#metresEast = metresPerDegree * Math.cos((middleLat * Math.PI) / 180);
    this.#index = new Flatbush(Math.max(1, graph.edgeCount));
    for (let edge = 0; edge < graph.edgeCount; edge += 1) {
      const [ax, ay] = this.#nodePoint(graph.edgeFrom[edge] ?? 0);
      const [bx, by] = this.#nodePoint(graph.edgeTo[edge] ?? 0);
      this.#index.add(Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by));
    }
    if (graph.edgeCount === 0) this.#index.add(Infinity, Infinity);
    this.#index.finish();
  }

  /** The nearest open edge within the limit; null outside it. */
  nearest(place: Place, limitM: number, isOpen: (edge: number) => boolean = () => true): Snapped | null {
    const [x, y] = this.#point(place);
    let best: Snapped | null = null;
    const look = (edge: number): void => {
      const candidate = this.#project(x, y, edge);
      if (candidate.distanceM <= (best?.distanceM ?? limitM)) best = candidate;
    };
    for (const edge of this.#index.neighbors(x, y, probes, limitM, isOpen)) look(edge);
    // Boxes overlap: whatever is closer than the best so far has its box within that distance.
    const reachM = (best as Snapped | null)?.distanceM ?? limitM;
    for (const edge of this.#index.search(x - reachM, y - reachM, x + reachM, y + reachM, isOpen)) look(edge);
    return best;
  }

  /** Edges whose box touches these bounds. */
  edgesWithin(southWest: Place, northEast: Place): readonly number[] {
    return this.#index.search(...this.#point(southWest), ...this.#point(northEast));
  }

  #project(x: number, y: number, edge: number): Snapped {
    const from = this.#graph.edgeFrom[edge] ?? 0;
    const to = this.#graph.edgeTo[edge] ?? 0;
    const [ax, ay] = this.#nodePoint(from);
    const [bx, by] = this.#nodePoint(to);
    const dx = bx - ax;
    const dy = by - ay;
    const squared = dx * dx + dy * dy;
    const fraction = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared));
    return {
      edge,
      fraction,
      place: between(nodePlace(this.#graph, from), nodePlace(this.#graph, to), fraction),
      distanceM: Math.hypot(x - ax - fraction * dx, y - ay - fraction * dy),
    };
  }

  #nodePoint(node: number): [number, number] {
    return this.#point(nodePlace(this.#graph, node));
  }

  #point(place: Place): [number, number] {
    return [place.lng * this.#metresEast, place.lat * metresPerDegree];
  }
}
