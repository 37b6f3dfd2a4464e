import {
  BTreeIndex,
  type Collection,
  createCollection,
  createLiveQueryCollection,
  eq,
  gt,
  ilike,
  inArray,
} from "@tanstack/db";
import {
  type ElectricCollectionConfig,
  type ElectricCollectionUtils,
  electricCollectionOptions,
} from "@tanstack/electric-db-collection";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestServer } from "./server.harness.ts";

/** TanStack's collections, as they are published, judge the server as dashboards would use it. */
type Task = { id: number; title: string; priority: number };
type Tasks = Collection<Task, string | number, ElectricCollectionUtils<Task>>;

let server: TestServer;
const rows = 300;

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_consumers", { longPollMs: 500, chunkBytes: 4_000 });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A table of its own for each test, with tasks in it. */
async function tasks(
  table: string,
  config: Pick<ElectricCollectionConfig<Task>, "syncMode"> & { readonly subsetMethod?: "GET" | "POST" },
): Promise<Tasks> {
  await server.database.table(table, "id int PRIMARY KEY, title text NOT NULL, priority int NOT NULL");
  await server.database.sql(
    `INSERT INTO ${table} SELECT i, CASE WHEN i % 10 = 0 THEN 'Urgent ' ELSE 'task ' END || i, i % 7
     FROM generate_series(1, ${rows}) i`,
  );
  const write = async (text: string, values: readonly unknown[]): Promise<{ txid: number }> => {
    const client = await server.database.pool.connect();
    try {
      await client.query("BEGIN");
      await client.query(text, [...values]);
      const { rows: ids } = await client.query<{ txid: string }>("SELECT pg_current_xact_id()::xid::text AS txid");
      await client.query("COMMIT");
      return { txid: Number(ids[0]?.txid) };
    } finally {
      client.release();
    }
  };
  const { subsetMethod = "GET", ...mode } = config;
  const options = electricCollectionOptions<Task>({
    id: table,
    ...mode,
    getKey: ({ id }) => id,
    autoIndex: "eager",
    defaultIndexType: BTreeIndex,
    shapeOptions: {
      url: "http://shapes/v1/shape",
      params: { table },
      subsetMethod,
      fetchClient: (input, init) => server.fetch(new Request(input, init)),
    },
    onInsert: ({ transaction }) => {
      const { id, title, priority } = transaction.mutations[0].modified;
      return write(`INSERT INTO ${table} VALUES ($1, $2, $3)`, [id, title, priority]);
    },
    onUpdate: ({ transaction }) => {
      const { id, priority } = transaction.mutations[0].modified;
      return write(`UPDATE ${table} SET priority = $2 WHERE id = $1`, [id, priority]);
    },
    onDelete: ({ transaction }) => write(`DELETE FROM ${table} WHERE id = $1`, [transaction.mutations[0].key]),
  });
  return createCollection(options);
}

async function inPostgres(table: string, where: string): Promise<readonly unknown[]> {
  return server.database.sql(`SELECT id, title, priority FROM ${table} WHERE ${where} ORDER BY id`);
}

function sorted(found: readonly Task[]): readonly Task[] {
  return found.map(({ id, title, priority }) => ({ id, title, priority })).sort((a, b) => a.id - b.id);
}

describe("a collection of TanStack's", () => {
  test("eager, has every row; a write is settled when its transaction has come back", async () => {
    const collection = await tasks("eager_tasks", { syncMode: "eager" });
    const all = await collection.toArrayWhenReady();

    await collection.insert({ id: 1_000, title: "new", priority: 1 }).isPersisted.promise;
    await collection.update(1_000, (draft) => {
      draft.priority = 6;
    }).isPersisted.promise;
    // A write that changes nothing sends no message; the collection must not wait for one for ever.
    await collection.delete(5).isPersisted.promise;

    expect(all).toHaveLength(rows);
    expect(collection.get(1_000)).toMatchObject({ priority: 6 });
    await expect.poll(() => sorted(collection.toArray)).toEqual(await inPostgres("eager_tasks", "true"));
    await collection.cleanup();
  });

  test.each(["GET", "POST"] as const)(
    "on demand by %s, has what its queries ask for, and goes on hearing of it",
    async (subsetMethod) => {
      const table = `demanded_${subsetMethod.toLowerCase()}`;
      const collection = await tasks(table, { syncMode: "on-demand", subsetMethod });
      const urgent = createLiveQueryCollection((query) =>
        query.from({ task: collection }).where(({ task }) => ilike(task.title, "urgent%")),
      );
      const chosen = createLiveQueryCollection((query) =>
        query.from({ task: collection }).where(({ task }) => inArray(task.id, [1, 2, 299])),
      );
      const top = createLiveQueryCollection((query) =>
        query
          .from({ task: collection })
          .where(({ task }) => gt(task.priority, 4))
          .orderBy(({ task }) => task.id, "desc")
          .limit(5),
      );

      await Promise.all([urgent.preload(), chosen.preload(), top.preload()]);
      const first = [urgent, chosen, top].map(({ size }) => size);
      await server.database.sql(
        `UPDATE ${table} SET priority = 0 WHERE id IN (299, 1); DELETE FROM ${table} WHERE id = 10`,
      );
      await server.database.sql(`INSERT INTO ${table} VALUES (2000, 'URGENT too', 6)`);

      expect(first).toEqual([rows / 10, 3, 5]);
      await expect
        .poll(() => sorted(urgent.toArray), { timeout: 5_000 })
        .toEqual(await inPostgres(table, "title ILIKE 'urgent%'"));
      await expect.poll(() => sorted(chosen.toArray)).toEqual(await inPostgres(table, "id IN (1, 2, 299)"));
      await expect
        .poll(() => sorted(top.toArray))
        .toEqual(
          await inPostgres(table, `id IN (SELECT id FROM ${table} WHERE priority > 4 ORDER BY id DESC LIMIT 5)`),
        );
      expect(collection.size).toBeLessThan(rows);
      await Promise.all([urgent, chosen, top, collection].map((each) => each.cleanup()));
    },
  );

  test("progressive, has the rows of a query at once and all of them soon", async () => {
    const collection = await tasks("progressive_tasks", { syncMode: "progressive" });
    const some = createLiveQueryCollection((query) =>
      query.from({ task: collection }).where(({ task }) => eq(task.priority, 3)),
    );

    await some.preload();
    const found = sorted(some.toArray);
    await server.database.sql("UPDATE progressive_tasks SET priority = 3 WHERE id <= 20");

    expect(found.length).toBeGreaterThan(20);
    await expect
      .poll(() => sorted(collection.toArray), { timeout: 10_000 })
      .toEqual(await inPostgres("progressive_tasks", "true"));
    await expect.poll(() => sorted(some.toArray)).toEqual(await inPostgres("progressive_tasks", "priority = 3"));
    await Promise.all([some, collection].map((each) => each.cleanup()));
  });
});
