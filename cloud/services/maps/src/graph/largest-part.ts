import type { Stretch } from "./walk-graph.ts";

/** A connected part of a graph: which old nodes it keeps, in their new order, and its edges in new numbers. */
export interface Part {
  readonly nodes: readonly number[];
  readonly stretches: readonly Stretch[];
}

/**
 * The connected part with the most nodes. They are numbered as a breadth-first walk meets them, so that neighbours
 * lie close together in memory.
 */
export function largestPart(nodeCount: number, stretches: readonly Stretch[]): Part {
  const neighbours: number[][] = Array.from({ length: nodeCount }, () => []);
  for (const { from, to } of stretches) {
    neighbours[from]?.push(to);
    neighbours[to]?.push(from);
  }
  const seen = new Uint8Array(nodeCount);
  let largest: readonly number[] = [];
  for (let start = 0; start < nodeCount; start += 1) {
    if (seen[start] === 1 || neighbours[start]?.length === 0) continue;
    const part = walk(start, neighbours, seen);
    if (part.length > largest.length) largest = part;
  }
  const renamed = new Map(largest.map((node, i) => [node, i]));
  return {
    nodes: largest,
    stretches: stretches.flatMap((stretch) => {
      const from = renamed.get(stretch.from);
      const to = renamed.get(stretch.to);
      return from === undefined || to === undefined ? [] : [{ ...stretch, from, to }];
    }),
  };
}

function walk(start: number, neighbours: readonly (readonly number[])[], seen: Uint8Array): readonly number[] {
  const order = [start];
  seen[start] = 1;
  for (const node of order) {
    for (const next of neighbours[node] ?? []) {
      if (seen[next] === 1) continue;
      seen[next] = 1;
      order.push(next);
    }
  }
  return order;
}
