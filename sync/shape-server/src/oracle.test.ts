import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { below, type Rng } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { asText } from "./catalog/catalog.pg.ts";
import { TestDatabase } from "./database.harness.ts";
import { TestFollower, type TestFollowerOptions, type TextRow } from "./follower.harness.ts";
import { type ShapeServer, startShapeServer } from "./server.ts";

const seeds = process.env["SEED"] ? [Number(process.env["SEED"])] : [11, 12, 13];
/** A client that was told to come back in ten seconds, twice. */
const patience = { timeout: 45_000, interval: 10 };

let database: TestDatabase;
let folder: string;
let server: ShapeServer;
const fetch = (request: Request): Promise<Response> => server.fetch(request);

async function start(): Promise<void> {
  server = await startShapeServer({
    databaseUrl: database.url,
    storageDir: folder,
    publication: database.publication,
    slot: database.slot,
    longPollMs: 400,
    // Small, so that snapshots and logs come in many chunks.
    chunkBytes: 2_000,
  });
}

beforeAll(async () => {
  database = await TestDatabase.make(inject("postgresUrl"), "shapes_oracle");
  folder = await mkdtemp(join(tmpdir(), "shapes-"));
  const columns =
    "id int, part text, owner uuid, state text, active bool, rank int, note varchar(40), big text, PRIMARY KEY (id, part)";
  await database.table("board", columns);
  await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const owners = Array.from({ length: 4 }, (_, index) => `0000000${index}-0000-7000-8000-00000000000a`);
const states = ["open", "driving", 'it\'s "odd"\\/', "closed"];

/** Definitions, and how SQL says the same. */
const shapes: readonly {
  readonly params: NonNullable<TestFollowerOptions["params"]>;
  readonly sql: string;
  readonly columns?: string;
}[] = [
  { params: { table: "board" }, sql: "true" },
  { params: { table: "board", replica: "full" }, sql: "true" },
  { params: { table: "board", where: "owner = $1", params: [owners[1] ?? ""] }, sql: `owner = '${owners[1]}'` },
  { params: { table: "board", where: "state IN ('open', 'driving')" }, sql: "state IN ('open', 'driving')" },
  { params: { table: "board", where: "owner IS NULL OR active" }, sql: "owner IS NULL OR active" },
  {
    params: {
      table: "board",
      where: "NOT (active AND state = $1) AND rank <> 3",
      params: [states[2] ?? ""],
      replica: "full",
    },
    sql: "NOT (active AND state = E'it''s \"odd\"\\\\/') AND rank <> 3",
  },
  {
    params: { table: "board", where: "rank IN (1, NULL, 2)", columns: ["id", "part", "note"] },
    sql: "rank IN (1, 2)",
    columns: "id, part, note",
  },
  { params: { table: "board", where: "rank > 1 AND id < 6" }, sql: "rank > 1 AND id < 6" },
  {
    params: { table: "board", where: "note LIKE $1 AND owner IS NOT NULL", params: ["n%"] },
    sql: "note LIKE 'n%' AND owner IS NOT NULL",
  },
  {
    params: { table: "board", where: "(rank * 2 + id) / 3 < 4 AND state IN ('open', 'driving')", replica: "full" },
    sql: "(rank * 2 + id) / 3 < 4 AND state IN ('open', 'driving')",
  },
  {
    params: { table: "board", where: "id = 7", columns: ["id", "part", "big"] },
    sql: "id = 7",
    columns: "id, part, big",
  },
];

describe.each(seeds)("with seed %i", { timeout: 120_000 }, (seed) => {
  test("every followed shape equals its SQL after each batch of concurrent transactions, over restarts", async () => {
    const rng = new SeededRng(seed);
    const followers = new Map<number, TestFollower>();
    using _end = { [Symbol.dispose]: () => [...followers.values()].map((follower) => follower[Symbol.dispose]()) };
    await database.sql("DELETE FROM board");
    const open: PoolClient[] = [];

    for (let batch = 0; batch < 12; batch += 1) {
      // Some transactions stay open while shapes are made, and end in a later batch.
      const writers = Array.from({ length: 3 }, () => write(rng, open));
      follow(followers, rng);
      await Promise.all(writers);
      await finish(open, rng, batch % 3 === 0);
      if (batch === 4 || batch === 8) await restart(rng);
      if (batch === 6) await database.sql("TRUNCATE board");
      if (batch % 2 === 1) await agree(followers, batch);
    }
    await finish(open, rng, true);
    await agree(followers, 12);

    expect([...followers.values()].flatMap(({ problems }) => problems)).toEqual([]);
  });
});

function follow(followers: Map<number, TestFollower>, rng: Rng): void {
  for (let times = 0; times < 2; times += 1) {
    const index = below(rng, shapes.length);
    const definition = shapes[index];
    if (definition && !followers.has(index))
      followers.set(index, new TestFollower({ fetch, params: definition.params }));
  }
}

async function restart(rng: Rng): Promise<void> {
  if (below(rng, 2) === 0)
    await database.sql("INSERT INTO board (id, part, rank) VALUES (1000, 'before', 1) ON CONFLICT DO NOTHING");
  await server[Symbol.asyncDispose]();
  const some = "SELECT id, part FROM board WHERE id % 5 = 0 FOR UPDATE SKIP LOCKED";
  await database.sql(`UPDATE board SET rank = 2 WHERE (id, part) IN (${some})`);
  await start();
}

async function write(rng: Rng, open: PoolClient[]): Promise<void> {
  const client = await database.pool.connect();
  await client.query("BEGIN");
  const changes = 1 + below(rng, 6);
  for (let change = 0; change < changes; change += 1) await client.query(statement(rng)).catch(() => undefined);
  if (below(rng, 4) === 0) {
    open.push(client);
    return;
  }
  await client.query(below(rng, 8) === 0 ? "ROLLBACK" : "COMMIT");
  client.release();
}

/** Ends the open transactions, some of them or all. */
async function finish(open: PoolClient[], rng: Rng, all: boolean): Promise<void> {
  for (const client of open.splice(0)) {
    if (!all && below(rng, 2) === 0) {
      open.push(client);
      continue;
    }
    await client.query("COMMIT");
    client.release();
  }
}

/** Statements lock single rows for a short time only: `SKIP LOCKED` keeps open transactions from blocking the others. */
function statement(rng: Rng): string {
  const id = below(rng, 12);
  const some = `(id, part) IN (SELECT id, part FROM board WHERE id % 12 = ${id} FOR UPDATE SKIP LOCKED)`;
  switch (below(rng, 9)) {
    case 0:
      return `DELETE FROM board WHERE ${some}`;
    case 1:
      return `UPDATE board SET state = ${text(pick(rng, states))} WHERE ${some}`;
    case 2:
      return `UPDATE board SET owner = ${below(rng, 4) === 0 ? "NULL" : `'${pick(rng, owners)}'`} WHERE ${some}`;
    case 3:
      return `UPDATE board SET active = ${pick(rng, ["true", "false", "NULL"])}, rank = ${below(rng, 4)} WHERE ${some}`;
    case 4:
      return `UPDATE board SET part = part || '+' WHERE ${some} AND length(part) < 12`;
    case 5:
      return `UPDATE board SET note = ${text(`n${below(rng, 100)}`)} WHERE ${some}`;
    default: {
      const part = text(`p${rng.uint32().toString(36)}/${below(rng, 5)}`);
      const big =
        below(rng, 3) === 0
          ? `(SELECT string_agg(md5(i::text), '') FROM generate_series(${id}, ${id + 199}) i)`
          : "'small'";
      const values = `${id}, ${part}, '${pick(rng, owners)}', ${text(pick(rng, states))}, ${pick(rng, ["true", "false", "NULL"])}, ${below(rng, 4)}, 'new', ${big}`;
      return `INSERT INTO board VALUES (${values})`;
    }
  }
}

function pick<Value>(rng: Rng, values: readonly Value[]): Value {
  const value = values[below(rng, values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

function text(value: string): string {
  return ` E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

async function agree(followers: ReadonlyMap<number, TestFollower>, batch: number): Promise<void> {
  for (const [index, follower] of followers) {
    const definition = shapes[index];
    if (!definition) continue;
    const expected = await expectedRows(definition);
    await expect
      .poll(() => sorted([...follower.rows.values()]), { ...patience, message: `shape ${index} after batch ${batch}` })
      .toEqual(expected);
  }
}

async function expectedRows({
  sql,
  columns,
}: {
  readonly sql: string;
  readonly columns?: string;
}): Promise<readonly TextRow[]> {
  const result = await database.pool.query<Record<string, string | null>>({
    text: `SELECT ${columns ?? "*"} FROM board WHERE ${sql}`,
    types: asText,
  });
  return sorted(result.rows);
}

function sorted(rows: readonly TextRow[]): readonly TextRow[] {
  const name = (row: TextRow): string => `${row["id"]}/${row["part"]}`;
  return [...rows].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
