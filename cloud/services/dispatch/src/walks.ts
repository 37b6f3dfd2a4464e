import type { Walk } from "./plan.ts";

/** Walks from many places to many: cell `i * columns + j` is from `i` to `j`; infinity in both where no way leads. */
export interface Walks {
  readonly columns: number;
  readonly durationS: Float64Array;
  readonly distanceM: Float64Array;
}

export function noWalks(rows: number, columns: number): Walks {
  return {
    columns,
    durationS: new Float64Array(rows * columns).fill(Infinity),
    distanceM: new Float64Array(rows * columns).fill(Infinity),
  };
}

export function walkBetween({ columns, durationS, distanceM }: Walks, row: number, column: number): Walk | null {
  const cell = row * columns + column;
  const seconds = durationS[cell] ?? Infinity;
  return seconds === Infinity ? null : { durationS: seconds, distanceM: distanceM[cell] ?? Infinity };
}
