import { type PoolClient, Query, type QueryArrayConfig, type QueryResult } from "pg";
import { asText } from "../catalog/catalog.pg.ts";
import { quoteName, quoteTable, type TableName } from "../catalog/names.ts";
import { keyColumns } from "../catalog/table.ts";
import { parseLsn } from "../replication/lsn.ts";
import { whereSql } from "../where/sql.ts";
import type { ShapeDefinition } from "./definition.ts";
import type { Subset } from "./subset.ts";
import { parseSnapshot, type SnapshotMark } from "./visibility.ts";

const lockTimeoutMs = 5_000;

/**
 * Begins to read a table at one moment, in one round trip. The lock comes before the snapshot, because ALTER and TRUNCATE
 * are not bound by snapshots.
 */
export async function beginReading(
  client: PoolClient,
  table: TableName,
  statementTimeoutMs: number,
): Promise<SnapshotMark> {
  // The driver answers a list of results to a list of statements.
  const answered: unknown = await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL lock_timeout = ${lockTimeoutMs};
    SET LOCAL statement_timeout = ${statementTimeoutMs};
    LOCK TABLE ONLY ${quoteTable(table)} IN ACCESS SHARE MODE;
    SELECT pg_current_snapshot()::text AS seen, pg_current_wal_insert_lsn()::text AS lsn`);
  const last: unknown = Array.isArray(answered) ? answered.at(-1) : null;
  const [row] = hasRows(last) ? last.rows : [];
  return parseSnapshot(row?.seen ?? "", parseLsn(row?.lsn ?? ""));
}

/** Rows of a shape, or of a part of it, as Postgres spells them and as fast as they come. Columns nobody needs stay empty. */
export function readRows(
  client: PoolClient,
  { definition, subset }: { readonly definition: ShapeDefinition; readonly subset?: Subset },
  take: (row: (string | null)[]) => void,
): Promise<void> {
  const { table } = definition;
  const needed = [...new Set([...definition.columns, ...keyColumns(table)])].sort((a, b) => a - b);
  const names = needed.map((index) => quoteName(table.columns[index]?.name ?? "")).join(", ");
  const config: QueryArrayConfig = {
    text: `SELECT ${names} FROM ONLY ${quoteTable(table)}${restriction(definition, subset)}`,
    rowMode: "array",
    types: asText,
  };
  const query = new Query<(string | null)[]>(config);
  return new Promise<void>((resolve, reject) => {
    let failure: unknown = null;
    query.on("row", (row) => {
      if (failure !== null) return;
      try {
        take(place(row, needed, table.columns.length));
      } catch (problem) {
        failure = problem;
      }
    });
    query.on("end", () => (failure === null ? resolve() : reject(failure)));
    query.on("error", reject);
    client.query(query);
  });
}

function restriction({ where, table }: ShapeDefinition, subset?: Subset): string {
  const conditions = [where && whereSql(where, table), subset?.where].filter((each) => typeof each === "string");
  const clauses = [
    conditions.length > 0 ? `WHERE ${conditions.map((each) => `(${each})`).join(" AND ")}` : "",
    subset?.orderBy ? `ORDER BY ${subset.orderBy}` : "",
    typeof subset?.limit === "number" ? `LIMIT ${subset.limit}` : "",
    typeof subset?.offset === "number" ? `OFFSET ${subset.offset}` : "",
  ];
  return clauses.map((clause) => (clause === "" ? "" : ` ${clause}`)).join("");
}

function hasRows(result: unknown): result is QueryResult<{ seen: string; lsn: string }> {
  return typeof result === "object" && result !== null && "rows" in result;
}

function place(row: (string | null)[], needed: readonly number[], width: number): (string | null)[] {
  if (needed.length === width) return row;
  const whole: (string | null)[] = Array.from({ length: width }, () => null);
  for (const [at, index] of needed.entries()) whole[index] = row[at] ?? null;
  return whole;
}
