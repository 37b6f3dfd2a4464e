import type { Clock } from "@kerbside/proto/base/clock";
import { type Pool, type PoolClient, Query, type QueryArrayConfig, type QueryResult } from "pg";
import { asText, type PgCatalog } from "../catalog/catalog.pg.ts";
import { quoteName, quoteTable, type TableName } from "../catalog/names.ts";
import { isSameTable, keyColumns } from "../catalog/table.ts";
import type { SqliteLog } from "../log/store.sqlite.ts";
import { parseLsn } from "../replication/lsn.ts";
import { whereSql } from "../where/sql.ts";
import { ChunkBuilder } from "./chunk-builder.ts";
import type { ShapeDefinition } from "./definition.ts";
import type { Ingest } from "./ingest.ts";
import type { RecentTransactions } from "./recent-transactions.ts";
import type { Registry } from "./registry.ts";
import type { Resolver } from "./resolve.ts";
import type { Shape } from "./shape.ts";
import { writeBody } from "./stored.ts";
import { parseSnapshot, type SnapshotMark } from "./visibility.ts";

export interface SnapshotOptions {
  readonly pool: Pool;
  readonly catalog: PgCatalog;
  readonly registry: Registry;
  readonly resolver: Pick<Resolver, "forgetTable">;
  readonly ingest: Ingest;
  readonly recent: RecentTransactions;
  readonly log: SqliteLog;
  readonly clock: Clock;
  readonly chunkBytes: number;
  readonly statementTimeoutMs: number;
}

/** A snapshot that misses what was streamed before is taken again, for this long. */
const retakeLimitMs = 10_000;
const retakePauseMs = 2;
const lockTimeoutMs = 5_000;

/** Fills new shapes from Postgres. The shape joins the stream first, then one snapshot decides what is whose. */
export class PgSnapshots implements AsyncDisposable {
  readonly #options: SnapshotOptions;
  readonly #filling = new Set<PoolClient>();

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  /** Breaks off what is being filled; nobody waits for it any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#filling].map((client) => client.end()));
  }

  /** Never rejects: a shape that cannot be filled ends with the cause. */
  async fill(shape: Shape): Promise<void> {
    const { pool, registry } = this.#options;
    let client: PoolClient | null = null;
    try {
      client = await pool.connect();
      this.#filling.add(client);
      await this.#fillOn(client, shape);
      client.release();
    } catch (cause) {
      client?.release(cause instanceof Error ? cause : true);
      this.#options.resolver.forgetTable(shape.definition.table.oid);
      registry.end(shape, { reason: "its snapshot failed", cause });
    } finally {
      if (client) this.#filling.delete(client);
    }
  }

  async #fillOn(client: PoolClient, shape: Shape): Promise<void> {
    const mark = await this.#begin(client, shape);
    const table = await this.#options.catalog.table(shape.definition.table, client);
    if (table && isSameTable(table, shape.definition.table)) {
      this.#options.ingest.admit(shape, shape.decide(mark));
      await this.#copy(client, shape, mark);
    } else {
      this.#options.resolver.forgetTable(shape.definition.table.oid);
      this.#options.registry.end(shape, { reason: "its table was altered" });
    }
    await client.query("ROLLBACK");
  }

  /** Joins the stream, then opens a snapshot that holds everything that was streamed before. */
  async #begin(client: PoolClient, shape: Shape): Promise<SnapshotMark> {
    const { recent, clock, statementTimeoutMs } = this.#options;
    const deadlineMs = clock.monotonic() + retakeLimitMs;
    for (;;) {
      shape.join(recent.count);
      const mark = await takeSnapshot(client, beginning(shape.definition.table, statementTimeoutMs));
      if (recent.isHeldBy(mark, shape.joinedAt)) return mark;
      await client.query("ROLLBACK");
      if (clock.monotonic() > deadlineMs) throw new Error("a commit stays invisible: is a synchronous standby away?");
      await clock.sleep(retakePauseMs);
    }
  }

  async #copy(client: PoolClient, shape: Shape, mark: SnapshotMark): Promise<void> {
    const { log, chunkBytes } = this.#options;
    const chunks = new ChunkBuilder(chunkBytes, (n, body) => {
      if (shape.ended) throw new Error(`the shape ended during its snapshot: ${shape.ended.reason}`);
      log.addChunk(shape.id, n, body);
      shape.chunks = n + 1;
      shape.notify();
    });
    const { definition, writer } = shape;
    if (definition.log === "full") await readRows(client, definition, (row) => chunks.add(writer.snapshotRow(row)));
    const count = chunks.finish(snapshotEnd(mark));
    log.finishSnapshot(shape.id, writeBody({ definition, mark }), count);
    shape.isComplete = true;
  }
}

/** The lock comes before the snapshot, because ALTER and TRUNCATE are not bound by snapshots. */
function beginning(table: TableName, statementTimeoutMs: number): string {
  return `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL lock_timeout = ${lockTimeoutMs};
    SET LOCAL statement_timeout = ${statementTimeoutMs};
    LOCK TABLE ONLY ${quoteTable(table)} IN ACCESS SHARE MODE;
    SELECT pg_current_snapshot()::text AS seen, pg_current_wal_insert_lsn()::text AS lsn`;
}

/** In one round trip; the driver answers a list of results to a list of statements. */
async function takeSnapshot(client: PoolClient, text: string): Promise<SnapshotMark> {
  const answered: unknown = await client.query(text);
  const last: unknown = Array.isArray(answered) ? answered.at(-1) : null;
  const [row] = hasRows(last) ? last.rows : [];
  return parseSnapshot(row?.seen ?? "", parseLsn(row?.lsn ?? ""));
}

function hasRows(result: unknown): result is QueryResult<{ seen: string; lsn: string }> {
  return typeof result === "object" && result !== null && "rows" in result;
}

function snapshotEnd({ xmin, xmax, inProgress }: SnapshotMark): string {
  const headers = { control: "snapshot-end", xmin: `${xmin}`, xmax: `${xmax}`, xip_list: inProgress.map(String) };
  return JSON.stringify({ headers });
}

/** Rows as Postgres spells them, as fast as they come; the columns nobody needs stay empty. */
function readRows(client: PoolClient, definition: ShapeDefinition, take: (row: (string | null)[]) => void) {
  const { table, where } = definition;
  const needed = [...new Set([...definition.columns, ...keyColumns(table)])].sort((a, b) => a - b);
  const names = needed.map((index) => quoteName(table.columns[index]?.name ?? "")).join(", ");
  const condition = where ? ` WHERE ${whereSql(where, table)}` : "";
  const config: QueryArrayConfig = {
    text: `SELECT ${names} FROM ONLY ${quoteTable(table)}${condition}`,
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

function place(row: (string | null)[], needed: readonly number[], width: number): (string | null)[] {
  if (needed.length === width) return row;
  const whole: (string | null)[] = Array.from({ length: width }, () => null);
  for (const [at, index] of needed.entries()) whole[index] = row[at] ?? null;
  return whole;
}
