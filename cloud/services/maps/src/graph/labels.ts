import type { Hierarchy } from "./hierarchy.ts";

/**
 * Hub labels (Abraham et al. 2011): for each rank, every more important rank that a fastest way from it climbs to, with
 * its cost. Two labels share at least one hub of the fastest way between their owners, so a query reads two short sorted
 * lists and searches nothing. The price is memory: some fifty entries of 20 bytes for each junction of a city.
 *
 * Entries of rank `r` are `first[r]` to `first[r + 1] - 1`, by rising hub.
 */
export interface Labels {
  readonly first: Int32Array;
  readonly hub: Int32Array;
  readonly costMs: Int32Array;
  readonly lengthCm: Int32Array;
  /** The up-edge that the way to the hub begins with; -1 where the owner is the hub. */
  readonly byEdge: Int32Array;
  /** The entry with the rest of the way, in the label of that edge's upper end. */
  readonly onward: Int32Array;
}

export function buildLabels(hierarchy: Hierarchy): Labels {
  const builder = new LabelBuilder(hierarchy);
  for (let rank = 0; rank < hierarchy.size; rank += 1) builder.add(rank);
  return builder.finish();
}

class LabelBuilder {
  readonly #hierarchy: Hierarchy;
  readonly #first: Int32Array;
  readonly #hub: number[] = [];
  readonly #costMs: number[] = [];
  readonly #lengthCm: number[] = [];
  readonly #byEdge: number[] = [];
  readonly #onward: number[] = [];
  /** What the label under construction knows of each hub: cost, first edge and the entry onward. */
  readonly #bestMs: Float64Array;
  readonly #bestEdge: Int32Array;
  readonly #bestEntry: Int32Array;

  constructor(hierarchy: Hierarchy) {
    this.#hierarchy = hierarchy;
    this.#first = new Int32Array(hierarchy.size + 1);
    this.#bestMs = new Float64Array(hierarchy.size).fill(Infinity);
    this.#bestEdge = new Int32Array(hierarchy.size);
    this.#bestEntry = new Int32Array(hierarchy.size);
  }

  /** Ranks come most important first: a label is made of the labels above it. */
  add(rank: number): void {
    const hubs = this.#gather(rank);
    const isExact = hubs.map((hub) => this.#isExact(hub));
    hubs.forEach((hub, i) => {
      if (isExact[i] === true) this.#append(hub);
      this.#bestMs[hub] = Infinity;
    });
    this.#hub.push(rank);
    this.#costMs.push(0);
    this.#lengthCm.push(0);
    this.#byEdge.push(-1);
    this.#onward.push(-1);
    this.#first[rank + 1] = this.#hub.length;
  }

  finish(): Labels {
    return {
      first: this.#first,
      hub: Int32Array.from(this.#hub),
      costMs: Int32Array.from(this.#costMs),
      lengthCm: Int32Array.from(this.#lengthCm),
      byEdge: Int32Array.from(this.#byEdge),
      onward: Int32Array.from(this.#onward),
    };
  }

  /** Every hub that an up-edge leads to, directly or by the label at its upper end; rising. */
  #gather(rank: number): readonly number[] {
    const { upFirst, upTo, upCostMs } = this.#hierarchy;
    const hubs: number[] = [];
    for (let edge = upFirst[rank] ?? 0; edge < (upFirst[rank + 1] ?? 0); edge += 1) {
      const above = upTo[edge] ?? 0;
      for (let entry = this.#first[above] ?? 0; entry < (this.#first[above + 1] ?? 0); entry += 1) {
        const hub = this.#hub[entry] ?? 0;
        const costMs = (upCostMs[edge] ?? 0) + (this.#costMs[entry] ?? 0);
        const known = this.#bestMs[hub] ?? Infinity;
        if (costMs >= known) continue;
        if (known === Infinity) hubs.push(hub);
        this.#bestMs[hub] = costMs;
        this.#bestEdge[hub] = edge;
        this.#bestEntry[hub] = entry;
      }
    }
    return hubs.sort((a, b) => a - b);
  }

  /** False when the hub is reached more cheaply by way of a hub above it: then no fastest way climbs this way. */
  #isExact(hub: number): boolean {
    const limitMs = this.#bestMs[hub] ?? Infinity;
    const end = (this.#first[hub + 1] ?? 0) - 1;
    for (let entry = this.#first[hub] ?? 0; entry < end; entry += 1) {
      if ((this.#bestMs[this.#hub[entry] ?? 0] ?? Infinity) + (this.#costMs[entry] ?? 0) < limitMs) return false;
    }
    return true;
  }

  #append(hub: number): void {
    const edge = this.#bestEdge[hub] ?? 0;
    const entry = this.#bestEntry[hub] ?? 0;
    this.#hub.push(hub);
    this.#costMs.push(this.#bestMs[hub] ?? 0);
    this.#lengthCm.push((this.#hierarchy.upLengthCm[edge] ?? 0) + (this.#lengthCm[entry] ?? 0));
    this.#byEdge.push(edge);
    this.#onward.push(entry);
  }
}
