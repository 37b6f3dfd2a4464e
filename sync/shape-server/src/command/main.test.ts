import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { TestDatabase } from "../database.harness.ts";
import { TestFollower } from "../follower.harness.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const children: ChildProcess[] = [];
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await TestDatabase.make(inject("postgresUrl"), "shapes_alone");
  folder = await mkdtemp(join(tmpdir(), "shapes-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function start(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env["PATH"] ?? "" } });
  children.push(child);
  let text = "";
  child.stderr?.on("data", (piece) => (text += String(piece)));
  return { child, said: () => text };
}

async function ready(running: Running): Promise<string> {
  await expect.poll(running.said, { timeout: 20_000 }).toMatch(/ready on \S+/);
  return /ready on (\S+)/.exec(running.said())?.[1] ?? "";
}

test("alone it serves the public client, also after SIGKILL, and ends in order on SIGTERM", async () => {
  const { url, publication, slot } = database;
  await database.table("alone", "id int PRIMARY KEY");
  const flags = [
    "--database-url",
    url,
    "--publication",
    publication,
    "--slot",
    slot,
    "--storage",
    folder,
    "--secret",
    "s",
  ];
  const first = start(...flags, "--port", "0");
  const address = await ready(first);
  using follower = new TestFollower({
    fetch: (request) => fetch(request),
    url: `${address}/v1/shape`,
    params: { table: "alone", secret: "s" },
  });
  await database.sql("INSERT INTO alone VALUES (1)");
  await expect.poll(() => follower.rows.size).toBe(1);

  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  await database.sql("INSERT INTO alone VALUES (2)");
  const second = start(...flags, "--port", new URL(address).port);
  await ready(second);
  await expect.poll(() => follower.rows.size, { timeout: 15_000 }).toBe(2);
  second.child.kill("SIGTERM");
  const [code] = await once(second.child, "exit");

  expect(code).toBe(0);
  expect(follower.refetches).toBe(0);
});

test.each<[string, readonly string[], number, string]>([
  ["a bad flag", ["--port", "x"], 2, "a whole number from 0 to 65535 is needed"],
  ["no database there", ["--database-url", "postgres://u:p@127.0.0.1:9/x", "--insecure"], 1, "ECONNREFUSED"],
])("%s ends it with one clear line", async (_, args, expected, words) => {
  const { child, said } = start(...args, "--storage", join(folder, "other"));

  const [code] = await once(child, "exit");

  expect(code).toBe(expected);
  expect(said()).toContain(words);
  expect(said()).not.toMatch(/\n\s+at /);
});

test("a publication that is not there is named", async () => {
  const { child, said } = start(
    "--database-url",
    database.url,
    "--publication",
    "absent",
    "--insecure",
    "--storage",
    join(folder, "absent"),
  );

  const [code] = await once(child, "exit");

  expect(code).toBe(1);
  expect(said()).toContain('publication "absent" does not exist');
});
