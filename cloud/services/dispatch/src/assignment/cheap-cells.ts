import type { AssignmentProblem } from "./assignment.ts";

/** Some cells of one row, by rising floor: what each costs at least, less its column's dual. */
export interface Batch {
  readonly column: Int32Array;
  readonly cost: Float64Array;
  readonly floor: Float64Array;
}

/** How many cells are listed at a time. */
const batchSize = 16;

/**
 * Each row's cheapest cells, listed batch by batch as they are needed. Column duals only ever fall, so a floor once true
 * stays true, and floors rise from batch to batch; that is what lets searches over a few cells be exact. Listing another
 * batch looks at every cell of the row.
 */
export class CheapCells {
  readonly #problem: AssignmentProblem;
  readonly #columnDual: Float64Array;
  readonly #batches: Batch[][];
  readonly #restFloor: Float64Array;
  /** The row that a column was last listed for, while that row is scanned. */
  readonly #listedFor: Int32Array;
  readonly #column = new Int32Array(batchSize);
  readonly #floor = new Float64Array(batchSize);

  constructor(problem: AssignmentProblem, columnDual: Float64Array) {
    this.#problem = problem;
    this.#columnDual = columnDual;
    this.#batches = Array.from({ length: problem.rows }, () => []);
    this.#restFloor = new Float64Array(problem.rows).fill(-Infinity);
    this.#listedFor = new Int32Array(problem.columns).fill(-1);
    for (let row = 0; row < problem.rows; row += 1) this.listMore(row);
  }

  of(row: number): readonly Batch[] {
    return this.#batches[row] ?? [];
  }

  /** The floor of every cell that is not listed; infinity where all are. */
  restFloor(row: number): number {
    return this.#restFloor[row] ?? Infinity;
  }

  listMore(row: number): void {
    const batches = this.#batches[row] ?? [];
    for (const { column } of batches) for (const each of column) this.#listedFor[each] = row;
    const size = this.#scan(row);
    const column = this.#column.slice(0, size);
    const start = row * this.#problem.columns;
    batches.push({
      column,
      cost: Float64Array.from(column, (each) => this.#problem.cost[start + each] ?? Infinity),
      floor: this.#floor.slice(0, size),
    });
    this.#restFloor[row] = size < batchSize ? Infinity : (this.#floor[size - 1] ?? Infinity);
  }

  /** Finds the row's cheapest unlisted cells, and answers how many. */
  #scan(row: number): number {
    const { columns, cost } = this.#problem;
    const dual = this.#columnDual;
    const found = this.#column;
    const floor = this.#floor;
    const start = row * columns;
    let size = 0;
    let worst = Infinity;
    for (let column = 0; column < columns; column += 1) {
      const reduced = (cost[start + column] ?? 0) - (dual[column] ?? 0);
      if (reduced >= worst || this.#listedFor[column] === row) continue;
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
