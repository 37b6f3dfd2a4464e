import type { Roads } from "./fastest.ts";
import { type End, endsOf, type Position } from "./position.ts";

/** Costs and lengths row by row: cell `i * to.length + j` is from `i` to `j`; -1 where nothing joins them. */
export interface Cells {
  readonly costMs: Int32Array;
  readonly lengthCm: Int32Array;
}

/**
 * Many-to-many fastest ways (Knopp et al. 2007): the labels of all targets are sorted by hub, then the label of each
 * source collects at its hubs. What is read grows with the number of ends, not with the number of pairs' ways.
 */
export function matrixBetween(roads: Roads, from: readonly Position[], to: readonly Position[]): Cells {
  const cells = {
    costMs: new Int32Array(from.length * to.length).fill(-1),
    lengthCm: new Int32Array(from.length * to.length).fill(-1),
  };
  const buckets = fillBuckets(roads, to);
  from.forEach((position, i) => {
    for (const end of endsOf(roads, position)) collect(roads, buckets, end, cells, i * to.length);
  });
  preferDirect(from, to, cells);
  return cells;
}

/** What the targets left at each hub. */
interface Buckets {
  readonly first: Int32Array;
  readonly target: Int32Array;
  readonly costMs: Int32Array;
  readonly lengthCm: Int32Array;
}

function fillBuckets(roads: Roads, to: readonly Position[]): Buckets {
  const { labels, hierarchy } = roads;
  const ends = to.flatMap((position, target) => endsOf(roads, position).map((end) => ({ end, target })));
  const first = new Int32Array(hierarchy.size + 1);
  const eachEntry = (see: (entry: number, end: End, target: number) => void): void => {
    for (const { end, target } of ends) {
      const last = labels.first[end.rank + 1] ?? 0;
      for (let entry = labels.first[end.rank] ?? 0; entry < last; entry += 1) see(entry, end, target);
    }
  };
  eachEntry((entry) => {
    const slot = (labels.hub[entry] ?? 0) + 1;
    first[slot] = (first[slot] ?? 0) + 1;
  });
  for (let rank = 0; rank < hierarchy.size; rank += 1) first[rank + 1] = (first[rank + 1] ?? 0) + (first[rank] ?? 0);
  const next = first.slice();
  const size = first[hierarchy.size] ?? 0;
  const buckets = {
    first,
    target: new Int32Array(size),
    costMs: new Int32Array(size),
    lengthCm: new Int32Array(size),
  };
  eachEntry((entry, end, target) => {
    const hub = labels.hub[entry] ?? 0;
    const at = next[hub] ?? 0;
    next[hub] = at + 1;
    buckets.target[at] = target;
    buckets.costMs[at] = end.costMs + (labels.costMs[entry] ?? 0);
    buckets.lengthCm[at] = end.lengthCm + (labels.lengthCm[entry] ?? 0);
  });
  return buckets;
}

function collect({ labels }: Roads, buckets: Buckets, end: End, cells: Cells, row: number): void {
  const { first, target, costMs, lengthCm } = buckets;
  const last = labels.first[end.rank + 1] ?? 0;
  for (let entry = labels.first[end.rank] ?? 0; entry < last; entry += 1) {
    const hub = labels.hub[entry] ?? 0;
    const upMs = end.costMs + (labels.costMs[entry] ?? 0);
    const upCm = end.lengthCm + (labels.lengthCm[entry] ?? 0);
    const bucketEnd = first[hub + 1] ?? 0;
    for (let i = first[hub] ?? 0; i < bucketEnd; i += 1) {
      const cell = row + (target[i] ?? 0);
      const throughMs = upMs + (costMs[i] ?? 0);
      const known = cells.costMs[cell] ?? -1;
      if (known !== -1 && known <= throughMs) continue;
      cells.costMs[cell] = throughMs;
      cells.lengthCm[cell] = upCm + (lengthCm[i] ?? 0);
    }
  }
}

/** Two positions on one chain may be closest along it, without touching a junction. */
function preferDirect(from: readonly Position[], to: readonly Position[], cells: Cells): void {
  const onChain = Map.groupBy(to.keys(), (j) => to[j]?.chain ?? -1);
  from.forEach((position, i) => {
    for (const j of onChain.get(position.chain) ?? []) {
      const target = to[j];
      if (!target) continue;
      const cell = i * to.length + j;
      const directMs = Math.abs(position.costMs - target.costMs);
      const known = cells.costMs[cell] ?? -1;
      if (known !== -1 && known <= directMs) continue;
      cells.costMs[cell] = directMs;
      cells.lengthCm[cell] = Math.abs(position.lengthCm - target.lengthCm);
    }
  });
}
