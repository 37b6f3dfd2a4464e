import type { Chains } from "../graph/chains.ts";
import type { Hierarchy } from "../graph/hierarchy.ts";
import type { Labels } from "../graph/labels.ts";
import { type End, endsOf, type Position } from "./position.ts";

/** A fastest way. `nodes` are the graph's nodes passed in order, the ends included where they are nodes. */
export interface Way {
  readonly costMs: number;
  readonly lengthCm: number;
  readonly nodes: Int32Array;
}

/** Everything that fastest ways are read from. */
export interface Roads {
  readonly chains: Chains;
  readonly hierarchy: Hierarchy;
  readonly labels: Labels;
}

/** A hub that both ends climb to, and the entries of the two labels that say so. */
interface Meeting {
  readonly costMs: number;
  readonly from: End;
  readonly to: End;
  readonly fromEntry: number;
  readonly toEntry: number;
}

/** Exact fastest ways between two positions, with every node on them. */
export class Fastest {
  readonly #roads: Roads;
  #buffer = new Int32Array(4096);
  #used = 0;

  constructor(roads: Roads) {
    this.#roads = roads;
  }

  /** Null when nothing joins the two. */
  between(from: Position, to: Position): Way | null {
    const directMs = from.chain === to.chain ? Math.abs(from.costMs - to.costMs) : Infinity;
    const meeting = this.#meet(from, to, directMs);
    this.#used = 0;
    if (meeting === null) {
      if (directMs === Infinity) return null;
      this.#alongChain(from, to);
      return { costMs: directMs, lengthCm: Math.abs(from.lengthCm - to.lengthCm), nodes: this.#taken() };
    }
    const { lengthCm } = this.#roads.labels;
    this.#takeToEnd(from, meeting.from);
    this.#climb(meeting.fromEntry);
    this.#turned(() => {
      this.#takeToEnd(to, meeting.to);
      this.#climb(meeting.toEntry);
      // Both climbs end at the hub; once is enough.
      this.#used -= 1;
    });
    return {
      costMs: meeting.costMs,
      lengthCm:
        meeting.from.lengthCm +
        (lengthCm[meeting.fromEntry] ?? 0) +
        (lengthCm[meeting.toEntry] ?? 0) +
        meeting.to.lengthCm,
      nodes: this.#taken(),
    };
  }

  /** The best hub of all pairs of ends, if a way through it is cheaper than `limitMs`. */
  #meet(from: Position, to: Position, limitMs: number): Meeting | null {
    let best: Meeting | null = null;
    for (const start of endsOf(this.#roads, from)) {
      for (const end of endsOf(this.#roads, to)) {
        const meeting = this.#meetEnds(start, end, best?.costMs ?? limitMs);
        best = meeting ?? best;
      }
    }
    return best;
  }

  #meetEnds(from: End, to: End, limitMs: number): Meeting | null {
    const { first, hub, costMs } = this.#roads.labels;
    const endsMs = from.costMs + to.costMs;
    let a = first[from.rank] ?? 0;
    let b = first[to.rank] ?? 0;
    const aEnd = first[from.rank + 1] ?? 0;
    const bEnd = first[to.rank + 1] ?? 0;
    let bestMs = limitMs;
    let fromEntry = -1;
    let toEntry = -1;
    while (a < aEnd && b < bEnd) {
      const hubA = hub[a] ?? 0;
      const hubB = hub[b] ?? 0;
      if (hubA === hubB) {
        const throughMs = endsMs + (costMs[a] ?? 0) + (costMs[b] ?? 0);
        if (throughMs < bestMs) {
          bestMs = throughMs;
          fromEntry = a;
          toEntry = b;
        }
        a += 1;
        b += 1;
      } else if (hubA < hubB) a += 1;
      else b += 1;
    }
    return fromEntry === -1 ? null : { costMs: bestMs, from, to, fromEntry, toEntry };
  }

  /** Nodes from a position to one end of its chain, the junction included. */
  #takeToEnd(at: Position, end: End): void {
    const { chainFirst } = this.#roads.chains;
    if (end.isBeginning) this.#takeDown(at.slot, chainFirst[at.chain] ?? 0);
    else this.#takeUp(at.isNode ? at.slot : at.slot + 1, (chainFirst[at.chain + 1] ?? 0) - 1);
  }

  /** Nodes after the owner of a label entry, up to its hub. */
  #climb(entry: number): void {
    const { byEdge, onward } = this.#roads.labels;
    for (let at = entry; (byEdge[at] ?? -1) !== -1; at = onward[at] ?? -1) this.#expand(byEdge[at] ?? 0, true);
  }

  #alongChain(from: Position, to: Position): void {
    const isUp = from.costMs <= to.costMs;
    const [low, high] = isUp ? [from, to] : [to, from];
    if (isUp) this.#takeUp(low.isNode ? low.slot : low.slot + 1, high.slot);
    else this.#takeDown(high.slot, low.isNode ? low.slot : low.slot + 1);
  }

  /** The nodes of an up-edge after its first; `isUp` from its lower end to its upper, else the other way. */
  #expand(edge: number, isUp: boolean): void {
    const { upFrom, upTo, upLeft, upRight } = this.#roads.hierarchy;
    const left = upLeft[edge] ?? -1;
    const right = upRight[edge] ?? 0;
    if (left === -1) {
      this.#takeChain(right, (isUp ? upFrom[edge] : upTo[edge]) ?? 0);
      return;
    }
    this.#expand(isUp ? left : right, false);
    this.#expand(isUp ? right : left, true);
  }

  /** The nodes of a chain after the first, coming from `rank`. */
  #takeChain(chain: number, rank: number): void {
    const { chainFirst, chainFrom } = this.#roads.chains;
    const first = chainFirst[chain] ?? 0;
    const last = (chainFirst[chain + 1] ?? 0) - 1;
    if (this.#roads.hierarchy.rankOf[chainFrom[chain] ?? 0] === rank) this.#takeUp(first + 1, last);
    else this.#takeDown(last - 1, first);
  }

  #takeUp(from: number, to: number): void {
    this.#reserve(to - from + 1);
    const { slotNode } = this.#roads.chains;
    for (let slot = from; slot <= to; slot += 1) this.#buffer[this.#used++] = slotNode[slot] ?? 0;
  }

  #takeDown(from: number, to: number): void {
    this.#reserve(from - to + 1);
    const { slotNode } = this.#roads.chains;
    for (let slot = from; slot >= to; slot -= 1) this.#buffer[this.#used++] = slotNode[slot] ?? 0;
  }

  /** Turns round what `take` takes. */
  #turned(take: () => void): void {
    const begin = this.#used;
    take();
    this.#buffer.subarray(begin, this.#used).reverse();
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#buffer.length) return;
    const buffer = new Int32Array(Math.max(this.#used + more, this.#buffer.length * 2));
    buffer.set(this.#buffer);
    this.#buffer = buffer;
  }

  #taken(): Int32Array {
    return this.#buffer.slice(0, this.#used);
  }
}
