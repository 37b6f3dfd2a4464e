import type { Place } from "@kerbside/proto/base/place";
import { between } from "@kerbside/proto/geo/geo";
import type { Chains } from "../graph/chains.ts";
import type { Hierarchy } from "../graph/hierarchy.ts";
import { nodePlace, type WalkGraph } from "../graph/walk-graph.ts";

/** A point of the graph: on a chain, at or after a slot, with cost and length from the chain's beginning. */
export interface Position {
  readonly chain: number;
  readonly slot: number;
  /** True when the point is the slot's node itself. */
  readonly isNode: boolean;
  readonly costMs: number;
  readonly lengthCm: number;
}

function positionOfNode(chains: Chains, node: number): Position {
  const slot = chains.nodeSlot[node] ?? 0;
  return {
    chain: chains.nodeChain[node] ?? 0,
    slot,
    isNode: true,
    costMs: chains.slotCostMs[slot] ?? 0,
    lengthCm: chains.slotLengthCm[slot] ?? 0,
  };
}

/** The point `fraction` of the way along an edge, from its `edgeFrom`. */
export function positionOnEdge(graph: WalkGraph, chains: Chains, edge: number, fraction: number): Position {
  if (fraction <= 0) return positionOfNode(chains, graph.edgeFrom[edge] ?? 0);
  if (fraction >= 1) return positionOfNode(chains, graph.edgeTo[edge] ?? 0);
  const slot = chains.edgeSlot[edge] ?? 0;
  const along = chains.slotNode[slot] === graph.edgeFrom[edge] ? fraction : 1 - fraction;
  const costMs = chains.slotCostMs[slot] ?? 0;
  const lengthCm = chains.slotLengthCm[slot] ?? 0;
  return {
    chain: chains.edgeChain[edge] ?? 0,
    slot,
    isNode: false,
    costMs: costMs + Math.round(along * (graph.edgeCostMs[edge] ?? 0)),
    lengthCm: lengthCm + Math.round(along * (graph.edgeLengthCm[edge] ?? 0)),
  };
}

/** One of the junctions that a position can be left by. */
export interface End {
  readonly rank: number;
  readonly costMs: number;
  readonly lengthCm: number;
  /** True for the chain's first junction. */
  readonly isBeginning: boolean;
}

/** Both ends of the position's chain; only one where the position is a junction itself. */
export function endsOf(
  roads: { readonly chains: Chains; readonly hierarchy: Hierarchy },
  at: Position,
): readonly End[] {
  const { chains, hierarchy } = roads;
  const last = (chains.chainFirst[at.chain + 1] ?? 0) - 1;
  const onwardMs = (chains.slotCostMs[last] ?? 0) - at.costMs;
  const beginning = {
    rank: hierarchy.rankOf[chains.chainFrom[at.chain] ?? 0] ?? 0,
    costMs: at.costMs,
    lengthCm: at.lengthCm,
    isBeginning: true,
  };
  if (at.isNode && at.slot === chains.chainFirst[at.chain]) return [beginning];
  const end = {
    rank: hierarchy.rankOf[chains.chainTo[at.chain] ?? 0] ?? 0,
    costMs: onwardMs,
    lengthCm: (chains.slotLengthCm[last] ?? 0) - at.lengthCm,
    isBeginning: false,
  };
  return at.isNode && at.slot === last ? [end] : [beginning, end];
}

/** A node where a search on the plain graph begins or ends, and what lies between there and the exact point. */
export interface Terminal {
  readonly node: number;
  readonly costMs: number;
  readonly lengthCm: number;
}

/** The nodes on either side of a position; the node itself where it is one. */
export function terminalsOf(chains: Chains, at: Position): readonly Terminal[] {
  return (at.isNode ? [at.slot] : [at.slot, at.slot + 1]).map((slot) => ({
    node: chains.slotNode[slot] ?? 0,
    costMs: Math.abs((chains.slotCostMs[slot] ?? 0) - at.costMs),
    lengthCm: Math.abs((chains.slotLengthCm[slot] ?? 0) - at.lengthCm),
  }));
}

export function placeOf(graph: WalkGraph, chains: Chains, at: Position): Place {
  const here = nodePlace(graph, chains.slotNode[at.slot] ?? 0);
  if (at.isNode) return here;
  const costMs = chains.slotCostMs[at.slot] ?? 0;
  const edgeMs = (chains.slotCostMs[at.slot + 1] ?? 0) - costMs;
  return between(here, nodePlace(graph, chains.slotNode[at.slot + 1] ?? 0), (at.costMs - costMs) / edgeMs);
}
