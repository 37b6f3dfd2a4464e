/**
 * A where clause over one row, in the part of SQL that JavaScript and Postgres judge alike: equality of texts that
 * Postgres spells in one way only. Columns are indexes into the table; constants are in Postgres' own spelling.
 */
export type Where =
  | { readonly kind: "constant"; readonly value: boolean | null }
  /** `column = a OR column = b …`; `hasNull` when NULL stands among the values. */
  | { readonly kind: "in"; readonly column: number; readonly values: readonly string[]; readonly hasNull: boolean }
  | { readonly kind: "is_null"; readonly column: number }
  | { readonly kind: "not"; readonly of: Where }
  | { readonly kind: "and" | "or"; readonly of: readonly Where[] };

/** A whole row; no value is missing. */
export type Row = readonly (string | null)[];

/** SQL's three values: null is unknown. A row belongs to the shape only when this is true. */
export function judge(where: Where, row: Row): boolean | null {
  switch (where.kind) {
    case "constant":
      return where.value;
    case "in":
      return isAmong(where, row[where.column] ?? null);
    case "is_null":
      return (row[where.column] ?? null) === null;
    case "not": {
      const inner = judge(where.of, row);
      return inner === null ? null : !inner;
    }
    case "and":
      return every(where.of, row, true);
    case "or":
      return every(where.of, row, false);
  }
}

function isAmong(where: Extract<Where, { kind: "in" }>, value: string | null): boolean | null {
  if (value === null) return where.values.length > 0 || where.hasNull ? null : false;
  if (where.values.includes(value)) return true;
  return where.hasNull ? null : false;
}

/** AND when `expected` is true, OR when it is false: the opposite decides at once, unknown spreads. */
function every(parts: readonly Where[], row: Row, expected: boolean): boolean | null {
  let result: boolean | null = expected;
  for (const part of parts) {
    const value = judge(part, row);
    if (value === !expected) return value;
    if (value === null) result = null;
  }
  return result;
}
