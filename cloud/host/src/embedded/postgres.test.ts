import { Client } from "pg";
import { expect, inject, test } from "vitest";

test("the embedded PostgreSQL decodes logically and answers on loopback", async () => {
  const client = new Client({ connectionString: inject("postgresUrl") });
  await client.connect();

  const { rows } = await client.query("show wal_level");

  expect(rows).toEqual([{ wal_level: "logical" }]);
  await client.end();
});
