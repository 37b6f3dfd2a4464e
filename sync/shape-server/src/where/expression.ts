import type { Node } from "libpg-query";
import { quoteName, quoteText } from "../catalog/names.ts";
import type { Column, Table } from "../catalog/table.ts";
import { nameOf, unsupported, WhereRefused, type WhereText } from "./refused.ts";

const depthMax = 100;
const binary = new Set("= <> < > <= >= ~~ ~~* !~~ !~~* + - * / ^ & | # || @> <@ &&".split(" "));
const unary = new Set("- + |/ @ ~".split(" "));
const functions = new Set(
  `lower upper like concat array_cat array_append array_prepend array_ndims timezone
  justify_days justify_hours justify_interval`.split(/\s+/),
);
const timeTypes = new Set("date time timestamp timestamptz interval".split(" "));
const types = new Set(
  `bool int2 int4 int8 float4 float8 numeric text varchar name uuid bytea ${[...timeTypes].join(" ")}`.split(" "),
);
/** Words that mean another moment whenever they are read. */
const movingTime = /(?<![a-z])(now|today|tomorrow|yesterday)(?![a-z])/i;
const betweens: Readonly<Record<string, string>> = {
  AEXPR_BETWEEN: "BETWEEN",
  AEXPR_NOT_BETWEEN: "NOT BETWEEN",
  AEXPR_BETWEEN_SYM: "BETWEEN SYMMETRIC",
  AEXPR_NOT_BETWEEN_SYM: "NOT BETWEEN SYMMETRIC",
};
const tests: Readonly<Record<string, string>> = {
  IS_TRUE: "TRUE",
  IS_NOT_TRUE: "NOT TRUE",
  IS_FALSE: "FALSE",
  IS_NOT_FALSE: "NOT FALSE",
  IS_UNKNOWN: "UNKNOWN",
  IS_NOT_UNKNOWN: "NOT UNKNOWN",
};

type Expression = Extract<Node, { A_Expr: unknown }>["A_Expr"];
type Cast = Extract<Node, { TypeCast: unknown }>["TypeCast"];

export interface PrintedExpression {
  readonly sql: string;
  /** Indexes of the columns that it reads. */
  readonly columns: readonly number[];
}

/**
 * The expression as SQL of our own making, from the nodes that the protocol's original takes too; everything else is
 * refused. All of it means the same whenever Postgres reads it. Whether the types agree is Postgres' to say.
 */
export function printExpression(node: Node, clause: WhereText, table: Table): PrintedExpression {
  return new Printer(clause, table).whole(node);
}

class Printer {
  readonly #clause: WhereText;
  readonly #table: Table;
  readonly #columns = new Set<number>();
  readonly #texts: string[] = [];
  #readsTime = false;

  constructor(clause: WhereText, table: Table) {
    this.#clause = clause;
    this.#table = table;
  }

