import { Pool, type PoolClient } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { prepareStatements } from "./prepared.pg.ts";

let pool: Pool;
/** One connection, so that what it has prepared can be asked. */
let client: PoolClient;
beforeAll(async () => {
  pool = new Pool({ connectionString: inject("postgresUrl"), max: 1 });
  prepareStatements(pool);
  client = await pool.connect();
  await client.query("create temporary table parcel (id int, note text)");
});
afterAll(async () => {
  client.release();
  await pool.end();
});

const ask = (text: string, ...values: readonly unknown[]) => client.query({ text }, [...values]);

async function preparedTexts(): Promise<readonly string[]> {
  const { rows } = await client.query<{ statement: string }>("select statement from pg_prepared_statements");
  return rows.map(({ statement }) => statement);
}

test("what is asked a second time is prepared, and answers the same", async () => {
  const text = "select $1::int + 1 as next";

  const answers = [await ask(text, 1), await client.query(text, [2]), await ask(text, 3)];

  expect(answers.map(({ rows }) => rows)).toEqual([[{ next: 2 }], [{ next: 3 }], [{ next: 4 }]]);
  expect((await preparedTexts()).filter((each) => each === text)).toHaveLength(1);
});

test("what is asked once, or carries no values, is not kept", async () => {
  await ask("select $1::int as once", 1);
  for (let time = 0; time < 3; time += 1) await ask("select 1 as bare");

  expect(await preparedTexts()).not.toContain("select $1::int as once");
  expect(await preparedTexts()).not.toContain("select 1 as bare");
});

test("a table that changes under a prepared statement costs one refusal at most", async () => {
  const all = "select * from parcel where id > $1";
  for (let time = 0; time < 3; time += 1) await ask(all, 0);

  await client.query("alter table parcel add column weight int");
  await ask(all, 0).catch(() => undefined);

  expect((await ask(all, 0)).fields.map(({ name }) => name)).toEqual(["id", "note", "weight"]);
});

test("a connection keeps a limited number of statements", async () => {
  for (let index = 0; index < 130; index += 1)
    for (let time = 0; time < 2; time += 1) await ask(`select $1::int + ${index}`, 1);

  expect((await preparedTexts()).length).toBeLessThanOrEqual(101);
});
