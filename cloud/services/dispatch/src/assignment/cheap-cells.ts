import type { AssignmentProblem } from "./assignment.ts";

/** How many cells are listed at a time. */
export const batchSize = 16;

/**
 * Each row's cheapest cells, listed batch by batch as they are needed. A cell's floor is what it costs at least, less its
 * column's dual. Column duals only ever fall, so a floor once true stays true, and floors rise within a batch and from
 * batch to batch; that is what lets searches over a few cells be exact. Listing a batch looks at every cell of the row.
 *
 * Batches lie in one pool, `batchSize` slots each. A row's batches are chained: `first[row]`, then `next[batch]`, -1 at
 * the end. Slots of a row that has no more cells hold an infinite floor.
 */
export class CheapCells {
  readonly first: Int32Array;
  next = new Int32Array(64);
  column = new Int32Array(64 * batchSize);
  cost = new Float64Array(64 * batchSize);
  floor = new Float64Array(64 * batchSize);
  /** By row the floor of every cell that is not listed; infinity where all are. */
  readonly restFloor: Float64Array;
  readonly #problem: AssignmentProblem;
  readonly #columnDual: Float64Array;
  readonly #last: Int32Array;
  #batches = 0;
  /** The row that a column was last listed for, while that row is scanned. */
  readonly #listedFor: Int32Array;
  readonly #bestColumn = new Int32Array(batchSize);
  readonly #bestFloor = new Float64Array(batchSize);

  constructor(problem: AssignmentProblem, columnDual: Float64Array) {
    this.#problem = problem;
    this.#columnDual = columnDual;
    this.first = new Int32Array(problem.rows).fill(-1);
    this.restFloor = new Float64Array(problem.rows).fill(-Infinity);
    this.#last = new Int32Array(problem.rows).fill(-1);
    this.#listedFor = new Int32Array(problem.columns).fill(-1);
    for (let row = 0; row < problem.rows; row += 1) this.listMore(row);
  }

  /** Lists the row's cheapest cells that are not listed yet, and answers their batch. */
  listMore(row: number): number {
    for (let batch = this.first[row] ?? -1; batch !== -1; batch = this.next[batch] ?? -1) {
      for (let slot = batch * batchSize; slot < (batch + 1) * batchSize; slot += 1) {
        this.#listedFor[this.column[slot] ?? 0] = row;
      }
    }
    const size = this.#findBest(row);
    const batch = this.#append(row);
    const start = row * this.#problem.columns;
    for (let at = 0; at < batchSize; at += 1) {
      const column = at < size ? (this.#bestColumn[at] ?? 0) : 0;
      this.column[batch * batchSize + at] = column;
      this.cost[batch * batchSize + at] = this.#problem.cost[start + column] ?? Infinity;
      this.floor[batch * batchSize + at] = at < size ? (this.#bestFloor[at] ?? Infinity) : Infinity;
    }
    this.restFloor[row] = size < batchSize ? Infinity : (this.#bestFloor[size - 1] ?? Infinity);
    return batch;
  }

  #append(row: number): number {
    const batch = this.#batches;
    this.#batches += 1;
    if (batch === this.next.length) this.#grow();
    this.next[batch] = -1;
    const last = this.#last[row] ?? -1;
    if (last === -1) this.first[row] = batch;
    else this.next[last] = batch;
    this.#last[row] = batch;
    return batch;
  }

  #grow(): void {
    const { next, column, cost, floor } = this;
    const slots = column.length * 2;
    this.next = new Int32Array(next.length * 2);
    this.column = new Int32Array(slots);
    this.cost = new Float64Array(slots);
    this.floor = new Float64Array(slots);
    this.next.set(next);
    this.column.set(column);
    this.cost.set(cost);
    this.floor.set(floor);
  }

  /** Answers how many unlisted cells it found; fewer than a batch where the row has no more. */
  #findBest(row: number): number {
    const { columns, cost } = this.#problem;
    const dual = this.#columnDual;
    const listedFor = this.#listedFor;
    const found = this.#bestColumn;
    const floor = this.#bestFloor;
    const start = row * columns;
    let size = 0;
    let worst = Infinity;
    for (let column = 0; column < columns; column += 1) {
      const reduced = (cost[start + column] ?? 0) - (dual[column] ?? 0);
      if (reduced >= worst || listedFor[column] === row) continue;
      if (size < batchSize) size += 1;
      let at = size - 1;
      for (; at > 0 && (floor[at - 1] ?? 0) > reduced; at -= 1) {
        floor[at] = floor[at - 1] ?? 0;
        found[at] = found[at - 1] ?? 0;
      }
      floor[at] = reduced;
      found[at] = column;
      if (size === batchSize) worst = floor[size - 1] ?? Infinity;
    }
    return size;
  }
}
