import type { Place } from "@kerbside/proto/base/place";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { WalkGraph } from "../graph/walk-graph.ts";
import { AStar } from "./astar.ts";
import { closedEdges, type Zone } from "./closures.ts";
import { Fastest, type Roads, type Way } from "./fastest.ts";
import { type Cells, matrixBetween } from "./matrix.ts";
import { type Position, placeOf, positionOnEdge, terminalsOf } from "./position.ts";
import { type Snapped, Snapper } from "./snap.ts";

/** A fastest walk between two places, from the point nearest to the first to the point nearest to the second. */
export interface Route {
  readonly durationMs: number;
  readonly distanceCm: number;
  /** Latitude and longitude in turn, first the start. Flat: a line of hundreds of places is made for every answer. */
  readonly line: Float64Array;
}

/** Answers every question about ways on one version of the map. */
export class Router {
  readonly #graph: WalkGraph;
  readonly #roads: Roads;
  readonly #coverageLimitM: number;
  readonly #snapper: Snapper;
  readonly #fastest: Fastest;
  readonly #astar: AStar;
  #closed: Uint8Array | null = null;

  constructor(graph: WalkGraph, roads: Roads, coverageLimitM: number) {
    this.#graph = graph;
    this.#roads = roads;
    this.#coverageLimitM = coverageLimitM;
    this.#snapper = new Snapper(graph);
    this.#fastest = new Fastest(roads);
    this.#astar = new AStar(graph);
  }

  /** From now on no way leads through these zones. */
  closeZones(zones: readonly Zone[]): void {
    this.#closed = closedEdges(this.#graph, this.#snapper, zones);
  }

  /** The nearest point where a robot can stand; null when it is further away than the coverage limit. */
  snap(place: Place): Snapped | null {
    return this.#snapper.nearest(place, this.#coverageLimitM, this.#isOpenEdge());
  }

  /** The nearest street, for whoever asked for a place outside coverage; null on a map without any. */
  nearestStreet(place: Place): Place | null {
    return this.#snapper.nearestAnywhere(place, this.#isOpenEdge())?.place ?? null;
  }

  route(from: Place, to: Place): Result<Route, "outside_coverage" | "no_route"> {
    const start = this.snap(from);
    const end = this.snap(to);
    if (!start || !end) return err("outside_coverage");
    const way = this.#way(this.#position(start), this.#position(end));
    if (!way) return err("no_route");
    return ok({ durationMs: way.costMs, distanceCm: way.lengthCm, line: this.#line(start, way, end) });
  }

  /** Costs and lengths between all pairs; -1 where a place lies outside coverage or nothing joins the two. */
  matrix(from: readonly Place[], to: readonly Place[]): Cells {
    const rows = from.map((place) => this.snap(place));
    const columns = to.map((place) => this.snap(place));
    const sources = rows.flatMap((snapped) => (snapped ? [this.#position(snapped)] : []));
    const targets = columns.flatMap((snapped) => (snapped ? [this.#position(snapped)] : []));
    const known = this.#closed ? this.#pairByPair(sources, targets) : matrixBetween(this.#roads, sources, targets);
    return widen(known, rows.map(Boolean), columns.map(Boolean));
  }

  #isOpenEdge(): ((edge: number) => boolean) | undefined {
    const closed = this.#closed;
    return closed ? (edge) => closed[edge] !== 1 : undefined;
  }

  /** The hierarchy's way holds unless a zone closes a piece of it; only then the slower search must find another. */
  #way(from: Position, to: Position): Way | null {
    const way = this.#fastest.between(from, to);
    if (!way || !this.#closed || this.#isOpen(way, this.#closed)) return way;
    const { chains } = this.#roads;
    const task = {
      from: terminalsOf(chains, from),
      to: terminalsOf(chains, to),
      goal: placeOf(this.#graph, chains, to),
    };
    const around = this.#astar.between(task, this.#closed);
    const along = withinEdge(from, to);
    return along && (!around || along.costMs <= around.costMs) ? along : around;
  }

  #isOpen(way: Way, closed: Uint8Array): boolean {
    const { first, arcTo, arcEdge } = this.#graph;
    for (let i = 1; i < way.nodes.length; i += 1) {
      const node = way.nodes[i - 1] ?? 0;
      for (let arc = first[node] ?? 0; arc < (first[node + 1] ?? 0); arc += 1) {
        if (arcTo[arc] === way.nodes[i] && closed[arcEdge[arc] ?? 0] === 1) return false;
      }
    }
    return true;
  }

  #pairByPair(from: readonly Position[], to: readonly Position[]): Cells {
    const ways = from.flatMap((start) => to.map((end) => this.#way(start, end)));
    return {
      costMs: Int32Array.from(ways, (way) => way?.costMs ?? -1),
      lengthCm: Int32Array.from(ways, (way) => way?.lengthCm ?? -1),
    };
  }

  #position(snapped: Snapped): Position {
    return positionOnEdge(this.#graph, this.#roads.chains, snapped.edge, snapped.fraction);
  }

  /** From the snapped start over the way's nodes to the snapped end. Where those are nodes themselves they come once. */
  #line(start: Snapped, { nodes }: Way, end: Snapped): Float64Array {
    const { lat, lng } = this.#graph;
    const line = new Float64Array(2 * (nodes.length + 2));
    line[0] = start.place.lat;
    line[1] = start.place.lng;
    for (let i = 0; i < nodes.length; i += 1) {
      const node = nodes[i] ?? 0;
      line[2 * i + 2] = lat[node] ?? 0;
      line[2 * i + 3] = lng[node] ?? 0;
    }
    line[line.length - 2] = end.place.lat;
    line[line.length - 1] = end.place.lng;
    const isRepeated = (i: number): boolean => line[i] === line[i + 2] && line[i + 1] === line[i + 3];
    const first = nodes.length > 0 && isRepeated(0) ? 2 : 0;
    const last = line.length > first + 2 && isRepeated(line.length - 4) ? line.length - 2 : line.length;
    return line.subarray(first, last);
  }
}

/** The piece of one edge between two positions on it; null where they lie on different edges. */
function withinEdge(from: Position, to: Position): Way | null {
  if (from.chain !== to.chain || from.slot !== to.slot || from.isNode || to.isNode) return null;
  return {
    costMs: Math.abs(from.costMs - to.costMs),
    lengthCm: Math.abs(from.lengthCm - to.lengthCm),
    nodes: new Int32Array(0),
  };
}

/** Spreads the cells of the covered places over rows and columns of all places. */
function widen(cells: Cells, rows: readonly boolean[], columns: readonly boolean[]): Cells {
  const costMs = new Int32Array(rows.length * columns.length).fill(-1);
  const lengthCm = new Int32Array(rows.length * columns.length).fill(-1);
  let next = 0;
  rows.forEach((isRowCovered, i) => {
    if (!isRowCovered) return;
    columns.forEach((isColumnCovered, j) => {
      if (!isColumnCovered) return;
      costMs[i * columns.length + j] = cells.costMs[next] ?? -1;
      lengthCm[i * columns.length + j] = cells.lengthCm[next] ?? -1;
      next += 1;
    });
  });
  return { costMs, lengthCm };
}
