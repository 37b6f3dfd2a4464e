import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Fetch, TestFollower } from "../follower.harness.ts";
import { changes, TestServer } from "../server.harness.ts";
import { parseLsn } from "./lsn.ts";

const patience = { timeout: 20_000, interval: 20 };
let server: TestServer;
/** Every process that a test started, whatever became of the test. */
const children: ChildProcess[] = [];

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_restart");
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await server[Symbol.asyncDispose]();
});

test("a client goes on with its handle and offset after the server was stopped and started", async () => {
  await server.database.table("kept", "id int PRIMARY KEY, v text");
  await server.database.sql("INSERT INTO kept VALUES (1, 'a')");
  const standing = await server.catchUp("table=kept");
  const before = await server.liveDuring(standing, "INSERT INTO kept VALUES (2, 'b')");

  await server.stop();
  await server.database.sql("INSERT INTO kept VALUES (3, 'while it was down')");
  await server.start();
  const after = await server.live(before.standing);
  const whole = await server.catchUp("table=kept");

  expect(after.status).toBe(200);
  expect(changes(after.body)).toMatchObject([{ value: { id: "3" }, headers: { operation: "insert" } }]);
  expect(whole.handle).toBe(standing.handle);
  expect(changes(whole.rows)).toHaveLength(3);
});

test("a shape whose table was altered while the server was down does not come back", async () => {
  await server.database.table("rebuilt", "id int PRIMARY KEY, v text NOT NULL");
  const standing = await server.catchUp("table=rebuilt");

  await server.stop();
  await server.database.sql("ALTER TABLE rebuilt ALTER COLUMN v DROP NOT NULL");
  await server.start();
  const refused = await server.live(standing);

  expect(refused.status).toBe(409);
});

test.each<[string, (slot: string) => Promise<unknown>]>([
  ["its slot was dropped", (slot) => server.database.sql("SELECT pg_drop_replication_slot($1)", [slot])],
  [
    "its slot was advanced by somebody else",
    (slot) => server.database.sql("SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())", [slot]),
  ],
  [
    "its publication was made anew",
    () =>
      server.database.sql(
        "DROP PUBLICATION kerbside_shapes; CREATE PUBLICATION kerbside_shapes FOR TABLE kept, rebuilt, holed",
      ),
  ],
])("when %s, no handle survives: changes were missed", async (_, damage) => {
  await server.database.sql("DROP TABLE IF EXISTS holed");
  await server.database.table("holed", "id int PRIMARY KEY");
  const standing = await server.catchUp("table=holed");

  await server.stop();
  await server.database.sql("INSERT INTO holed VALUES (1)");
  await damage(server.database.slot);
  await server.start();
  const refused = await server.live(standing);
  const again = await server.catchUp("table=holed");

  expect(refused.status).toBe(409);
  expect(changes(again.rows)).toHaveLength(1);
  expect(server.events.join()).toContain("history_lost");
});

