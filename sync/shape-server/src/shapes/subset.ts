import type { Node } from "libpg-query";
import type { Table } from "../catalog/table.ts";
import { printExpression } from "../where/expression.ts";
import { parse, parseClause } from "../where/parse.ts";
import { prefix, WhereRefused, type WhereText } from "../where/refused.ts";
import { InvalidRequest } from "./resolve.ts";

/** A part of a shape's rows, as a request writes it. */
export interface RequestedSubset {
  readonly where: string | null;
  readonly params: readonly string[];
  readonly limit: number | null;
  readonly offset: number | null;
  readonly orderBy: string | null;
}

/** The part as SQL of our own making. */
export interface Subset {
  readonly where: string | null;
  readonly orderBy: string | null;
  readonly limit: number | null;
  readonly offset: number | null;
}

const orderPrefix = "SELECT 1 ORDER BY ";
const directions: Readonly<Record<string, string>> = { SORTBY_ASC: " ASC", SORTBY_DESC: " DESC" };
const nulls: Readonly<Record<string, string>> = {
  SORTBY_NULLS_FIRST: " NULLS FIRST",
  SORTBY_NULLS_LAST: " NULLS LAST",
};

/** Throws `InvalidRequest` for what the table has not, or what is not taken. `readable` limits the columns it may read. */
export function readSubset(requested: RequestedSubset, table: Table, readable: ReadonlySet<number> | null): Subset {
  const { where, params, limit, offset, orderBy } = requested;
  if (orderBy === null && (limit !== null || offset !== null)) {
    throw new InvalidRequest("subset.order_by", "order_by is required when limit or offset is present");
  }
  const print = (node: Node, text: string): string => {
    const { sql, columns } = printExpression(node, { text, params } satisfies WhereText, table);
    const hidden = columns.find((column) => readable && !readable.has(column));
    if (hidden === undefined) return sql;
    throw new WhereRefused(`column "${table.columns[hidden]?.name}" is not among the queryable columns`);
  };
  return {
    where:
      where === null
        ? null
        : refusedAs({ field: "subset.where", skipped: prefix.length }, () => print(parseClause(where), where)),
    orderBy:
      orderBy === null ? null : refusedAs({ field: "subset.order_by", skipped: 0 }, () => orderSql(orderBy, print)),
    limit,
    offset,
  };
}

function orderSql(text: string, print: (node: Node, text: string) => string): string {
  const parsed = parse(orderPrefix + text);
  const statement = parsed.stmts?.length === 1 ? parsed.stmts[0]?.stmt : undefined;
  if (!statement || !("SelectStmt" in statement)) throw new WhereRefused("is not a list of columns");
  const { targetList: _, sortClause, limitOption, op, ...beyond } = statement.SelectStmt;
  if (!sortClause || Object.keys(beyond).length > 0 || limitOption !== "LIMIT_OPTION_DEFAULT" || op !== "SETOP_NONE") {
    throw new WhereRefused("is not a list of columns");
  }
  return sortClause.map((sort) => sortSql(sort, (node) => print(node, text))).join(", ");
}

function sortSql(sort: Node, print: (node: Node) => string): string {
  if (!("SortBy" in sort) || !sort.SortBy.node || !("ColumnRef" in sort.SortBy.node)) {
    throw new WhereRefused("only columns can be ordered by");
  }
  const { node, sortby_dir: direction, sortby_nulls: last } = sort.SortBy;
  if (direction === "SORTBY_USING") throw new WhereRefused("USING is not supported in this context");
  return `${print(node)}${directions[direction ?? ""] ?? ""}${nulls[last ?? ""] ?? ""}`;
}

/** The protocol's original counts places in an order from the beginning of the query. */
function refusedAs<Value>(as: { readonly field: string; readonly skipped: number }, read: () => Value): Value {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof WhereRefused) throw new InvalidRequest(as.field, problem.saying(as.skipped));
    throw problem;
  }
}
