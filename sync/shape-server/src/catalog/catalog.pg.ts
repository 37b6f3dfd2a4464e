import type { Pool, PoolClient, QueryConfig } from "pg";
import { parseLsn } from "../replication/lsn.ts";
import { parseSnapshot, type SnapshotMark } from "../shapes/visibility.ts";
import type { WrittenConstant } from "../where/parse.ts";
import { isCanonical } from "../where/spelling.ts";
import { quoteTable, type TableName } from "./names.ts";
import type { Table } from "./table.ts";

/** Describes tables with what shapes need; tables that do not exist are absent. Views and partitioned roots are none. */
const describe = `
  SELECT json_build_object(
    'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname,
    'hasFullIdentity', c.relreplident = 'f',
    'isPublished', EXISTS (SELECT 1 FROM pg_publication p WHERE p.pubname = $2 AND (p.puballtables
      OR EXISTS (SELECT 1 FROM pg_publication_rel r
        WHERE r.prpubid = p.oid AND r.prrelid = c.oid AND r.prqual IS NULL AND r.prattrs IS NULL)
      OR EXISTS (SELECT 1 FROM pg_publication_namespace s WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace))),
    'columns', (SELECT json_agg(json_build_object(
      'name', a.attname, 'typeOid', a.atttypid::int8, 'typmod', a.atttypmod,
      'type', coalesce(e.typname, t.typname), 'dims', CASE WHEN e.oid IS NULL THEN 0 ELSE greatest(a.attndims, 1) END,
      'sqlType', format_type(a.atttypid, a.atttypmod), 'isNotNull', a.attnotnull,
      'keyIndex', array_position(i.indkey::int2[], a.attnum) - array_lower(i.indkey::int2[], 1),
      'isBytewise', coalesce(l.collisdeterministic, true),
      'isDefaultCollation', a.attcollation = t.typcollation) ORDER BY a.attnum)
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      LEFT JOIN pg_collation l ON l.oid = a.attcollation
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
  )::text AS description
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  WHERE c.relkind = 'r'`;

type Queryable = Pick<PoolClient, "query">;

/** Values stay the texts that Postgres sent. */
export const asText = { getTypeParser: () => (value: string) => value };

/** Asks Postgres' catalog about tables, and Postgres itself what a constant means. */
export class PgCatalog {
  readonly #pool: Pool;
  readonly #publication: string;

  constructor(pool: Pool, publication: string) {
    this.#pool = pool;
    this.#publication = publication;
  }

  /** Within a transaction of the caller's, when it brings its client. */
  async table({ schema, name }: TableName, client: Queryable = this.#pool): Promise<Table | null> {
    const text = `${describe} AND n.nspname = $3 AND c.relname = $1`;
    const found = await tables(client, { name: "shape_table", text, values: [name, this.#publication, schema] });
    return found[0] ?? null;
  }

  async tablesByOid(oids: readonly number[]): Promise<readonly Table[]> {
    if (oids.length === 0) return [];
    const text = `${describe} AND c.oid = ANY ($1::oid[])`;
    return tables(this.#pool, { text, values: [`{${oids.join(",")}}`, this.#publication] });
  }

  /** What a query that is asked now would see. */
  async snapshot(): Promise<SnapshotMark> {
    const { rows } = await this.#pool.query<{ seen: string; lsn: string }>(
      "SELECT pg_current_snapshot()::text AS seen, pg_current_wal_insert_lsn()::text AS lsn",
    );
    return parseSnapshot(rows[0]?.seen ?? "", parseLsn(rows[0]?.lsn ?? ""));
  }

  /** Rejects with Postgres' error when the clause makes no sense for the table. */
  async check(table: TableName, where: string): Promise<void> {
    await this.#pool.query(`SELECT FROM ONLY ${quoteTable(table)} WHERE ${where} LIMIT 0`);
  }

  /** Postgres' own text of each constant; rejects with Postgres' error when one is none of its type. */
  async canonical(constants: readonly WrittenConstant[]): Promise<readonly string[]> {
    if (constants.every(isCanonical)) return constants.map(({ text }) => text);
    const casts = constants.map(({ type }, index) => `$${index + 1}::pg_catalog.${type}`);
    const { rows } = await this.#pool.query<string[]>({
      text: `SELECT ${casts.join(", ")}`,
      values: constants.map(({ text }) => text),
      rowMode: "array",
      types: asText,
    });
    return rows[0] ?? [];
  }
}

/** A named query is planned once a connection: this one is asked for at every snapshot. */
async function tables(client: Queryable, query: QueryConfig): Promise<readonly Table[]> {
  const { rows } = await client.query<{ description: string }>(query);
  return rows.map(({ description }) => readTable(description));
}

function readTable(description: string): Table {
  const table: Table = JSON.parse(description);
  return { ...table, columns: table.columns ?? [] };
}
