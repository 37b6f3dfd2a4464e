import type { WalkGraph } from "./walk-graph.ts";

/**
 * The graph with the bends taken out. Junctions are the nodes where one can choose (or must turn back); a chain is the
 * way from one junction to the next with every node between. Searches run on junctions, geometry comes from chains.
 *
 * Slots of chain `c` are `chainFirst[c]` to `chainFirst[c + 1] - 1`: the slot's node, and cost and length from the
 * chain's first junction. A node that is a junction has a slot on each of its chains; `nodeSlot` names one of them.
 */
export interface Chains {
  readonly junctionCount: number;
  readonly chainCount: number;
  /** Junction by chain: where it begins and where it ends. */
  readonly chainFrom: Int32Array;
  readonly chainTo: Int32Array;
  readonly chainFirst: Int32Array;
  readonly slotNode: Int32Array;
  readonly slotCostMs: Int32Array;
  readonly slotLengthCm: Int32Array;
  /** Chain and slot by node. */
  readonly nodeChain: Int32Array;
  readonly nodeSlot: Int32Array;
  /** Chain by edge, and the first of the two slots that the edge lies between. */
  readonly edgeChain: Int32Array;
  readonly edgeSlot: Int32Array;
}

/** A ring without any junction gets one at an arbitrary node, so that every edge lies on a chain. */
export function findChains(graph: WalkGraph): Chains {
  const junctions = findJunctions(graph);
  const tracer = new Tracer(graph, junctions.isJunction);
  for (const node of junctions.nodes) tracer.traceFrom(node);
  for (let edge = 0; edge < graph.edgeCount; edge += 1) {
    if (tracer.isTraced(edge)) continue;
    const node = graph.edgeFrom[edge] ?? 0;
    junctions.isJunction[node] = 1;
    junctions.nodes.push(node);
    tracer.traceFrom(node);
  }
  const numberOf = new Int32Array(graph.nodeCount).fill(-1);
  junctions.nodes.forEach((node, junction) => {
    numberOf[node] = junction;
  });
  return tracer.finish(junctions.nodes.length, numberOf);
}

function findJunctions(graph: WalkGraph): { readonly nodes: number[]; readonly isJunction: Uint8Array } {
  const isJunction = new Uint8Array(graph.nodeCount);
  const nodes: number[] = [];
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const degree = (graph.first[node + 1] ?? 0) - (graph.first[node] ?? 0);
    if (degree === 2 || degree === 0) continue;
    isJunction[node] = 1;
    nodes.push(node);
  }
  return { nodes, isJunction };
}

class Tracer {
  readonly #graph: WalkGraph;
  readonly #isJunction: Uint8Array;
  readonly #edgeChain: Int32Array;
  readonly #edgeSlot: Int32Array;
  readonly #chainFirst: number[] = [];
  readonly #slotNode: number[] = [];
  readonly #slotCostMs: number[] = [];
  readonly #slotLengthCm: number[] = [];

  constructor(graph: WalkGraph, isJunction: Uint8Array) {
    this.#graph = graph;
    this.#isJunction = isJunction;
    this.#edgeChain = new Int32Array(graph.edgeCount).fill(-1);
    this.#edgeSlot = new Int32Array(graph.edgeCount);
  }

  isTraced(edge: number): boolean {
    return this.#edgeChain[edge] !== -1;
  }

  /** Follows every edge of a junction that no chain has yet, to the next junction. */
  traceFrom(node: number): void {
    for (let arc = this.#graph.first[node] ?? 0; arc < (this.#graph.first[node + 1] ?? 0); arc += 1) {
      if (!this.isTraced(this.#graph.arcEdge[arc] ?? 0)) this.#traceChain(node, arc);
    }
  }

  finish(junctionCount: number, junctionOf: Int32Array): Chains {
    const chainCount = this.#chainFirst.length;
    const chainFirst = Int32Array.from([...this.#chainFirst, this.#slotNode.length]);
    const nodeChain = new Int32Array(this.#graph.nodeCount).fill(-1);
    const nodeSlot = new Int32Array(this.#graph.nodeCount);
    const chainFrom = new Int32Array(chainCount);
    const chainTo = new Int32Array(chainCount);
    for (let chain = 0; chain < chainCount; chain += 1) {
      const begin = chainFirst[chain] ?? 0;
      const end = (chainFirst[chain + 1] ?? 0) - 1;
      chainFrom[chain] = junctionOf[this.#slotNode[begin] ?? 0] ?? 0;
      chainTo[chain] = junctionOf[this.#slotNode[end] ?? 0] ?? 0;
      for (let slot = begin; slot <= end; slot += 1) {
        nodeChain[this.#slotNode[slot] ?? 0] = chain;
        nodeSlot[this.#slotNode[slot] ?? 0] = slot;
      }
    }
    return {
      junctionCount,
      chainCount,
      chainFrom,
      chainTo,
      chainFirst,
      slotNode: Int32Array.from(this.#slotNode),
      slotCostMs: Int32Array.from(this.#slotCostMs),
      slotLengthCm: Int32Array.from(this.#slotLengthCm),
      nodeChain,
      nodeSlot,
      edgeChain: this.#edgeChain,
      edgeSlot: this.#edgeSlot,
    };
  }

  #traceChain(start: number, firstArc: number): void {
    const graph = this.#graph;
    const chain = this.#chainFirst.push(this.#slotNode.length) - 1;
    let arc = firstArc;
    let costMs = 0;
    let lengthCm = 0;
    this.#addSlot(start, costMs, lengthCm);
    for (;;) {
      const edge = graph.arcEdge[arc] ?? 0;
      const node = graph.arcTo[arc] ?? 0;
      this.#edgeChain[edge] = chain;
      this.#edgeSlot[edge] = this.#slotNode.length - 1;
      costMs += graph.edgeCostMs[edge] ?? 0;
      lengthCm += graph.edgeLengthCm[edge] ?? 0;
      this.#addSlot(node, costMs, lengthCm);
      if (this.#isJunction[node] === 1) return;
      const onward = graph.first[node] ?? 0;
      arc = graph.arcEdge[onward] === edge ? onward + 1 : onward;
    }
  }

  #addSlot(node: number, costMs: number, lengthCm: number): void {
    this.#slotNode.push(node);
    this.#slotCostMs.push(costMs);
    this.#slotLengthCm.push(lengthCm);
  }
}
