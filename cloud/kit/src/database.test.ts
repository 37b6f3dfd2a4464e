import { sql } from "drizzle-orm";
import { Client, type PoolClient } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { connectionsMax, openPool } from "./database.pg.ts";
import { type parcelRoutes, parcels } from "./example/parcels.harness.ts";
import { type Started, startForTest } from "./service.harness.ts";

let started: Started<typeof parcelRoutes>;
beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

test("connections that the server ends, in use or idle, are made again", async () => {
  const broken = started.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await endConnections();
    await tx.execute(sql`select 1`);
  });

  await expect(broken).rejects.toThrow("Failed query");
  await endConnections();

  await expect.poll(async () => (await started.db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
});

test("a connection that is lost before its transaction begins takes no place of the pool with it", async () => {
  const { pool } = started.running;
  const lose = (client: PoolClient): void => socketOf(client).destroy();
  pool.on("acquire", lose);
  for (let times = 0; times < connectionsMax; times += 1) {
    await expect(started.db.transaction((tx) => tx.execute(sql`select 1`))).rejects.toThrow("Failed query");
  }
  pool.off("acquire", lose);

  const { rows } = await started.db.transaction((tx) => tx.execute(sql`select 1 as one`));

  expect(rows).toEqual([{ one: 1 }]);
});

test("a lost connection is told of, but not while the pool closes", async () => {
  const lost: string[] = [];
  const config = { connectionString: started.adminUrl, application_name: "closing" };
  const open = openPool(config, ({ message }) => lost.push(message));
  await open.pool.query("select 1");
  await endConnections();
  await expect.poll(() => lost.length, { interval: 5 }).toBe(1);

  const closed = open[Symbol.asyncDispose]();
  open.pool.emit("error", new Error("the server stopped before the sockets"), undefined);
  await closed;

  expect(lost).toEqual([expect.stringMatching(/terminat/)]);
});

test("a service has at most four connections", async () => {
  await Promise.all(Array.from({ length: 20 }, () => started.db.execute(sql`select pg_sleep(0.02)`)));

  const { rows } = await started.db.execute<{ count: string }>(
    sql`select count(*) from pg_stat_activity where usename = current_user`,
  );

  expect(Number(rows[0]?.count)).toBeLessThanOrEqual(4);
});

function socketOf(client: PoolClient): { destroy(): void } {
  const connection: unknown = Reflect.get(client, "connection");
  return Reflect.get(Object(connection), "stream");
}

async function endConnections(): Promise<void> {
  const client = new Client({ connectionString: started.adminUrl });
  await client.connect();
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
  await client.end();
}
