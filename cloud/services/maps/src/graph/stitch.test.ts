import { distanceM } from "@kerbside/proto/geo/geo";
import { describe, expect, test } from "vitest";
import type { OsmFeature } from "../source/features.ts";
import { stitch } from "./stitch.ts";
import { nodePlace, type WalkGraph } from "./walk-graph.ts";

const grid = { z: 12, extent: 1_048_576 };
const border = 2_860 * grid.extent;
const y = 1_368 * grid.extent + 500_000;

let nextId = 1;

function way(
  points: readonly (readonly [number, number])[],
  tags: Record<string, string> = { highway: "footway" },
): OsmFeature {
  nextId += 1;
  return { id: nextId, shape: "line", tags, parts: [Float64Array.from(points.flat())] };
}

function node(x: number, tags: Record<string, string>): OsmFeature {
  return { id: 1, shape: "point", tags, parts: [Float64Array.of(x, y)] };
}

function totalMs(graph: WalkGraph): number {
  return graph.edgeCostMs.reduce((sum, costMs) => sum + costMs, 0);
}

describe("stitching", () => {
  test("a way that a tile border cut is one way again", () => {
    const left = way([
      [border - 10_000, y],
      [border, y],
    ]);
    const right = {
      ...way([
        [border, y],
        [border + 10_000, y],
      ]),
      id: left.id,
    };

    const graph = stitch(grid, [left, right]);

    expect(graph.nodeCount).toBe(3);
    expect(graph.edgeCount).toBe(2);
  });

  test("halves that were rounded a centimetre apart are joined", () => {
    const left = way([
      [border - 10_000, y],
      [border, y],
    ]);
    const right = {
      ...way([
        [border, y + 2],
        [border + 10_000, y + 2],
      ]),
      id: left.id,
    };

    expect(stitch(grid, [left, right]).edgeCount).toBe(2);
  });

  test("different ways that end close together at a border stay apart", () => {
    const left = way([
      [border - 10_000, y],
      [border, y],
    ]);
    const right = way([
      [border, y + 2],
      [border + 5_000, y + 2],
      [border + 10_000, y],
    ]);

    expect(stitch(grid, [left, right]).edgeCount).toBe(2);
    expect(stitch(grid, [left, right]).nodeCount).toBe(3);
  });

  test("a bridge does not join the way below it", () => {
    const below = way([
      [border, y],
      [border + 20_000, y],
    ]);
    const bridge = way([
      [border + 10_000, y - 10_000],
      [border + 10_000, y + 10_000],
      [border + 10_000, y + 15_000],
    ]);

    expect(stitch(grid, [below, bridge]).nodeCount).toBe(3);
  });

  test("only the largest connected part is kept", () => {
    const large = way([
      [border, y],
      [border + 1_000, y],
      [border + 2_000, y],
    ]);
    const small = way([
      [border + 50_000, y],
      [border + 51_000, y],
    ]);

    expect(stitch(grid, [small, large]).nodeCount).toBe(3);
  });

  test.each([
    { highway: "motorway" },
    { highway: "steps" },
    { highway: "construction" },
    { highway: "footway", foot: "no" },
    { highway: "service", access: "private" },
    { building: "yes" },
  ])("a robot does not use %j", (tags: Record<string, string>) => {
    expect(
      stitch(grid, [
        way(
          [
            [border, y],
            [border + 1_000, y],
          ],
          tags,
        ),
      ]).edgeCount,
    ).toBe(0);
  });

  test("a private way that is open to walkers is used", () => {
    const tags = { highway: "service", access: "private", foot: "yes" };

    expect(
      stitch(grid, [
        way(
          [
            [border, y],
            [border + 1_000, y],
          ],
          tags,
        ),
      ]).edgeCount,
    ).toBe(1);
  });

  test("walking through a signalled crossing costs its whole delay once", () => {
    const street = way([
      [border, y],
      [border + 10_000, y],
      [border + 20_000, y],
    ]);
    const crossing = node(border + 10_000, { highway: "crossing", crossing: "traffic_signals" });

    const delayMs = totalMs(stitch(grid, [street, crossing])) - totalMs(stitch(grid, [street]));

    expect(Math.abs(delayMs - 20_000)).toBeLessThanOrEqual(2);
  });

  test("no edge is cheaper than its straight line at the highest speed", () => {
    const graph = stitch(grid, [
      way([
        [border, y],
        [border + 1, y],
        [border + 9_999, y + 3],
        [border + 20_000, y + 50_000],
      ]),
    ]);

    for (let edge = 0; edge < graph.edgeCount; edge += 1) {
      const lengthM = distanceM(nodePlace(graph, graph.edgeFrom[edge] ?? 0), nodePlace(graph, graph.edgeTo[edge] ?? 0));
      expect(graph.edgeCostMs[edge]).toBeGreaterThanOrEqual((lengthM / 1.5) * 1000);
    }
  });
});
