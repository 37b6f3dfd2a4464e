import { AugmentingPaths } from "./augmenting-paths.ts";

/** Rows are to be given columns, each at most one, as cheaply as possible in all. */
export interface AssignmentProblem {
  readonly rows: number;
  readonly columns: number;
  /** Cell `row * columns + column`; infinity where the two may not be joined. */
  readonly cost: Float64Array;
  /** What it costs to leave a row without a column; finite. */
  readonly leaveOut: Float64Array;
}

/**
 * An answer with its proof. `rowDual[i] + columnDual[j] <= cost` for all cells, `rowDual <= leaveOut` for all rows, no
 * column dual is above zero, and all duals add up to the cost: no other answer can be cheaper.
 */
export interface Assignment {
  /** Column by row, -1 where the row is left out. */
  readonly columnOf: Int32Array;
  readonly cost: number;
  readonly rowDual: Float64Array;
  readonly columnDual: Float64Array;
}

/** Exact. A row is left out only where that is cheaper, or where no column may be joined with it. */
export function assign(problem: AssignmentProblem): Assignment {
  const paths = new AugmentingPaths(problem);
  paths.solve();
  const { columnOf, rowDual, columnDual } = paths;
  return { columnOf, rowDual, columnDual, cost: costOf(problem, columnOf) };
}

/** What an assignment costs in all. */
export function costOf({ columns, cost, leaveOut }: AssignmentProblem, columnOf: Int32Array): number {
  let sum = 0;
  columnOf.forEach((column, row) => {
    sum += (column === -1 ? leaveOut[row] : cost[row * columns + column]) ?? 0;
  });
  return sum;
}
