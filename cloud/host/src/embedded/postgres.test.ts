import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { startPostgres } from "./postgres.node.ts";

test("the embedded PostgreSQL decodes logically and answers on loopback", async () => {
  const client = new Client({ connectionString: inject("postgresUrl") });
  await client.connect();

  const { rows } = await client.query("show wal_level");

  expect(rows).toEqual([{ wal_level: "logical" }]);
  await client.end();
});

test("the data may lie in a folder that only its owner may enter, whoever that is", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "kerbside-private-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));

  const postgres = stack.use(await startPostgres({ dataDir: join(folder, "postgres"), settings: { fsync: "off" } }));

  expect(postgres.port).toBeGreaterThan(0);
});
