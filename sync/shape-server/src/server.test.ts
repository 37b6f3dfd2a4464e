import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { TestDatabase } from "./database.harness.ts";
import { type ShapeServer, startShapeServer } from "./server.ts";

let database: TestDatabase;
let folder: string;
let server: ShapeServer;

beforeAll(async () => {
  database = await TestDatabase.make(inject("postgresUrl"), "shapes_protocol");
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shapes-"));
  server = await startShapeServer({
    databaseUrl: database.url,
    storageDir: folder,
    publication: database.publication,
    slot: database.slot,
    longPollMs: 1_500,
    allowDelete: true,
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function ask(query: string, signal?: AbortSignal) {
  const response = await server.fetch(new Request(`http://shapes/v1/shape?${query}`, signal ? { signal } : {}));
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

test("a new shape answers its rows first, then says that it is up to date, then waits for changes", async () => {
  await database.table("items", "id int PRIMARY KEY, title text NOT NULL, done bool");
  await database.sql("INSERT INTO items VALUES (1, 'one', false)");

  const first = await ask("table=items&offset=-1");
  const handle = first.headers.get("electric-handle");
  const second = await ask(`table=items&offset=0_0&handle=${handle}`);
  const waiting = ask(`table=items&offset=0_inf&handle=${handle}&live=true`);
  await database.sql("INSERT INTO items VALUES (2, 'two', true)");
  const third = await waiting;

  expect(first.body).toMatchObject([
    { key: '"public"."items"/"1"', value: { id: "1", title: "one", done: "f" }, headers: { operation: "insert" } },
    { headers: { control: "snapshot-end" } },
  ]);
  expect(first.headers.get("electric-up-to-date")).toBeNull();
  expect(second.body).toMatchObject([{ headers: { control: "up-to-date" } }]);
  expect(second.headers.get("electric-offset")).toBe("0_inf");
  expect(third.body).toMatchObject([
    { key: '"public"."items"/"2"', headers: { operation: "insert", last: true, op_position: 0 } },
    { headers: { control: "up-to-date" } },
  ]);
});