test("two servers never share a slot", async () => {
  const { startShapeServer } = await import("../server.ts");
  const { VirtualClock } = await import("@kerbside/proto/base/clock.virtual");
  const clock = new VirtualClock();
  const waiting = new AbortController();

  const second = startShapeServer({ ...server.options, storageDir: `${server.options.storageDir}-2`, clock }).then(
    () => "started",
    (problem: Error) => problem.message,
  );
  const refusal = second.finally(() => waiting.abort());
  while (!waiting.signal.aborted) {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(await refusal).toContain("another shape server uses the slot");
  await rm(`${server.options.storageDir}-2`, { recursive: true });
});

test("Postgres may forget only what survives a power cut here; an idle database is acknowledged too", async () => {
  await server.database.table("acked", "id int PRIMARY KEY");
  await server.database.sql("CREATE TABLE IF NOT EXISTS elsewhere (id int)");
  await server.catchUp("table=acked");
  const confirmed = async () => {
    const [row] = await server.database.sql(
      "SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1",
      [server.database.slot],
    );
    return parseLsn(String(row?.["lsn"]));
  };
  const position = async () => {
    const [row] = await server.database.sql("SELECT pg_current_wal_flush_lsn()::text AS lsn");
    return parseLsn(String(row?.["lsn"]));
  };

  await server.database.sql("INSERT INTO acked VALUES (1)");
  const afterChange = await position();
  await expect.poll(confirmed, patience).toBeGreaterThanOrEqual(afterChange - 1_000n);
  await server.database.sql("INSERT INTO elsewhere SELECT generate_series(1, 10000)");
  const afterOther = await position();

  await expect.poll(confirmed, { ...patience, timeout: 45_000 }).toBeGreaterThanOrEqual(afterOther - 1_000n);
}, 60_000);

test("the stream comes back by itself when its connection is cut, and nothing is missed or repeated", async () => {
  await server.database.table("cut", "id int PRIMARY KEY");
  using follower = new TestFollower({ fetch: server.fetch, params: { table: "cut" } });
  await expect.poll(() => follower.stream.isUpToDate, patience).toBe(true);

  for (let id = 0; id < 30; id += 1) {
    await server.database.sql("INSERT INTO cut VALUES ($1)", [id]);
    if (id % 10 === 5) {
      await server.database.sql(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1",
        [server.database.slot],
      );
    }
  }

  await expect.poll(() => follower.rows.size, patience).toBe(30);
  expect(follower.problems).toEqual([]);
  expect(follower.refetches).toBe(0);
});

test("a server killed in the middle of its work continues every shape, nothing missed or repeated", async () => {
  await using database = await TestServer.make(inject("postgresUrl"), "shapes_killed");
  await database.stop();
  await database.database.table("survives", "id int PRIMARY KEY, v int");
  let child = await served(database);
  const fetch: Fetch = (request) =>
    globalThis.fetch(request.url.replace("http://shapes", child.url), { signal: request.signal });
  using follower = new TestFollower({ fetch, params: { table: "survives" } });
  using even = new TestFollower({ fetch, params: { table: "survives", where: "v = 0" } });
  await expect.poll(() => follower.stream.isUpToDate && even.stream.isUpToDate, patience).toBe(true);
  const handle = follower.stream.shapeHandle;

  for (let round = 0; round < 3; round += 1) {
    const writes = Array.from({ length: 200 }, (_, index) =>
      database.database.sql("INSERT INTO survives VALUES ($1, $2)", [round * 200 + index, index % 2]),
    );
    await writes[100];
    await killed(child.process);
    await Promise.all(writes);
    await database.database.sql("UPDATE survives SET v = 1 - v WHERE id % 7 = 0");
    child = await served(database);
  }

  const [count] = await database.database.sql("SELECT count(*)::int AS rows FROM survives WHERE v = 0");
  await expect.poll(() => follower.rows.size, patience).toBe(600);
  await expect.poll(() => even.rows.size, patience).toBe(count?.["rows"]);
  expect(follower.stream.shapeHandle).toBe(handle);
  expect([follower.refetches, even.refetches]).toEqual([0, 0]);
  expect([...follower.problems, ...even.problems]).toEqual([]);
  await killed(child.process);
}, 60_000);

interface Served {
  readonly process: ChildProcess;
  readonly url: string;
}

/** A server in a process of its own. */
function served({ options }: TestServer): Promise<Served> {
  const { onEvent: _, ...plain } = options;
  const script = fileURLToPath(new URL("../served.harness.ts", import.meta.url));
  const child = fork(script, [JSON.stringify(plain)], { execArgv: [] });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once("message", (url) => resolve({ process: child, url: typeof url === "string" ? url : "" }));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

test("when Postgres cannot be asked about a row, the stream begins again and loses nothing", async () => {
  await server.database.table("asked", "id int PRIMARY KEY, v text");
  const standing = await server.catchUp(`table=asked&where=${encodeURIComponent("v LIKE 'a%'")}`);
  const writer = await server.database.pool.connect();
  const allow = async (is: boolean): Promise<void> => {
    const admin = new Client(inject("postgresUrl"));
    await admin.connect();
    await admin.query(`ALTER DATABASE ${server.database.name} ALLOW_CONNECTIONS ${is}`);
    await admin.end();
  };
  const before = server.events.length;

  await allow(false);
  await writer.query("INSERT INTO asked VALUES (1, 'abc'), (2, 'xyz')");
  await expect
    .poll(() => server.events.slice(before).join(), patience)
    .toContain("not currently accepting connections");
  await allow(true);
  writer.release();
  const log = async () =>
    changes((await server.ask(`${standing.definition}&handle=${standing.handle}&offset=0_inf`)).body);

  await expect.poll(log, patience).toMatchObject([{ value: { id: "1", v: "abc" } }]);
});
