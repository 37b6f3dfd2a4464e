import { type Grid, gridToLat, gridToLng, type OsmFeature } from "../source/features.ts";
import { largestPart } from "./largest-part.ts";
import { makeGraph, type Stretch, type WalkGraph } from "./walk-graph.ts";
import { crossingMs, walkingSpeedMps } from "./walking.ts";

/** How far the two halves of a way may lie apart at a tile border, grid units (about a centimetre each). */
const seamToleranceUnits = 4;

/**
 * One graph from the features of many tiles. Ways join where they share a point, exactly as in OpenStreetMap, so a
 * bridge does not join what it crosses. A way that a tile border cut is joined again at the border. Only the largest
 * connected part is kept: from anywhere in it every other place can be reached.
 */
export function stitch(grid: Grid, features: readonly OsmFeature[]): WalkGraph {
  const nodes = new NodeIndex(grid);
  const stretches: Stretch[] = [];
  const delays = delaysByPoint(features);
  const seams = new Map<string, number[]>();
  for (const feature of features) {
    const speedMps = feature.shape === "point" ? null : walkingSpeedMps(feature.tags);
    if (speedMps === null) continue;
    for (const part of feature.parts) {
      const line = Array.from({ length: part.length / 2 }, (_, i) => nodes.at(part[2 * i] ?? 0, part[2 * i + 1] ?? 0));
      noteSeams(nodes, feature.id, line, seams);
      stretches.push(...stretchesOf(nodes, line, speedMps, delays));
    }
  }
  const weld = seamWelds(nodes, seams);
  const welded = stretches
    .map((s) => ({ ...s, from: weld.get(s.from) ?? s.from, to: weld.get(s.to) ?? s.to }))
    .filter((s) => s.from !== s.to);
  const part = largestPart(nodes.count, welded);
  const places = part.nodes.map((node) => ({
    lat: gridToLat(grid, nodes.y(node)),
    lng: gridToLng(grid, nodes.x(node)),
  }));
  return makeGraph(places, part.stretches);
}

/** Gives each point of the plane one number. */
class NodeIndex {
  readonly #grid: Grid;
  readonly #byPoint = new Map<string, number>();
  readonly #x: number[] = [];
  readonly #y: number[] = [];

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  get count(): number {
    return this.#x.length;
  }

  at(x: number, y: number): number {
    const key = pointKey(x, y);
    const known = this.#byPoint.get(key);
    if (known !== undefined) return known;
    this.#byPoint.set(key, this.#x.length);
    return this.#x.push(x) && this.#y.push(y) - 1;
  }

  x(node: number): number {
    return this.#x[node] ?? 0;
  }

  y(node: number): number {
    return this.#y[node] ?? 0;
  }

  /** The border this node lies on, or null inside a tile. */
  seam(node: number): string | null {
    if (this.x(node) % this.#grid.extent === 0) return `x${this.x(node)}`;
    if (this.y(node) % this.#grid.extent === 0) return `y${this.y(node)}`;
    return null;
  }
}

function pointKey(x: number, y: number): string {
  return `${x}:${y}`;
}

function delaysByPoint(features: readonly OsmFeature[]): ReadonlyMap<string, number> {
  const delays = new Map<string, number>();
  for (const feature of features) {
    const delayMs = feature.shape === "point" ? crossingMs(feature.tags) : 0;
    const point = feature.parts[0];
    if (delayMs > 0 && point) delays.set(pointKey(point[0] ?? 0, point[1] ?? 0), delayMs);
  }
  return delays;
}

/** A node's delay is shared by the two edges that lead through it. */
function stretchesOf(
  nodes: NodeIndex,
  line: readonly number[],
  speedMps: number,
  delays: ReadonlyMap<string, number>,
): Stretch[] {
  const half = (node: number): number => (delays.get(pointKey(nodes.x(node), nodes.y(node))) ?? 0) / 2;
  const stretches: Stretch[] = [];
  for (let i = 1; i < line.length; i += 1) {
    const from = line[i - 1] ?? 0;
    const to = line[i] ?? 0;
    if (from !== to) stretches.push({ from, to, speedMps, delayMs: half(from) + half(to) });
  }
  return stretches;
}

function noteSeams(nodes: NodeIndex, wayId: number, line: readonly number[], seams: Map<string, number[]>): void {
  for (const node of new Set([line[0], line.at(-1)])) {
    const seam = node === undefined ? null : nodes.seam(node);
    if (node === undefined || seam === null) continue;
    const key = `${wayId} ${seam}`;
    seams.set(key, [...(seams.get(key) ?? []), node]);
  }
}

/** Ends of the same way on the same border that lie a hair apart become one node. */
function seamWelds(nodes: NodeIndex, seams: ReadonlyMap<string, readonly number[]>): ReadonlyMap<number, number> {
  const weld = new Map<number, number>();
  for (const ends of seams.values()) {
    const along = [...new Set(ends)].sort((a, b) => nodes.x(a) - nodes.x(b) || nodes.y(a) - nodes.y(b));
    for (let i = 1; i < along.length; i += 1) {
      const a = along[i - 1] ?? 0;
      const b = along[i] ?? 0;
      const gap = Math.abs(nodes.x(a) - nodes.x(b)) + Math.abs(nodes.y(a) - nodes.y(b));
      if (gap <= seamToleranceUnits) weld.set(b, weld.get(a) ?? a);
    }
  }
  return weld;
}
