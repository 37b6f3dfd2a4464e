import type { Pool, PoolClient } from "pg";
import type { PgCatalog } from "../catalog/catalog.pg.ts";
import { isSameTable } from "../catalog/table.ts";
import { InvalidRequest } from "./resolve.ts";
import type { Shape } from "./shape.ts";
import type { Subset } from "./subset.ts";
import { beginReading, readRows } from "./table-reading.pg.ts";
import type { SnapshotMark } from "./visibility.ts";

export interface SubsetOptions {
  readonly pool: Pool;
  readonly catalog: Pick<PgCatalog, "table">;
  readonly statementTimeoutMs: number;
  /** A subset is answered at once, so it has to fit into memory: this many characters. */
  readonly sizeMax: number;
}

/** Part of a shape's rows at one moment. */
export interface SubsetRows {
  readonly mark: SnapshotMark;
  /** Messages, without their closing braces. */
  readonly open: readonly string[];
}

/** Reads parts of shapes from Postgres. They may overlap what the stream brings: the client sorts it out by the mark. */
export class PgSubsets {
  readonly #options: SubsetOptions;

  constructor(options: SubsetOptions) {
    this.#options = options;
  }

  /** Null when the table is no longer as the shape knows it. Rejects with what Postgres says no to. */
  async read(shape: Shape, subset: Subset, signal: AbortSignal): Promise<SubsetRows | null> {
    const client = await this.#options.pool.connect();
    try {
      signal.throwIfAborted();
      const rows = await this.#readOn(client, shape, subset);
      await client.query("ROLLBACK");
      client.release();
      return rows;
    } catch (problem) {
      client.release(true);
      throw problem;
    }
  }

  async #readOn(client: PoolClient, shape: Shape, subset: Subset): Promise<SubsetRows | null> {
    const { catalog, statementTimeoutMs } = this.#options;
    const { definition, writer } = shape;
    const mark = await beginReading(client, definition.table, statementTimeoutMs);
    const table = await catalog.table(definition.table, client);
    if (!table || !isSameTable(table, definition.table)) return null;
    const open: string[] = [];
    let size = 0;
    await readRows(client, { definition, subset }, (row) => {
      const message = writer.openSnapshotRow(row);
      size += message.length;
      if (size > this.#options.sizeMax)
        throw new InvalidRequest("subset.limit", "too many rows: ask for fewer at once");
      open.push(message);
    });
    return { mark, open };
  }
}
