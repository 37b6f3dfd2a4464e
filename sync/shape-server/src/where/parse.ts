import { loadModule, type Node, type ParseResult, parseSync, SqlError } from "libpg-query";
import type { Table } from "../catalog/table.ts";
import { comparisonType } from "./comparable.ts";
import type { Where } from "./where.ts";

/** A clause that is no SQL, or says more than we compare. The message names the place in the clause. */
export class WhereRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WhereRefused";
  }
}

/** A constant as written, still to be read by Postgres as this type. */
export interface WrittenConstant {
  readonly type: string;
  readonly text: string;
}

/** A clause whose `in` values are numbers of `constants`, waiting for Postgres' own spelling. */
export interface WhereDraft {
  readonly where: Where;
  readonly constants: readonly WrittenConstant[];
}

export interface WhereText {
  readonly text: string;
  /** Values of `$1`, `$2` … */
  readonly params: readonly string[];
}

const prefix = "SELECT 1 WHERE ";
const textBytesMax = 65_536;
const depthMax = 100;

/** Postgres' own parser is WASM; it must be loaded once before the first clause. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

export function parseWhere(clause: WhereText, table: Table): WhereDraft {
  if (Buffer.byteLength(clause.text) > textBytesMax) throw new WhereRefused("bigger than maximum size");
  const reading = new Reading(clause, table);
  const where = reading.boolean(onlyClause(clause.text), 0);
  return { where, constants: reading.constants };
}

/** The draft with Postgres' spelling in place of the constants' numbers. */
export function withConstants(where: Where, spelled: readonly string[]): Where {
  switch (where.kind) {
    case "in":
      return { ...where, values: [...new Set(where.values.map((number) => spelled[Number(number)] ?? ""))].sort() };
    case "not":
      return { ...where, of: withConstants(where.of, spelled) };
    case "and":
    case "or":
      return { ...where, of: where.of.map((part) => withConstants(part, spelled)) };
    default:
      return where;
  }
}

function onlyClause(text: string): Node {
  const parsed = parse(text);
  const statement = parsed.stmts?.length === 1 ? parsed.stmts[0]?.stmt : undefined;
  if (!statement || !("SelectStmt" in statement)) throw new WhereRefused("is not a single expression");
  const { targetList: _, whereClause, limitOption, op, ...beyond } = statement.SelectStmt;
  if (!whereClause || Object.keys(beyond).length > 0 || limitOption !== "LIMIT_OPTION_DEFAULT" || op !== "SETOP_NONE") {
    throw new WhereRefused("is not a single expression");
  }
  return whereClause;
}

function parse(text: string): ParseResult {
  try {
    return parseSync(prefix + text);
  } catch (problem) {
    if (!(problem instanceof SqlError)) throw problem;
    const position = problem.sqlDetails?.cursorPosition ?? 0;
    throw new WhereRefused(`At location ${position}: ${problem.message}`);
  }
}

type Constant = { readonly text: string | null; readonly kind: "number" | "text" | "boolean" | "null" };

class Reading {
  readonly constants: WrittenConstant[] = [];
  readonly #params: readonly string[];
  readonly #table: Table;

  constructor(clause: WhereText, table: Table) {
    this.#params = clause.params;
    this.#table = table;
  }

  boolean(node: Node, depth: number): Where {
    if (depth > depthMax) throw new WhereRefused("is nested too deeply");
    if ("BoolExpr" in node) return this.#connective(node.BoolExpr, depth);
    if ("A_Expr" in node) return this.#comparison(node.A_Expr);
    if ("NullTest" in node) return this.#nullTest(node.NullTest);
    if ("ColumnRef" in node) return this.#flag(node);
    if ("A_Const" in node) return constantClause(node);
    throw unsupported(node);
  }

