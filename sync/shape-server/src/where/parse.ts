import { loadModule, type Node, type ParseResult, parseSync, SqlError } from "libpg-query";
import type { Table } from "../catalog/table.ts";
import { comparisonType } from "./comparable.ts";
import { columnIndex, param, printExpression } from "./expression.ts";
import { nameOf, prefix, WhereRefused, type WhereText } from "./refused.ts";
import type { Order, Where } from "./where.ts";

/** A constant as written, still to be read by Postgres as this type. */
export interface WrittenConstant {
  readonly type: string;
  readonly text: string;
}

/** A clause whose values are numbers of `constants`, waiting for Postgres' own spelling. */
export interface WhereDraft {
  readonly where: Where;
  readonly constants: readonly WrittenConstant[];
}

const textBytesMax = 65_536;
const depthMax = 100;

/** Postgres' own parser is WASM; it must be loaded once before the first clause. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

export function parseWhere(clause: WhereText, table: Table): WhereDraft {
  const reading = new Reading(clause, table);
  const where = reading.boolean(parseClause(clause.text), 0);
  return { where, constants: reading.constants };
}

/** The one expression that a text is. */
export function parseClause(text: string): Node {
  if (Buffer.byteLength(text) > textBytesMax) throw new WhereRefused("bigger than maximum size");
  const parsed = parse(prefix + text);
  const statement = parsed.stmts?.length === 1 ? parsed.stmts[0]?.stmt : undefined;
  if (!statement || !("SelectStmt" in statement)) throw new WhereRefused("is not a single expression");
  const { targetList: _, whereClause, limitOption, op, ...beyond } = statement.SelectStmt;
  if (!whereClause || Object.keys(beyond).length > 0 || limitOption !== "LIMIT_OPTION_DEFAULT" || op !== "SETOP_NONE") {
    throw new WhereRefused("is not a single expression");
  }
  return whereClause;
}

export function parse(sql: string): ParseResult {
  try {
    return parseSync(sql);
  } catch (problem) {
    if (!(problem instanceof SqlError)) throw problem;
    // The protocol's original names the place in what the parser read; so do we.
    throw new WhereRefused(`At location ${problem.sqlDetails?.cursorPosition ?? 0}: ${problem.message}`);
  }
}

/** The draft with Postgres' spelling in place of the constants' numbers. */
export function withConstants(where: Where, spelled: readonly string[]): Where {
  const spelling = (number: string): string => spelled[Number(number)] ?? "";
  switch (where.kind) {
    case "in":
      return { ...where, values: [...new Set(where.values.map(spelling))].sort() };
    case "compare":
      return { ...where, value: spelling(where.value) };
    case "not":
    case "is":
      return { ...where, of: withConstants(where.of, spelled) };
    case "and":
    case "or":
      return { ...where, of: where.of.map((part) => withConstants(part, spelled)) };
    default:
      return where;
  }
}

/** What a literal is to the parser. */
interface Literal {
  readonly text: string | null;
  readonly kind: "number" | "text" | "boolean" | "null";
}

/** A value as a type; null for NULL. A number is as large as it is written, whatever it is compared with. */
interface Constant {
  readonly type: string;
  readonly text: string | null;
}

type Expression = Extract<Node, { A_Expr: unknown }>["A_Expr"];

const orders: Readonly<Record<string, Order>> = { "<": "<", "<=": "<=", ">": ">", ">=": ">=" };
const reversed: Readonly<Record<Order, Order>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const tests: Readonly<Record<string, readonly [value: boolean | null, isNegated: boolean]>> = {
  IS_TRUE: [true, false],
  IS_NOT_TRUE: [true, true],
  IS_FALSE: [false, false],
  IS_NOT_FALSE: [false, true],
  IS_UNKNOWN: [null, false],
  IS_NOT_UNKNOWN: [null, true],
};

