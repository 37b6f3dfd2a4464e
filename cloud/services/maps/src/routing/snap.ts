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

type Found = Pick<Snapped, "edge" | "fraction" | "distanceM">;

const metresPerDegree = 111_195;
/** Of boxes that are near, one's edge may be nearer than that of the nearest box. */
const farCandidates = 16;
/** Most places lie this close to a way; where nothing is found, the search widens by the factor until the limit. */
const firstReachM = 20;
const reachGrowth = 3;

/** Finds the nearest edge. Works in metres on a plane, which is exact to centimetres over the width of a coverage limit. */
export class Snapper {
  readonly #graph: WalkGraph;
  readonly #index: Flatbush;
  readonly #metresEast: number;
  /** The nodes on the plane. */
  readonly #x: Float64Array;
  readonly #y: Float64Array;

  constructor(graph: WalkGraph) {
    this.#graph = graph;
    const middleLat = graph.nodeCount === 0 ? 0 : graph.lat.reduce((sum, lat) => sum + lat, 0) / graph.nodeCount;
    this.#metresEast = metresPerDegree * Math.cos((middleLat * Math.PI) / 180);
    this.#x = graph.lng.map((lng) => lng * this.#metresEast);
    this.#y = graph.lat.map((lat) => lat * metresPerDegree);
    this.#index = new Flatbush(Math.max(1, graph.edgeCount));
    for (let edge = 0; edge < graph.edgeCount; edge += 1) {
      const { ax, ay, dx, dy } = this.#line(edge);
      this.#index.add(Math.min(ax, ax + dx), Math.min(ay, ay + dy), Math.max(ax, ax + dx), Math.max(ay, ay + dy));
    }
    if (graph.edgeCount === 0) this.#index.add(Infinity, Infinity);
    this.#index.finish();
  }

  /** The nearest open edge within the limit; null outside it. */
  nearest(place: Place, limitM: number, isOpen: (edge: number) => boolean = () => true): Snapped | null {
    const [x, y] = this.#point(place);
    for (let reachM = Math.min(firstReachM, limitM); ; reachM = Math.min(reachM * reachGrowth, limitM)) {
      const found = this.#nearestOf(this.#index.search(x - reachM, y - reachM, x + reachM, y + reachM, isOpen), x, y);
      // Whatever is closer than the reach has its box within it.
      if (found && found.distanceM <= reachM) return this.#snapTo(found);
      if (reachM === limitM) return null;
    }
  }

  /** The nearest open edge, however far; nearly, where several are about as far. Null on a map without any. */
  nearestAnywhere(place: Place, isOpen: (edge: number) => boolean = () => true): Snapped | null {
    const [x, y] = this.#point(place);
    const edges = this.#index.neighbors(
      x,
      y,
      farCandidates,
      Infinity,
      (edge) => edge < this.#graph.edgeCount && isOpen(edge),
    );
    const found = this.#nearestOf(edges, x, y);
    return found && this.#snapTo(found);
  }

  /** Edges whose box touches these bounds. */
  edgesWithin(southWest: Place, northEast: Place): readonly number[] {
    return this.#index.search(...this.#point(southWest), ...this.#point(northEast));
  }

  #nearestOf(edges: readonly number[], x: number, y: number): Found | null {
    let nearest = -1;
    let squared = Infinity;
    let fraction = 0;
    for (const edge of edges) {
      const { ax, ay, dx, dy } = this.#line(edge);
      const length2 = dx * dx + dy * dy;
      const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2));
      const away2 = (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
      if (away2 >= squared) continue;
      nearest = edge;
      squared = away2;
      fraction = along;
    }
    return nearest === -1 ? null : { edge: nearest, fraction, distanceM: Math.sqrt(squared) };
  }

  #snapTo(found: Found): Snapped {
    const from = nodePlace(this.#graph, this.#graph.edgeFrom[found.edge] ?? 0);
    const to = nodePlace(this.#graph, this.#graph.edgeTo[found.edge] ?? 0);
    return { ...found, place: between(from, to, found.fraction) };
  }

  #line(edge: number): { readonly ax: number; readonly ay: number; readonly dx: number; readonly dy: number } {
    const from = this.#graph.edgeFrom[edge] ?? 0;
    const to = this.#graph.edgeTo[edge] ?? 0;
    const ax = this.#x[from] ?? 0;
    const ay = this.#y[from] ?? 0;
    return { ax, ay, dx: (this.#x[to] ?? 0) - ax, dy: (this.#y[to] ?? 0) - ay };
  }

  #point(place: Place): [number, number] {
    return [place.lng * this.#metresEast, place.lat * metresPerDegree];
  }
}
