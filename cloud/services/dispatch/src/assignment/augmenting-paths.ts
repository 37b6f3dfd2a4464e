import { MinHeap } from "@kerbside/proto/base/heap";
import type { AssignmentProblem } from "./assignment.ts";
import { batchSize, CheapCells } from "./cheap-cells.ts";

const none = -1;
/** Rounds of bidding before the searches; each settles most of the contests that the one before left. */
const bids = 4;

/**
 * Shortest augmenting paths with duals (Jonker and Volgenant 1987), where a row may also be left out at its own price: a
 * path ends at a free column or at a row that is better left out.
 *
 * Invariants, at every moment: `rowDual + columnDual <= cost` for every cell, with equality where row and column are
 * joined; `rowDual <= leaveOut`, with equality where a row was left out; column duals only fall, and those of free
 * columns are zero.
 */
export class AugmentingPaths {
  readonly columnOf: Int32Array;
  readonly rowDual: Float64Array;
  readonly columnDual: Float64Array;
  readonly #leaveOut: Float64Array;
  readonly #cells: CheapCells;
  readonly #rowOf: Int32Array;
  /** Of the search under way: by column its distance and the row it was reached from, by row its distance. */
  readonly #distance: Float64Array;
  readonly #cameFrom: Int32Array;
  readonly #rowDistance: Float64Array;
  readonly #isSettled: Uint8Array;
  readonly #touched: number[] = [];
  /** The closest end found yet: a free column, or else a row that would be left out. */
  #endDistance = Infinity;
  #endColumn = none;
  #endRow = none;
  /** Holds columns, and at `columns + row` rows whose unlisted cells may matter from that distance on. */
  readonly #heap = new MinHeap();

  constructor(problem: AssignmentProblem) {
    const { rows, columns } = problem;
    this.#leaveOut = problem.leaveOut;
    this.columnOf = new Int32Array(rows).fill(none);
    this.rowDual = new Float64Array(rows);
    this.columnDual = new Float64Array(columns);
    this.#cells = new CheapCells(problem, this.columnDual);
    this.#rowOf = new Int32Array(columns).fill(none);
    this.#distance = new Float64Array(columns).fill(Infinity);
    this.#cameFrom = new Int32Array(columns).fill(none);
    this.#rowDistance = new Float64Array(rows);
    this.#isSettled = new Uint8Array(columns);
  }

  solve(): void {
    let rest: readonly number[] = [...this.columnOf.keys()];
    for (let round = 0; round < bids && rest.length > 0; round += 1) rest = this.#bid(rest);
    for (const row of rest) this.#augment(row);
  }

