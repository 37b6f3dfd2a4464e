import type { Clock } from "@kerbside/proto/base/clock";
import type { Pool, PoolClient } from "pg";
import type { PgCatalog } from "../catalog/catalog.pg.ts";
import { isSameTable } from "../catalog/table.ts";
import type { SqliteLog } from "../log/store.sqlite.ts";
import { ChunkBuilder } from "./chunk-builder.ts";
import type { Ingest } from "./ingest.ts";
import type { RecentTransactions } from "./recent-transactions.ts";
import type { Registry } from "./registry.ts";
import type { Resolver } from "./resolve.ts";
import type { Shape } from "./shape.ts";
import { writeBody } from "./stored.ts";
import { beginReading, readRows } from "./table-reading.pg.ts";
import type { SnapshotMark } from "./visibility.ts";

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
      const mark = await beginReading(client, shape.definition.table, statementTimeoutMs);
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
    if (definition.log === "full") await readRows(client, { definition }, (row) => chunks.add(writer.snapshotRow(row)));
    const count = chunks.finish(snapshotEnd(mark));
    log.finishSnapshot(shape.id, writeBody({ definition, mark }), count);
    shape.isComplete = true;
  }
}

function snapshotEnd({ xmin, xmax, inProgress }: SnapshotMark): string {
  const headers = { control: "snapshot-end", xmin: `${xmin}`, xmax: `${xmax}`, xip_list: inProgress.map(String) };
  return JSON.stringify({ headers });
}
