import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findChains } from "../graph/chains.ts";
import { anyGraph, anyPoint } from "../graph/graph.arbitrary.ts";
import { buildHierarchy } from "../graph/hierarchy.ts";
import { buildLabels } from "../graph/labels.ts";
import type { WalkGraph } from "../graph/walk-graph.ts";
import { AStar } from "./astar.ts";
import { Fastest, type Roads, type Way } from "./fastest.ts";
import { matrixBetween } from "./matrix.ts";
import { type Position, placeOf, positionOnEdge, terminalsOf } from "./position.ts";

function roadsOf(graph: WalkGraph): Roads {
  const chains = findChains(graph);
  const hierarchy = buildHierarchy(chains);
  return { chains, hierarchy, labels: buildLabels(hierarchy) };
}

/** The plainest Bellman-Ford there is: what every clever search has to agree with. */
function cheapestMs(graph: WalkGraph, roads: Roads, from: Position, to: Position): number {
  const costMs = new Float64Array(graph.nodeCount).fill(Infinity);
  for (const start of terminalsOf(roads.chains, from)) costMs[start.node] = start.costMs;
  for (let round = 0; round < graph.nodeCount; round += 1) {
    for (let edge = 0; edge < graph.edgeCount; edge += 1) {
      const a = graph.edgeFrom[edge] ?? 0;
      const b = graph.edgeTo[edge] ?? 0;
      const edgeMs = graph.edgeCostMs[edge] ?? 0;
      costMs[a] = Math.min(costMs[a] ?? 0, (costMs[b] ?? 0) + edgeMs);
      costMs[b] = Math.min(costMs[b] ?? 0, (costMs[a] ?? 0) + edgeMs);
    }
  }
  const ends = terminalsOf(roads.chains, to).map((end) => (costMs[end.node] ?? 0) + end.costMs);
  return Math.min(...ends, isSameEdge(from, to) ? Math.abs(from.costMs - to.costMs) : Infinity);
}

function isSameEdge(a: Position, b: Position): boolean {
  return a.chain === b.chain && a.slot === b.slot && !a.isNode && !b.isNode;
}

/** What the steps between a way's nodes cost, over the cheapest edge of each; throws where there is none. */
function walked(graph: WalkGraph, way: Way): number {
  let sumMs = 0;
  for (let i = 1; i < way.nodes.length; i += 1) {
    const [a, b] = [way.nodes[i - 1] ?? 0, way.nodes[i] ?? 0];
    const edges = [...graph.edgeFrom.keys()].filter(
      (edge) =>
        (graph.edgeFrom[edge] === a && graph.edgeTo[edge] === b) ||
        (graph.edgeFrom[edge] === b && graph.edgeTo[edge] === a),
    );
    if (edges.length === 0) throw new Error(`no edge joins ${a} and ${b}`);
    sumMs += Math.min(...edges.map((edge) => graph.edgeCostMs[edge] ?? 0));
  }
  return sumMs;
}

const anyTrip = anyGraph.chain((graph) =>
  fc.record({ graph: fc.constant(graph), from: anyPoint(graph), to: anyPoint(graph) }),
);

describe("fastest ways", () => {
  test("the labels, A* and a search of everything find the same cost", () => {
    fc.assert(
      fc.property(anyTrip, ({ graph, from, to }) => {
        const roads = roadsOf(graph);
        const start = positionOnEdge(graph, roads.chains, from.edge, from.fraction);
        const end = positionOnEdge(graph, roads.chains, to.edge, to.fraction);

        const byLabels = new Fastest(roads).between(start, end);
        const task = {
          from: terminalsOf(roads.chains, start),
          to: terminalsOf(roads.chains, end),
          goal: placeOf(graph, roads.chains, end),
        };
        const byAStar = new AStar(graph).between(task);

        const expectedMs = cheapestMs(graph, roads, start, end);
        expect(byLabels?.costMs).toBe(expectedMs);
        const withinEdgeMs = isSameEdge(start, end) ? Math.abs(start.costMs - end.costMs) : Infinity;
        expect(Math.min(byAStar?.costMs ?? Infinity, withinEdgeMs)).toBe(expectedMs);
      }),
      { numRuns: 400 },
    );
  });

  test("the nodes of a way are joined by edges that cost what the way says", () => {
    fc.assert(
      fc.property(anyTrip, ({ graph, from, to }) => {
        const roads = roadsOf(graph);
        const start = positionOnEdge(graph, roads.chains, from.edge, Math.round(from.fraction));
        const end = positionOnEdge(graph, roads.chains, to.edge, Math.round(to.fraction));

        const way = new Fastest(roads).between(start, end);

        expect(way && walked(graph, way)).toBe(way?.costMs);
        expect(way?.nodes[0]).toBe(roads.chains.slotNode[start.slot]);
        expect(way?.nodes.at(-1)).toBe(roads.chains.slotNode[end.slot]);
      }),
      { numRuns: 400 },
    );
  });

  test("a matrix holds what the single ways cost and measure", () => {
    const anyEnds = anyGraph.chain((graph) =>
      fc.record({
        graph: fc.constant(graph),
        from: fc.array(anyPoint(graph), { maxLength: 4 }),
        to: fc.array(anyPoint(graph), { maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(anyEnds, ({ graph, from, to }) => {
        const roads = roadsOf(graph);
        const starts = from.map((point) => positionOnEdge(graph, roads.chains, point.edge, point.fraction));
        const ends = to.map((point) => positionOnEdge(graph, roads.chains, point.edge, point.fraction));
        const fastest = new Fastest(roads);

        const cells = matrixBetween(roads, starts, ends);

        const single = starts.flatMap((start) => ends.map((end) => fastest.between(start, end)?.costMs ?? -1));
        expect([...cells.costMs]).toEqual(single);
      }),
      { numRuns: 300 },
    );
  });

  test("A* goes round an edge that is closed, and finds nothing when there is no way round", () => {
    fc.assert(
      fc.property(anyTrip, ({ graph, from, to }) => {
        const roads = roadsOf(graph);
        const start = positionOnEdge(graph, roads.chains, from.edge, 0);
        const end = positionOnEdge(graph, roads.chains, to.edge, 1);
        const closed = new Uint8Array(graph.edgeCount);
        closed[from.edge] = 1;
        const task = {
          from: terminalsOf(roads.chains, start),
          to: terminalsOf(roads.chains, end),
          goal: placeOf(graph, roads.chains, end),
        };

        const way = new AStar(graph).between(task, closed);

        const open = {
          ...graph,
          edgeCostMs: graph.edgeCostMs.map((costMs, edge) => (edge === from.edge ? 1e9 : costMs)),
        };
        const expectedMs = cheapestMs(open, roads, start, end);
        expect(way?.costMs ?? null).toBe(expectedMs >= 1e9 ? null : expectedMs);
      }),
      { numRuns: 300 },
    );
  });
});