  /**
   * Each of these rows takes its cheapest column. Where somebody had it, its dual falls until the second cheapest would
   * be as good, and whoever had it is among the rest that are answered.
   */
  #bid(rows: readonly number[]): readonly number[] {
    const rest: number[] = [];
    for (const row of rows) {
      const { best, bestCost, secondCost } = this.#twoCheapest(row);
      this.rowDual[row] = bestCost;
      if (best === none) continue;
      const holder = this.#rowOf[best] ?? none;
      if (holder !== none) {
        this.rowDual[row] = secondCost;
        this.columnDual[best] = (this.columnDual[best] ?? 0) - (secondCost - bestCost);
        this.columnOf[holder] = none;
        rest.push(holder);
      }
      this.#join(row, best);
    }
    return rest;
  }

  /** The two cheapest choices of a row at the present duals; leaving it out is one, named `none`. */
  #twoCheapest(row: number): { readonly best: number; readonly bestCost: number; readonly secondCost: number } {
    const cells = this.#cells;
    let best = none;
    let bestCost = this.#leaveOut[row] ?? 0;
    let secondCost = Infinity;
    let batch = cells.first[row] ?? none;
    while (batch !== none) {
      const { column, cost, floor } = cells;
      for (let slot = batch * batchSize; slot < (batch + 1) * batchSize; slot += 1) {
        if ((floor[slot] ?? 0) >= secondCost) return { best, bestCost, secondCost };
        const reduced = (cost[slot] ?? 0) - (this.columnDual[column[slot] ?? 0] ?? 0);
        if (reduced < bestCost) {
          secondCost = bestCost;
          bestCost = reduced;
          best = column[slot] ?? none;
        } else if (reduced < secondCost) secondCost = reduced;
      }
      batch = cells.next[batch] ?? none;
      if (batch === none && (cells.restFloor[row] ?? 0) < secondCost) batch = cells.listMore(row);
    }
    return { best, bestCost, secondCost };
  }

  #join(row: number, column: number): void {
    this.columnOf[row] = column;
    this.#rowOf[column] = row;
  }

  /** Finds one row its place by the shortest path. */
  #augment(root: number): void {
    const columns = this.columnDual.length;
    this.#heap.clear();
    this.#endColumn = none;
    this.#endDistance = Infinity;
    this.#settleRow(root, 0);
    while (this.#heap.topKey < this.#endDistance) {
      const distance = this.#heap.topKey;
      const item = this.#heap.pop();
      if (item >= columns) this.#reachUnlisted(item - columns);
      else if (this.#isSettled[item] === 0) {
        this.#isSettled[item] = 1;
        this.#settleRow(this.#rowOf[item] ?? 0, distance);
      }
    }
    this.#moveDuals(root);
    this.#flip(this.#endColumn === none ? this.#leave(this.#endRow) : this.#endColumn, root);
    this.#forget();
  }

  /** A joined row was reached: its column may be had if it is left out, or finds another. */
  #settleRow(row: number, distance: number): void {
    this.#rowDistance[row] = distance;
    const leaving = distance + (this.#leaveOut[row] ?? 0) - (this.rowDual[row] ?? 0);
    if (leaving < this.#endDistance) {
      this.#endDistance = leaving;
      this.#endRow = row;
      this.#endColumn = none;
    }
    this.#reachListed(row);
  }

  /** Reaches what is closer than the end known so far, and notes from where on unlisted cells could matter. */
  #reachListed(row: number): void {
    for (let batch = this.#cells.first[row] ?? none; batch !== none; batch = this.#cells.next[batch] ?? none) {
      if (!this.#reach(row, batch)) return;
    }
    this.#noteUnlisted(row);
  }

  #reachUnlisted(row: number): void {
    if (this.#reach(row, this.#cells.listMore(row))) this.#noteUnlisted(row);
  }

  /** False where all that follows is further away than the end. */
  #reach(row: number, batch: number): boolean {
    const { column, cost, floor } = this.#cells;
    const { columnDual } = this;
    const distance = this.#distance;
    const base = (this.#rowDistance[row] ?? 0) - (this.rowDual[row] ?? 0);
    for (let slot = batch * batchSize; slot < (batch + 1) * batchSize; slot += 1) {
      if (base + (floor[slot] ?? 0) >= this.#endDistance) return false;
      const to = column[slot] ?? 0;
      const reached = base + (cost[slot] ?? 0) - (columnDual[to] ?? 0);
      const known = distance[to] ?? Infinity;
      if (reached >= known || reached >= this.#endDistance) continue;
      if (known === Infinity) this.#touched.push(to);
      distance[to] = reached;
      this.#cameFrom[to] = row;
      if (this.#rowOf[to] === none) {
        this.#endDistance = reached;
        this.#endColumn = to;
      } else this.#heap.push(reached, to);
    }
    return true;
  }

  #noteUnlisted(row: number): void {
    const from = (this.#rowDistance[row] ?? 0) - (this.rowDual[row] ?? 0) + (this.#cells.restFloor[row] ?? Infinity);
    if (from < this.#endDistance) this.#heap.push(from, this.columnDual.length + row);
  }

  /** Settled columns lay closer than the end: they and their rows share the difference. */
  #moveDuals(root: number): void {
    const endDistance = this.#endDistance;
    this.rowDual[root] = (this.rowDual[root] ?? 0) + endDistance;
    for (const column of this.#touched) {
      if (this.#isSettled[column] !== 1) continue;
      const slack = endDistance - (this.#distance[column] ?? 0);
      const row = this.#rowOf[column] ?? 0;
      this.columnDual[column] = (this.columnDual[column] ?? 0) - slack;
      this.rowDual[row] = (this.rowDual[row] ?? 0) + slack;
    }
  }

  /** Takes the row's column away and answers it; `none` where the row is the root, which has none yet. */
  #leave(row: number): number {
    const column = this.columnOf[row] ?? none;
    this.columnOf[row] = none;
    return column;
  }

  /** Hands columns along the path: each goes to the row it was reached from, which gives up its own. */
  #flip(end: number, root: number): void {
    for (let column = end; column !== none; ) {
      const row = this.#cameFrom[column] ?? none;
      const given = row === root ? none : (this.columnOf[row] ?? none);
      this.#join(row, column);
      column = given;
    }
  }

  #forget(): void {
    for (const column of this.#touched) {
      this.#distance[column] = Infinity;
      this.#isSettled[column] = 0;
    }
    this.#touched.length = 0;
  }
}
