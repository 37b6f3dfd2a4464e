import { quoteName, quoteText } from "../catalog/names.ts";
import type { Table } from "../catalog/table.ts";
import { comparisonType } from "./comparable.ts";
import type { Where } from "./where.ts";

/** The clause as SQL of our own making: nothing of the request's text is left in it. Also the clause's identity. */
export function whereSql(where: Where, table: Table): string {
  switch (where.kind) {
    case "constant":
      return where.value === null ? "NULL::bool" : String(where.value);
    case "in":
      return inSql(where, table);
    case "compare":
      return compareSql(where, table);
    case "is":
      return `(${whereSql(where.of, table)}) IS ${where.value === null ? "UNKNOWN" : where.value}`;
    case "sql":
      return where.sql;
    case "is_null":
      return `${columnSql(where.column, table)} IS NULL`;
    case "not":
      return `NOT (${whereSql(where.of, table)})`;
    case "and":
    case "or":
      return where.of.map((part) => `(${whereSql(part, table)})`).join(where.kind === "and" ? " AND " : " OR ");
  }
}

function compareSql({ column, operator, value }: Extract<Where, { kind: "compare" }>, table: Table): string {
  return `${columnSql(column, table)} ${operator} ${quoteText(value)}::pg_catalog.int8`;
}

function inSql({ column, values, hasNull }: Extract<Where, { kind: "in" }>, table: Table): string {
  const own = comparisonType(table.columns[column]) ?? "text";
  const type = own.startsWith("int") ? "int8" : own;
  const constants = [
    ...values.map((value) => `${quoteText(value)}::pg_catalog.${type}`),
    ...(hasNull ? [`NULL::pg_catalog.${type}`] : []),
  ];
  return constants.length === 0 ? "false" : `${columnSql(column, table)} IN (${constants.join(", ")})`;
}

function columnSql(column: number, table: Table): string {
  return quoteName(table.columns[column]?.name ?? "");
}