  whole(node: Node): PrintedExpression {
    const sql = this.#print(node, 0);
    const moving = this.#readsTime ? this.#texts.find((text) => movingTime.test(text)) : undefined;
    if (moving !== undefined) throw new WhereRefused(`'${moving}' means another moment whenever it is read`);
    return { sql, columns: [...this.#columns].sort((a, b) => a - b) };
  }

  #print(node: Node, depth: number): string {
    if (depth > depthMax) throw new WhereRefused("is nested too deeply");
    const inner = (child: Node | undefined): string => {
      if (!child) throw unsupported(node);
      return this.#print(child, depth + 1);
    };
    const list = (children: readonly Node[] | undefined): string => (children ?? []).map(inner).join(", ");
    if ("ColumnRef" in node) return this.#column(node, types);
    if ("A_Const" in node) return this.#constant(node);
    if ("ParamRef" in node) return this.#text(param(this.#clause, node.ParamRef.number));
    if ("TypeCast" in node) return this.#cast(node.TypeCast, inner);
    if ("A_Expr" in node) return this.#operation(node.A_Expr, inner);
    if ("BoolExpr" in node) return connective(node.BoolExpr, inner);
    if ("NullTest" in node)
      return `(${inner(node.NullTest.arg)} IS ${node.NullTest.nulltesttype === "IS_NULL" ? "" : "NOT "}NULL)`;
    if ("BooleanTest" in node)
      return `(${inner(node.BooleanTest.arg)} IS ${tests[node.BooleanTest.booltesttype ?? ""] ?? "TRUE"})`;
    if ("CoalesceExpr" in node) return `coalesce(${list(node.CoalesceExpr.args)})`;
    if ("MinMaxExpr" in node)
      return `${node.MinMaxExpr.op === "IS_GREATEST" ? "greatest" : "least"}(${list(node.MinMaxExpr.args)})`;
    if ("A_ArrayExpr" in node) return `ARRAY[${list(node.A_ArrayExpr.elements)}]`;
    if ("A_Indirection" in node) return this.#element(node, inner);
    if ("FuncCall" in node) return call(node, list);
    throw unsupported(node);
  }

  #column(node: Extract<Node, { ColumnRef: unknown }>, allowed: ReadonlySet<string> | null): string {
    const index = columnIndex(node, this.#table);
    const column = this.#table.columns[index];
    if (!column) throw unsupported(node);
    if (allowed && !allowed.has(column.type)) throw cannotCompare(column);
    if (!column.isDefaultCollation) throw new WhereRefused(`column "${column.name}" has a collation of its own`);
    if (timeTypes.has(column.type)) this.#readsTime = true;
    this.#columns.add(index);
    return quoteName(column.name);
  }

  #constant(node: Extract<Node, { A_Const: unknown }>): string {
    const { isnull, ival, fval, boolval, sval } = node.A_Const;
    if (isnull) return "NULL";
    if (ival) return number(String(ival.ival ?? 0));
    if (fval) return number(fval.fval ?? "0");
    if (boolval) return boolval.boolval ? "true" : "false";
    if (sval) return this.#text(sval.sval ?? "");
    throw unsupported(node);
  }

  #text(text: string): string {
    this.#texts.push(text);
    return quoteText(text).trim();
  }

  /** Anything may be compared by its text. */
  #cast({ arg, typeName }: Cast, inner: (child: Node | undefined) => string): string {
    const type = nameOf(typeName?.names?.at(-1));
    const names = typeName?.names ?? [];
    const isBuiltIn = names.length === 1 || (names.length === 2 && nameOf(names[0]) === "pg_catalog");
    if (!types.has(type) || !isBuiltIn) throw new WhereRefused(`a cast to ${type} is not supported in this context`);
    if (timeTypes.has(type)) this.#readsTime = true;
    const typmods = (typeName?.typmods ?? []).map((each) => inner(each)).join(", ");
    if (typmods !== "" && !/^\d+(, \d+)?$/.test(typmods)) throw new WhereRefused(`${type}(${typmods}) is no type`);
    const dims = "[]".repeat(typeName?.arrayBounds?.length ?? 0);
    const isText = type === "text" && dims === "";
    const value = isText && arg && "ColumnRef" in arg ? this.#column(arg, null) : inner(arg);
    return `(${value})::pg_catalog.${type}${typmods === "" ? "" : `(${typmods})`}${dims}`;
  }

  #operation(expression: Expression, inner: (child: Node | undefined) => string): string {
    const { kind = "", name, lexpr, rexpr } = expression;
    const operator = name?.length === 1 ? nameOf(name[0]) : "";
    const [left, right] = [lexpr, rexpr];
    const between = betweens[kind];
    if (between && right && "List" in right) {
      const [from, to] = right.List.items ?? [];
      return `(${inner(left)} ${between} ${inner(from)} AND ${inner(to)})`;
    }
    if (kind === "AEXPR_IN" && right && "List" in right) {
      const values = (right.List.items ?? []).map(inner).join(", ");
      return `(${inner(left)} ${operator === "<>" ? "NOT " : ""}IN (${values}))`;
    }
    if (kind === "AEXPR_DISTINCT") return `(${inner(left)} IS DISTINCT FROM ${inner(right)})`;
    if (kind === "AEXPR_NOT_DISTINCT") return `(${inner(left)} IS NOT DISTINCT FROM ${inner(right)})`;
    const isKnown = left ? binary.has(operator) : unary.has(operator);
    if (!isKnown) throw operatorRefused(expression);
    if (kind === "AEXPR_OP_ANY") return `(${inner(left)} ${operator} ANY (${inner(right)}))`;
    if (kind === "AEXPR_OP_ALL") return `(${inner(left)} ${operator} ALL (${inner(right)}))`;
    if (!["AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE"].includes(kind)) throw operatorRefused(expression);
    return left ? `(${inner(left)} ${operator} ${inner(right)})` : `(${operator} ${inner(right)})`;
  }

  #element(node: Extract<Node, { A_Indirection: unknown }>, inner: (child: Node | undefined) => string): string {
    const { arg, indirection } = node.A_Indirection;
    const places = (indirection ?? []).map((place) => {
      if (!("A_Indices" in place)) throw unsupported(node);
      const { is_slice: isSlice, lidx, uidx } = place.A_Indices;
      const upper = uidx ? inner(uidx) : "";
      return isSlice ? `[${lidx ? inner(lidx) : ""}:${upper}]` : `[${upper}]`;
    });
    return `(${inner(arg)})${places.join("")}`;
  }
}