  #connective({ boolop, args }: Extract<Node, { BoolExpr: unknown }>["BoolExpr"], depth: number): Where {
    const parts = (args ?? []).map((part) => this.boolean(part, depth + 1));
    const [only] = parts;
    if (boolop === "NOT_EXPR" && only) return { kind: "not", of: only };
    return { kind: boolop === "AND_EXPR" ? "and" : "or", of: parts };
  }

  #comparison(expression: Extract<Node, { A_Expr: unknown }>["A_Expr"]): Where {
    const { kind, name, lexpr, rexpr, location } = expression;
    const operator = nameOf(name?.[0]);
    if (!lexpr || !rexpr || !["AEXPR_OP", "AEXPR_IN"].includes(kind ?? "") || !["=", "<>"].includes(operator)) {
      throw new WhereRefused(`At location ${place(location)}: operator "${operator}" is not supported in this context`);
    }
    const isReversed = "ColumnRef" in rexpr && !("ColumnRef" in lexpr);
    const [left, right] = isReversed ? [rexpr, lexpr] : [lexpr, rexpr];
    const column = this.#column(left);
    const values = "List" in right ? (right.List.items ?? []) : [right];
    const among = this.#among(column, values);
    return operator === "<>" ? { kind: "not", of: among } : among;
  }

  #among(column: number, nodes: readonly Node[]): Where {
    const read = nodes.map((node) => this.#constant(node, column));
    const numbers = read.flatMap((value) => (value === null ? [] : [String(this.constants.push(value) - 1)]));
    return { kind: "in", column, values: numbers, hasNull: read.includes(null) };
  }

  #nullTest({ arg, nulltesttype }: Extract<Node, { NullTest: unknown }>["NullTest"]): Where {
    const test: Where = { kind: "is_null", column: this.#anyColumn(arg) };
    return nulltesttype === "IS_NOT_NULL" ? { kind: "not", of: test } : test;
  }

  /** A boolean column standing for itself. */
  #flag(node: Node): Where {
    const column = this.#column(node);
    if (this.#table.columns[column]?.type !== "bool") throw new WhereRefused("argument of WHERE must be of type bool");
    return {
      kind: "in",
      column,
      values: [String(this.constants.push({ type: "bool", text: "t" }) - 1)],
      hasNull: false,
    };
  }

  #column(node: Node): number {
    const index = this.#anyColumn(node);
    const column = this.#table.columns[index];
    if (comparisonType(column) !== null) return index;
    throw new WhereRefused(`column "${column?.name}" of type ${column?.type} cannot be compared here`);
  }

  #anyColumn(node: Node | undefined): number {
    if (!node || !("ColumnRef" in node)) throw unsupported(node);
    const { fields, location } = node.ColumnRef;
    const name = nameOf(fields?.[0]);
    const index = fields?.length === 1 ? this.#table.columns.findIndex((column) => column.name === name) : -1;
    if (index >= 0) return index;
    const written = (fields ?? []).map(nameOf).join(".");
    throw new WhereRefused(`At location ${place(location)}: unknown reference ${written}`);
  }

  #constant(node: Node, column: number): WrittenConstant | null {
    const type = comparisonType(this.#table.columns[column]) ?? "text";
    if ("TypeCast" in node) {
      const cast = nameOf(node.TypeCast.typeName?.names?.at(-1));
      const isSame = cast === type || (type === "text" && cast === "varchar");
      if (!isSame || !node.TypeCast.arg || node.TypeCast.typeName?.typmods) throw unsupported(node);
      return this.#constant(node.TypeCast.arg, column);
    }
    const value = this.#literal(node);
    if (value.text === null) return null;
    if (!fits(value, type))
      throw new WhereRefused(`${value.text} is no ${type}, the type of the column it is compared with`);
    return { type, text: value.text };
  }

  #literal(node: Node): Constant {
    if ("A_Const" in node) return literal(node);
    if (!("ParamRef" in node)) throw unsupported(node);
    const number = node.ParamRef.number ?? 0;
    const value = this.#params[number - 1];
    if (value === undefined) throw new WhereRefused(`parameter $${number} was not provided`);
    return { text: value, kind: "text" };
  }
}

/** Absent fields are the zero of their kind: `0`, `false`, `''`. */
function literal(node: Extract<Node, { A_Const: unknown }>): Constant {
  const constant = node.A_Const;
  if (constant.isnull) return { text: null, kind: "null" };
  if (constant.ival) return { text: String(constant.ival.ival ?? 0), kind: "number" };
  if (constant.fval) return { text: constant.fval.fval ?? "0", kind: "number" };
  if (constant.boolval) return { text: constant.boolval.boolval ? "t" : "f", kind: "boolean" };
  if (constant.sval) return { text: constant.sval.sval ?? "", kind: "text" };
  throw unsupported(node);
}

function constantClause(node: Extract<Node, { A_Const: unknown }>): Where {
  const { kind, text } = literal(node);
  if (kind === "null") return { kind: "constant", value: null };
  if (kind !== "boolean") throw new WhereRefused("argument of WHERE must be of type bool");
  return { kind: "constant", value: text === "t" };
}

/** Whether a constant written like this means the same to Postgres when it is read as the type. */
function fits({ kind, text }: Constant, type: string): boolean {
  if (kind === "number") return type.startsWith("int") && /^[+-]?\d+$/.test(text ?? "");
  return kind === "boolean" ? type === "bool" : true;
}

function nameOf(node: Node | undefined): string {
  return node && "String" in node ? (node.String.sval ?? "") : "";
}

function unsupported(node: Node | undefined): WhereRefused {
  const [kind, body] = Object.entries(node ?? {})[0] ?? ["nothing", {}];
  return new WhereRefused(`At location ${place(locationOf(body))}: ${kind} is not supported in this context`);
}

function locationOf(body: unknown): number | undefined {
  const location = typeof body === "object" && body !== null && "location" in body ? body.location : undefined;
  return typeof location === "number" ? location : undefined;
}

function place(location: number | undefined): number {
  return Math.max(0, (location ?? 0) - prefix.length);
}
