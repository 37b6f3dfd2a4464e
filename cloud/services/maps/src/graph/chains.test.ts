import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findChains } from "./chains.ts";
import { anyGraph } from "./graph.arbitrary.ts";
import { makeGraph } from "./walk-graph.ts";

test("a street with bends is one chain between its two ends", () => {
  const places = [0, 1, 2, 3].map((i) => ({ lat: 51.1 + (i % 2) * 1e-3, lng: 71.4 + i * 1e-3 }));
  const stretches = [0, 1, 2].map((i) => ({ from: i, to: i + 1, speedMps: 1.5, delayMs: 0 }));

  const chains = findChains(makeGraph(places, stretches));

  expect(chains).toMatchObject({ junctionCount: 2, chainCount: 1 });
  expect([...chains.slotNode]).toEqual([0, 1, 2, 3]);
});

test("a ring without a junction is given one", () => {
  const places = [0, 1, 2].map((i) => ({ lat: 51.1 + (i % 2) * 1e-3, lng: 71.4 + i * 1e-3 }));
  const stretches = [0, 1, 2].map((i) => ({ from: i, to: (i + 1) % 3, speedMps: 1.5, delayMs: 0 }));

  expect(findChains(makeGraph(places, stretches))).toMatchObject({ junctionCount: 1, chainCount: 1 });
});

test("every edge lies on exactly one chain, between two neighbouring slots, at its own cost", () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const chains = findChains(graph);

      const slots = new Set<number>();
      for (let edge = 0; edge < graph.edgeCount; edge += 1) {
        const slot = chains.edgeSlot[edge] ?? 0;
        slots.add(slot);
        const ends = new Set([chains.slotNode[slot], chains.slotNode[slot + 1]]);
        expect(ends).toEqual(new Set([graph.edgeFrom[edge], graph.edgeTo[edge]]));
        expect((chains.slotCostMs[slot + 1] ?? 0) - (chains.slotCostMs[slot] ?? 0)).toBe(graph.edgeCostMs[edge]);
      }
      expect(slots.size).toBe(graph.edgeCount);
      expect(chains.slotNode.length).toBe(graph.edgeCount + chains.chainCount);
    }),
  );
});