/** The index of a column that is named alone. */
export function columnIndex(node: Extract<Node, { ColumnRef: unknown }>, table: Table): number {
  const { fields, location } = node.ColumnRef;
  const name = nameOf(fields?.[0]);
  const index = fields?.length === 1 ? table.columns.findIndex((column) => column.name === name) : -1;
  if (index >= 0) return index;
  const written = (fields ?? []).map(nameOf).join(".");
  throw new WhereRefused(`unknown reference ${written}`, location ?? 0);
}

/** The text of `$number`. */
export function param({ params }: WhereText, number = 0): string {
  const value = params[number - 1];
  if (value === undefined) throw new WhereRefused(`parameter $${number} was not provided`);
  return value;
}

function connective(
  { boolop, args }: Extract<Node, { BoolExpr: unknown }>["BoolExpr"],
  inner: (child: Node | undefined) => string,
): string {
  const parts = (args ?? []).map(inner);
  if (boolop === "NOT_EXPR") return `(NOT ${parts[0] ?? ""})`;
  return `(${parts.join(boolop === "AND_EXPR" ? " AND " : " OR ")})`;
}

function call(
  node: Extract<Node, { FuncCall: unknown }>,
  list: (children: readonly Node[] | undefined) => string,
): string {
  const { funcname, args, location, funcformat: _, ...beyond } = node.FuncCall;
  const name = nameOf(funcname?.at(-1));
  const isBuiltIn = funcname?.length === 1 || (funcname?.length === 2 && nameOf(funcname[0]) === "pg_catalog");
  if (!functions.has(name) || !isBuiltIn || Object.keys(beyond).length > 0) {
    throw new WhereRefused(`unknown or unsupported function ${name}/${args?.length ?? 0}`, location ?? 0);
  }
  return `pg_catalog.${quoteName(name)}(${list(args)})`;
}

function operatorRefused({ name, lexpr, location }: Expression): WhereRefused {
  const operator = (name ?? []).map(nameOf).join(".");
  return new WhereRefused(`unknown ${lexpr ? "binary" : "unary"} operator "${operator}"`, location ?? 0);
}

function cannotCompare({ name, type }: Column): WhereRefused {
  return new WhereRefused(`column "${name}" of type ${type} cannot be compared here`);
}

function number(text: string): string {
  return text.startsWith("-") ? `(${text})` : text;
}
