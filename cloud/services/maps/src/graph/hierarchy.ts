import type { Chains } from "./chains.ts";
import { Contraction } from "./contraction.ts";

/**
 * A contraction hierarchy (Geisberger et al. 2008) over the junctions. Junctions are renumbered by importance, the most
 * important first, and each keeps only its edges to more important ones ("up"). A fastest path always is some steps up
 * and then some steps down, so a search from both ends sees a few dozen junctions instead of thousands.
 */
export interface Hierarchy {
  readonly size: number;
  /** Place in the hierarchy by junction. */
  readonly rankOf: Int32Array;
  /** Up-edges of rank `r` are `upFirst[r]` to `upFirst[r + 1] - 1`. */
  readonly upFirst: Int32Array;
  readonly upFrom: Int32Array;
  readonly upTo: Int32Array;
  readonly upCostMs: Int32Array;
  readonly upLengthCm: Int32Array;
  /**
   * What an up-edge is made of: two up-edges of the junction it skips, the first to the edge's own lower end, the second
   * to its upper end. An edge that skips nothing has -1 on the left and its chain on the right.
   */
  readonly upLeft: Int32Array;
  readonly upRight: Int32Array;
}

export function buildHierarchy(chains: Chains): Hierarchy {
  const contraction = new Contraction(chains.junctionCount);
  for (let chain = 0; chain < chains.chainCount; chain += 1) {
    const last = (chains.chainFirst[chain + 1] ?? 0) - 1;
    contraction.addChain(chain, {
      from: chains.chainFrom[chain] ?? 0,
      to: chains.chainTo[chain] ?? 0,
      costMs: chains.slotCostMs[last] ?? 0,
      lengthCm: chains.slotLengthCm[last] ?? 0,
    });
  }
  const order = contraction.contractAll();
  return layOut(contraction, order);
}

/** Puts the edges of the contraction into flat arrays, by rank of their lower end. */
function layOut(contraction: Contraction, order: Int32Array): Hierarchy {
  const size = order.length;
  const rankOf = new Int32Array(size);
  order.forEach((junction, i) => {
    rankOf[junction] = size - 1 - i;
  });
  const upFirst = new Int32Array(size + 1);
  const total = order.reduce((sum, junction) => sum + contraction.upEdges(junction).length, 0);
  const upFrom = new Int32Array(total);
  const upTo = new Int32Array(total);
  const upCostMs = new Int32Array(total);
  const upLengthCm = new Int32Array(total);
  const placeOf = new Map<number, number>();
  let next = 0;
  for (let rank = 0; rank < size; rank += 1) {
    const junction = order[size - 1 - rank] ?? 0;
    for (const edge of contraction.upEdges(junction)) {
      placeOf.set(edge, next);
      upFrom[next] = rank;
      upTo[next] = rankOf[contraction.otherEnd(edge, junction)] ?? 0;
      upCostMs[next] = contraction.costMs(edge);
      upLengthCm[next] = contraction.lengthCm(edge);
      next += 1;
    }
    upFirst[rank + 1] = next;
  }
  return { size, rankOf, upFirst, upFrom, upTo, upCostMs, upLengthCm, ...halvesOf(contraction, order, placeOf) };
}

function halvesOf(
  contraction: Contraction,
  order: Int32Array,
  placeOf: ReadonlyMap<number, number>,
): Pick<Hierarchy, "upLeft" | "upRight"> {
  const upLeft = new Int32Array(placeOf.size).fill(-1);
  const upRight = new Int32Array(placeOf.size);
  for (const junction of order) {
    for (const edge of contraction.upEdges(junction)) {
      const place = placeOf.get(edge) ?? 0;
      const halves = contraction.halves(edge, junction);
      if (halves === null) {
        upRight[place] = contraction.chainOf(edge);
        continue;
      }
      upLeft[place] = placeOf.get(halves[0]) ?? 0;
      upRight[place] = placeOf.get(halves[1]) ?? 0;
    }
  }
  return { upLeft, upRight };
}
