/**
 * A where clause over one row. What JavaScript and Postgres judge alike is spelt out: equality of texts that Postgres
 * spells in one way only, order of integers, and SQL's logic. The rest stays SQL, for Postgres to judge. Columns are
 * indexes into the table; constants are in Postgres' own spelling.
 */
export type Where =
  | { readonly kind: "constant"; readonly value: boolean | null }
  /** `column = a OR column = b …`; `hasNull` when NULL stands among the values. */
  | { readonly kind: "in"; readonly column: number; readonly values: readonly string[]; readonly hasNull: boolean }
  | { readonly kind: "compare"; readonly column: number; readonly operator: Order; readonly value: string }
  | { readonly kind: "is_null"; readonly column: number }
  /** `IS TRUE`, `IS FALSE`, and with null `IS UNKNOWN`. */
  | { readonly kind: "is"; readonly of: Where; readonly value: boolean | null }
  | { readonly kind: "not"; readonly of: Where }
  | { readonly kind: "and" | "or"; readonly of: readonly Where[] }
  | SqlPart;

export type Order = "<" | "<=" | ">" | ">=";

/** A part that only Postgres can judge, and the columns that it reads. */
export interface SqlPart {
  readonly kind: "sql";
  readonly sql: string;
  readonly columns: readonly number[];
}

/** A whole row; no value is missing. */
export type Row = readonly (string | null)[];

/** What Postgres says about a row; undefined when it was not asked. */
export type Answers = (part: SqlPart, row: Row) => boolean | null | undefined;

const unasked: Answers = () => undefined;

/**
 * SQL's three values: null is unknown. A row belongs to the shape only when this is true. Undefined when it depends on
 * what only Postgres can say.
 */
export function judge(where: Where, row: Row, answers: Answers = unasked): boolean | null | undefined {
  switch (where.kind) {
    case "constant":
      return where.value;
    case "in":
      return isAmong(where, row[where.column] ?? null);
    case "compare":
      return isOrdered(where, row[where.column] ?? null);
    case "is_null":
      return (row[where.column] ?? null) === null;
    case "is":
      return is(judge(where.of, row, answers), where.value);
    case "not":
      return opposite(judge(where.of, row, answers));
    case "and":
    case "or":
      return every(where, row, answers);
    case "sql":
      return answers(where, row);
  }
}

/** The parts that only Postgres can judge. */
export function sqlParts(where: Where): readonly SqlPart[] {
  switch (where.kind) {
    case "sql":
      return [where];
    case "is":
    case "not":
      return sqlParts(where.of);
    case "and":
    case "or":
      return where.of.flatMap(sqlParts);
    default:
      return [];
  }
}

function isAmong(where: Extract<Where, { kind: "in" }>, value: string | null): boolean | null {
  if (value === null) return where.values.length > 0 || where.hasNull ? null : false;
  if (where.values.includes(value)) return true;
  return where.hasNull ? null : false;
}

function isOrdered({ operator, value: bound }: Extract<Where, { kind: "compare" }>, value: string | null) {
  if (value === null) return null;
  const [a, b] = [BigInt(value), BigInt(bound)];
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

function is(value: boolean | null | undefined, expected: boolean | null): boolean | undefined {
  return value === undefined ? undefined : value === expected;
}

function opposite(value: boolean | null | undefined): boolean | null | undefined {
  return typeof value === "boolean" ? !value : value;
}

/** The opposite of what is expected decides at once; what is open stays open, and unknown spreads. */
function every({ kind, of }: Extract<Where, { kind: "and" | "or" }>, row: Row, answers: Answers) {
  const expected = kind === "and";
  let result: boolean | null | undefined = expected;
  for (const part of of) {
    const value = judge(part, row, answers);
    if (value === !expected) return value;
    if (value === undefined || (value === null && result !== undefined)) result = value;
  }
  return result;
}
