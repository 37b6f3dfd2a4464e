import type { Where } from "./where.ts";

/** A value that a column must have. Null stands for NULL. */
export interface IndexKey {
  readonly column: number;
  readonly value: string | null;
}

/** More keys than this are not worth an index. */
const keysMax = 200;

/**
 * Keys of which every row of the shape has at least one; null when no such list follows from the clause. Changes find
 * the shapes they may concern through these keys, without asking each.
 */
export function indexKeys(where: Where): readonly IndexKey[] | null {
  const keys = keysOf(where);
  return keys && keys.length <= keysMax ? keys : null;
}

function keysOf(where: Where): readonly IndexKey[] | null {
  switch (where.kind) {
    case "constant":
      return where.value === true ? null : [];
    case "in":
      return where.values.map((value) => ({ column: where.column, value }));
    case "is_null":
      return [{ column: where.column, value: null }];
    case "is":
      return where.value === true ? keysOf(where.of) : null;
    case "compare":
    case "not":
    case "sql":
      return null;
    case "and":
      return fewest(where.of.map(keysOf));
    case "or":
      return union(where.of.map(keysOf));
  }
}

function fewest(candidates: readonly (readonly IndexKey[] | null)[]): readonly IndexKey[] | null {
  const usable = candidates.filter((keys) => keys !== null);
  return usable.sort((a, b) => a.length - b.length)[0] ?? null;
}

function union(parts: readonly (readonly IndexKey[] | null)[]): readonly IndexKey[] | null {
  const usable = parts.filter((keys) => keys !== null);
  return usable.length === parts.length ? usable.flat() : null;
}