/** Finds what JavaScript judges exactly; whatever it does not know is printed for Postgres. */
class Reading {
  readonly constants: WrittenConstant[] = [];
  readonly #clause: WhereText;
  readonly #table: Table;

  constructor(clause: WhereText, table: Table) {
    this.#clause = clause;
    this.#table = table;
  }

  boolean(node: Node, depth: number): Where {
    if (depth > depthMax) throw new WhereRefused("is nested too deeply");
    return this.#exact(node, depth) ?? this.#sql(node);
  }

  #sql(node: Node): Where {
    return { kind: "sql", ...printExpression(node, this.#clause, this.#table) };
  }

  #exact(node: Node, depth: number): Where | null {
    if ("BoolExpr" in node) return this.#connective(node.BoolExpr, depth);
    if ("BooleanTest" in node) return this.#test(node.BooleanTest, depth);
    if ("A_Expr" in node) return this.#comparison(node.A_Expr);
    if ("NullTest" in node) return this.#nullTest(node.NullTest);
    if ("ColumnRef" in node) return this.#flag(node);
    if ("A_Const" in node) return constantClause(node);
    return null;
  }

  #connective({ boolop, args }: Extract<Node, { BoolExpr: unknown }>["BoolExpr"], depth: number): Where {
    const parts = (args ?? []).map((part) => this.boolean(part, depth + 1));
    const [only] = parts;
    if (boolop === "NOT_EXPR" && only) return { kind: "not", of: only };
    return { kind: boolop === "AND_EXPR" ? "and" : "or", of: parts };
  }

  #test({ arg, booltesttype }: Extract<Node, { BooleanTest: unknown }>["BooleanTest"], depth: number): Where | null {
    const [value, isNegated] = tests[booltesttype ?? ""] ?? [];
    if (!arg || value === undefined) return null;
    const test: Where = { kind: "is", of: this.boolean(arg, depth + 1), value };
    return isNegated ? { kind: "not", of: test } : test;
  }

  #comparison({ kind, name, lexpr, rexpr }: Expression): Where | null {
    const operator = nameOf(name?.[0]);
    if (!lexpr || !rexpr || name?.length !== 1) return null;
    const isReversed = "ColumnRef" in rexpr && !("ColumnRef" in lexpr);
    const [left, right] = isReversed ? [rexpr, lexpr] : [lexpr, rexpr];
    const column = this.#comparable(left);
    if (column === null) return null;
    if (kind === "AEXPR_BETWEEN" && "List" in right) return this.#between(column, right.List.items ?? []);
    const order = kind === "AEXPR_OP" ? orders[operator] : undefined;
    if (order) return this.#ordered(column, isReversed ? reversed[order] : order, right);
    const values = kind ? listed(kind, operator, right) : null;
    const among = values && this.#among(column, values);
    return among && operator === "<>" ? { kind: "not", of: among } : among;
  }

  #between(column: number, [from, to]: readonly Node[]): Where | null {
    const [low, high] = [from && this.#ordered(column, ">=", from), to && this.#ordered(column, "<=", to)];
    return low && high ? { kind: "and", of: [low, high] } : null;
  }

  /** Only integers have an order that is the same here and there. */
  #ordered(column: number, operator: Order, node: Node): Where | null {
    const type = comparisonType(this.#table.columns[column]) ?? "";
    const value = isInteger(type) ? this.#constant(node, type) : null;
    return value && value.text !== null ? { kind: "compare", column, operator, value: this.#number(value) } : null;
  }

  #among(column: number, nodes: readonly Node[]): Where | null {
    const type = comparisonType(this.#table.columns[column]) ?? "text";
    const read = nodes.map((node) => this.#constant(node, type));
    const known = read.filter((value) => value !== null);
    if (known.length < read.length) return null;
    const values = known.filter(({ text }) => text !== null).map((value) => this.#number(value));
    return { kind: "in", column, values, hasNull: values.length < known.length };
  }

  /** Where among `constants` the value is. */
  #number({ type, text }: Constant): string {
    return String(this.constants.push({ type, text: text ?? "" }) - 1);
  }

  #nullTest({ arg, nulltesttype }: Extract<Node, { NullTest: unknown }>["NullTest"]): Where | null {
    if (!arg || !("ColumnRef" in arg)) return null;
    const test: Where = { kind: "is_null", column: columnIndex(arg, this.#table) };
    return nulltesttype === "IS_NOT_NULL" ? { kind: "not", of: test } : test;
  }

  /** A boolean column standing for itself. */
  #flag(node: Extract<Node, { ColumnRef: unknown }>): Where {
    const column = columnIndex(node, this.#table);
    if (this.#table.columns[column]?.type !== "bool") throw new WhereRefused("argument of WHERE must be of type bool");
    const value = String(this.constants.push({ type: "bool", text: "t" }) - 1);
    return { kind: "in", column, values: [value], hasNull: false };
  }

  /** A column whose equal values have equal texts; null for anything else. */
  #comparable(node: Node): number | null {
    if (!("ColumnRef" in node)) return null;
    const index = columnIndex(node, this.#table);
    return comparisonType(this.#table.columns[index]) === null ? null : index;
  }

  /** A constant that means the same to Postgres when it is read as the type; null when it might not. */
  #constant(node: Node, type: string): Constant | null {
    if ("TypeCast" in node) {
      const { arg, typeName } = node.TypeCast;
      const cast = nameOf(typeName?.names?.at(-1));
      const isSame = cast === type || (type === "text" && cast === "varchar") || (isInteger(type) && isInteger(cast));
      const isPlain = !typeName?.typmods && !typeName?.arrayBounds;
      return isSame && isPlain && arg ? this.#constant(arg, cast) : null;
    }
    if ("ParamRef" in node) return { type, text: param(this.#clause, node.ParamRef.number) };
    const value = "A_Const" in node ? literal(node) : null;
    if (value?.kind === "number") return isInteger(type) && isWhole(value) ? { type: "int8", text: value.text } : null;
    return value && (value.kind !== "boolean" || type === "bool") ? { type, text: value.text } : null;
  }
}

/** The values that a column is compared with for equality; null when the comparison is another. */
function listed(kind: NonNullable<Expression["kind"]>, operator: string, right: Node): readonly Node[] | null {
  const elements = "A_ArrayExpr" in right ? (right.A_ArrayExpr.elements ?? []) : null;
  if (kind === "AEXPR_OP") return operator === "=" || operator === "<>" ? [right] : null;
  if (kind === "AEXPR_IN") return "List" in right ? (right.List.items ?? []) : null;
  if (kind === "AEXPR_OP_ANY") return operator === "=" ? elements : null;
  return kind === "AEXPR_OP_ALL" && operator === "<>" ? elements : null;
}

/** Absent fields are the zero of their kind: `0`, `false`, `''`. */
function literal(node: Extract<Node, { A_Const: unknown }>): Literal | null {
  const { isnull, ival, fval, boolval, sval } = node.A_Const;
  if (isnull) return { text: null, kind: "null" };
  if (ival) return { text: String(ival.ival ?? 0), kind: "number" };
  if (fval) return { text: fval.fval ?? "0", kind: "number" };
  if (boolval) return { text: boolval.boolval ? "t" : "f", kind: "boolean" };
  return sval ? { text: sval.sval ?? "", kind: "text" } : null;
}

function constantClause(node: Extract<Node, { A_Const: unknown }>): Where {
  const constant = literal(node);
  if (constant?.kind === "null") return { kind: "constant", value: null };
  if (constant?.kind !== "boolean") throw new WhereRefused("argument of WHERE must be of type bool");
  return { kind: "constant", value: constant.text === "t" };
}

function isInteger(type: string): boolean {
  return type === "int2" || type === "int4" || type === "int8";
}

function isWhole({ text }: Literal): boolean {
  return /^[+-]?\d+$/.test(text ?? "");
}
