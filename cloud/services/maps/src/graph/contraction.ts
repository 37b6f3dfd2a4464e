import { MinHeap } from "@kerbside/proto/base/heap";

/** How far a search for a way round a junction goes before a shortcut is added to be safe; it costs size, never truth. */
const witnessSettledMax = 200;

interface ChainEnds {
  readonly from: number;
  readonly to: number;
  readonly costMs: number;
  readonly lengthCm: number;
}

/**
 * Takes junctions out of the graph one by one, the least important first, and puts a shortcut between two neighbours
 * wherever the fastest way between them led through the junction.
 */
export class Contraction {
  readonly #size: number;
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #costMs: number[] = [];
  readonly #lengthCm: number[] = [];
  /** Left half, or -1 for an edge that is a chain. */
  readonly #left: number[] = [];
  /** Right half, or the chain. */
  readonly #right: number[] = [];
  readonly #edgesOf: number[][];
  readonly #depth: Int32Array;
  readonly #queue = new MinHeap();
  readonly #witness: WitnessSearch;

  constructor(size: number) {
    this.#size = size;
    this.#edgesOf = Array.from({ length: size }, () => []);
    this.#depth = new Int32Array(size);
    this.#witness = new WitnessSearch(size);
  }

  addChain(chain: number, ends: ChainEnds): void {
    if (ends.from !== ends.to) this.#link(ends, -1, chain);
  }

  /** Contracts everything; answers the junctions in the order they went. */
  contractAll(): Int32Array {
    const order = new Int32Array(this.#size);
    for (let junction = 0; junction < this.#size; junction += 1) {
      this.#queue.push(this.#importance(junction), junction);
    }
    for (let done = 0; done < this.#size; ) {
      const junction = this.#queue.pop();
      const importance = this.#importance(junction);
      if (importance > this.#queue.topKey) {
        this.#queue.push(importance, junction);
        continue;
      }
      this.#contract(junction);
      order[done] = junction;
      done += 1;
    }
    return order;
  }

  /** A junction's edges to what was contracted after it. */
  upEdges(junction: number): readonly number[] {
    return this.#edgesOf[junction] ?? [];
  }

  otherEnd(edge: number, junction: number): number {
    return this.#from[edge] === junction ? (this.#to[edge] ?? 0) : (this.#from[edge] ?? 0);
  }

  costMs(edge: number): number {
    return this.#costMs[edge] ?? 0;
  }

  lengthCm(edge: number): number {
    return this.#lengthCm[edge] ?? 0;
  }

  chainOf(edge: number): number {
    return this.#right[edge] ?? 0;
  }

  /** The two edges that a shortcut stands for, the one at `end` first; null for a chain. */
  halves(edge: number, end: number): readonly [number, number] | null {
    const left = this.#left[edge] ?? -1;
    const right = this.#right[edge] ?? 0;
    if (left === -1) return null;
    return this.#from[left] === end || this.#to[left] === end ? [left, right] : [right, left];
  }

  #link(ends: ChainEnds, left: number, right: number): void {
    const rival = (this.#edgesOf[ends.from] ?? []).findIndex((edge) => this.otherEnd(edge, ends.from) === ends.to);
    if (rival !== -1) {
      const edge = this.#edgesOf[ends.from]?.[rival] ?? 0;
      if (this.costMs(edge) <= ends.costMs) return;
      this.#unlink(edge, ends.from);
      this.#unlink(edge, ends.to);
    }
    const edge = this.#from.push(ends.from) - 1;
    this.#to.push(ends.to);
    this.#costMs.push(ends.costMs);
    this.#lengthCm.push(ends.lengthCm);
    this.#left.push(left);
    this.#right.push(right);
    this.#edgesOf[ends.from]?.push(edge);
    this.#edgesOf[ends.to]?.push(edge);
  }

  #unlink(edge: number, junction: number): void {
    const edges = this.#edgesOf[junction] ?? [];
    const at = edges.indexOf(edge);
    if (at !== -1) edges.splice(at, 1);
  }

  /** Edge difference, and depth so that the hierarchy stays flat. */
  #importance(junction: number): number {
    const edges = this.upEdges(junction);
    return 2 * (this.#shortcuts(junction).length - edges.length) + (this.#depth[junction] ?? 0);
  }

  #contract(junction: number): void {
    const shortcuts = this.#shortcuts(junction);
    for (const edge of this.upEdges(junction)) {
      const neighbour = this.otherEnd(edge, junction);
      this.#unlink(edge, neighbour);
      this.#depth[neighbour] = Math.max(this.#depth[neighbour] ?? 0, (this.#depth[junction] ?? 0) + 1);
    }
    for (const [left, right] of shortcuts) {
      const ends = {
        from: this.otherEnd(left, junction),
        to: this.otherEnd(right, junction),
        costMs: this.costMs(left) + this.costMs(right),
        lengthCm: this.lengthCm(left) + this.lengthCm(right),
      };
      this.#link(ends, left, right);
    }
  }

  /** Pairs of edges whose joint way through the junction nothing else is known to beat. */
  #shortcuts(junction: number): (readonly [number, number])[] {
    const edges = this.upEdges(junction);
    const pairs: (readonly [number, number])[] = [];
    for (let i = 0; i + 1 < edges.length; i += 1) {
      const left = edges[i] ?? 0;
      const rest = edges.slice(i + 1);
      const furthestMs = this.costMs(left) + rest.reduce((most, edge) => Math.max(most, this.costMs(edge)), 0);
      this.#witness.run(this, { from: this.otherEnd(left, junction), without: junction, furthestMs });
      for (const right of rest) {
        const throughMs = this.costMs(left) + this.costMs(right);
        if (this.#witness.costMs(this.otherEnd(right, junction)) > throughMs) pairs.push([left, right]);
      }
    }
    return pairs;
  }
}

interface WitnessTask {
  readonly from: number;
  readonly without: number;
  readonly furthestMs: number;
}

/** A bounded Dijkstra search that ignores one junction. */
class WitnessSearch {
  readonly #costMs: Float64Array;
  readonly #heap = new MinHeap();
  readonly #touched: number[] = [];

  constructor(size: number) {
    this.#costMs = new Float64Array(size).fill(Infinity);
  }

  costMs(junction: number): number {
    return this.#costMs[junction] ?? Infinity;
  }

  run(graph: Contraction, { from, without, furthestMs }: WitnessTask): void {
    for (const junction of this.#touched) this.#costMs[junction] = Infinity;
    this.#touched.length = 0;
    this.#heap.clear();
    this.#reach(from, 0);
    for (let settled = 0; settled < witnessSettledMax && this.#heap.topKey <= furthestMs; settled += 1) {
      const costMs = this.#heap.topKey;
      const junction = this.#heap.pop();
      if (costMs > this.costMs(junction)) continue;
      for (const edge of graph.upEdges(junction)) {
        const next = graph.otherEnd(edge, junction);
        if (next !== without) this.#reach(next, costMs + graph.costMs(edge));
      }
    }
  }

  #reach(junction: number, costMs: number): void {
    const known = this.costMs(junction);
    if (costMs >= known) return;
    if (known === Infinity) this.#touched.push(junction);
    this.#costMs[junction] = costMs;
    this.#heap.push(costMs, junction);
  }
}
