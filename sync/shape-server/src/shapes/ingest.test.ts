import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { changes, type Standing, TestServer, type Wire } from "../server.harness.ts";

let server: TestServer;
const sql = (text: string): Promise<unknown> => server.database.sql(text);

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_ingest", { caching: "shared", allowDelete: true });
});
afterAll(() => server[Symbol.asyncDispose]());

describe("changes", () => {
  test("a transaction comes whole: its operations counted by two, its last one marked, its id and its LSN named", async () => {
    await server.database.table("steps", "id int PRIMARY KEY, title text, done bool");
    const standing = await server.catchUp("table=steps");
    const client = await server.database.pool.connect();
    await client.query(
      "BEGIN; INSERT INTO steps VALUES (20, 'a', false), (21, 'b', NULL); UPDATE steps SET title = 'a2' WHERE id = 20; DELETE FROM steps WHERE id = 21",
    );
    const { rows: ids } = await client.query<{ xid: string }>("SELECT pg_current_xact_id()::xid::text AS xid");

    const before = await server.ask(`table=steps&handle=${standing.handle}&offset=0_inf`);
    await client.query("COMMIT");
    client.release();
    const log = await server.live(standing);

    expect(changes(before.body)).toEqual([]);
    expect(changes(log.body)).toEqual([
      {
        key: '"public"."steps"/"20"',
        value: { id: "20", title: "a", done: "f" },
        headers: { operation: "insert", op_position: 0 },
      },
      {
        key: '"public"."steps"/"21"',
        value: { id: "21", title: "b", done: null },
        headers: { operation: "insert", op_position: 2 },
      },
      {
        key: '"public"."steps"/"20"',
        value: { id: "20", title: "a2" },
        headers: { operation: "update", op_position: 4 },
      },
      {
        key: '"public"."steps"/"21"',
        value: { id: "21" },
        headers: { operation: "delete", op_position: 6, last: true },
      },
    ]);
    const [first] = log.body;
    expect(first?.headers["txids"]).toEqual([Number(ids[0]?.xid)]);
    expect(log.headers.get("electric-offset")).toBe(`${String(first?.headers["lsn"])}_6`);
    expect(log.body.at(-1)?.headers).toEqual({ control: "up-to-date", global_last_seen_lsn: first?.headers["lsn"] });
  });

  test("a row that enters the filter is an insert, one that leaves it a delete, and what never was in it is nothing", async () => {
    await server.database.table("moves", "id int PRIMARY KEY, status text, owner text");
    await sql("INSERT INTO moves VALUES (1, 'closed', 'u'), (2, 'closed', 'u')");
    const standing = await server.catchUp(`table=moves&where=${encodeURIComponent("status = 'open'")}`);

    const entered = await server.liveDuring(
      standing,
      "UPDATE moves SET owner = 'x' WHERE id = 2",
      "UPDATE moves SET status = 'open' WHERE id = 1",
    );
    const left = await server.liveDuring(entered.standing, "UPDATE moves SET status = 'closed' WHERE id = 1");

    expect(changes(entered.body)).toEqual([
      {
        key: '"public"."moves"/"1"',
        value: { id: "1", status: "open", owner: "u" },
        headers: { operation: "insert", op_position: 0, last: true },
      },
    ]);
    expect(changes(left.body)).toEqual([
      { key: '"public"."moves"/"1"', value: { id: "1" }, headers: { operation: "delete", op_position: 0, last: true } },
    ]);
  });

  test("rows that only Postgres can judge move in and out at their place in the transaction", async () => {
    await server.database.table("judged", "id int PRIMARY KEY, title text, price numeric");
    await sql("INSERT INTO judged VALUES (1, 'apple', 1.50), (2, 'Banana', 9)");
    const cheap = await server.catchUp(`table=judged&where=${encodeURIComponent("price < 2.5 AND title ILIKE '%a%'")}`);
    const every = await server.catchUp("table=judged");

    const { body } = await server.liveDuring(
      cheap,
      `BEGIN; UPDATE judged SET price = 2.4 WHERE id = 2; INSERT INTO judged VALUES (3, 'fig', 1), (4, 'date', 0.1);
       UPDATE judged SET price = 3 WHERE id = 1; UPDATE judged SET title = 'dates' WHERE id = 4; COMMIT`,
    );
    const all = await server.live(every);

    expect(changes(cheap.rows)).toMatchObject([{ value: { id: "1" } }]);
    expect(changes(body)).toMatchObject([
      { value: { id: "2", price: "2.4" }, headers: { operation: "insert", op_position: 0 } },
      { value: { id: "4" }, headers: { operation: "insert", op_position: 4 } },
      { value: { id: "1" }, headers: { operation: "delete", op_position: 6 } },
      { value: { id: "4", title: "dates" }, headers: { operation: "update", op_position: 8, last: true } },
    ]);
    expect(changes(all.body)).toHaveLength(5);
  });

  test("a row that Postgres cannot judge ends that shape with its reason, and no other", async () => {
    await server.database.table("ratios", "id int PRIMARY KEY, n int");
    await sql("INSERT INTO ratios VALUES (1, 2)");
    const divided = await server.catchUp(`table=ratios&where=${encodeURIComponent("10 / n > 1")}`);
    const every = await server.catchUp("table=ratios");

    await sql("INSERT INTO ratios VALUES (2, 0)");
    const { body } = await server.live(every);
    const refused = await server.ask(`${divided.definition}&handle=${divided.handle}&offset=0_inf`);
    const again = await server.ask(`${divided.definition}&offset=-1`);

    expect(changes(body)).toMatchObject([{ value: { id: "2" } }]);
    expect(refused.status).toBe(409);
    expect(again).toMatchObject({ status: 400, body: { errors: { where: ["division by zero"] } } });
  });

  test("a row that its own type refuses by now ends that shape, and the stream goes on", async () => {
    await sql("CREATE DOMAIN small AS int");
    await server.database.table("domained", "id int PRIMARY KEY, n small, v text");
    await sql("INSERT INTO domained VALUES (1, 50, 'a')");
    await sql("ALTER DOMAIN small ADD CHECK (value < 10) NOT VALID");
    const judged = await server.catchUp(`table=domained&where=${encodeURIComponent("n::text LIKE '5%'")}`);
    const every = await server.catchUp("table=domained");

    await sql("UPDATE domained SET v = 'b'");
    const [refused, whole] = [await server.live(judged), await server.live(every)];

    expect(refused.status).toBe(409);
    expect(changes(whole.body)).toMatchObject([{ value: { id: "1", v: "b" } }]);
  });

  test("a part that may not be judged is refused when the shape is made", async () => {
    await using closed = await TestServer.make(inject("postgresUrl"), "shapes_usage");
    const { database } = closed;
    await database.sql("CREATE SCHEMA kinds; CREATE TYPE kinds.kind AS ENUM ('a', 'b')");
    await database.table("typed", "id int PRIMARY KEY, kind kinds.kind");
    const role = `reader_${process.pid}`;
    await database.sql(`CREATE ROLE ${role} LOGIN REPLICATION PASSWORD 'p'; GRANT SELECT ON typed TO ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, "p"];
    await closed.stop();
    await closed.start({ databaseUrl: url.href });

    const refused = await closed.ask(`table=typed&offset=-1&where=${encodeURIComponent("kind::text = 'a'")}`);
    const whole = await closed.ask("table=typed&offset=-1");
    await closed.stop();
    await database.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);

    expect(refused).toMatchObject({
      status: 400,
      body: { errors: { where: ["permission denied for schema kinds"] } },
    });
    expect(whole.status).toBe(200);
  });

  test("a change of the key is a delete and an insert that name each other", async () => {
    await server.database.table("keys", "a int, b text, v text, PRIMARY KEY (b, a)");
    await sql("INSERT INTO keys VALUES (1, 'x/y \"q\"', 'v')");
    const standing = await server.catchUp("table=keys");

    const { body } = await server.liveDuring(standing, "UPDATE keys SET a = 2");

    const [old, now] = ['"public"."keys"/"x//y "q""/"1"', '"public"."keys"/"x//y "q""/"2"'];
    expect(standing.rows[0]?.key).toBe(old);
    expect(changes(body)).toEqual([
      {
        key: old,
        value: { a: "1", b: 'x/y "q"' },
        headers: { operation: "delete", op_position: 0, key_change_to: now },
      },
      {
        key: now,
        value: { a: "2", b: 'x/y "q"', v: "v" },
        headers: { operation: "insert", op_position: 1, key_change_from: old, last: true },
      },
    ]);
  });

  test("a value too big to be sent again is taken from the old row", async () => {
    await server.database.table("toast", "id int PRIMARY KEY, v int, big text");
    await sql("INSERT INTO toast SELECT 1, 1, string_agg(md5(i::text), '') FROM generate_series(1, 500) i");
    const full = await server.catchUp("table=toast&replica=full");
    const filtered = await server.catchUp(`table=toast&where=${encodeURIComponent("v IN (2, 3)")}`);

    const { body } = await server.liveDuring(full, "UPDATE toast SET v = 2");
    const entered = await server.live(filtered);

    const big = full.rows[0]?.value?.["big"];
    expect(big).toHaveLength(16_000);
    expect(changes(body)).toMatchObject([{ value: { id: "1", v: "2", big }, old_value: { v: "1" } }]);
    expect(body[0]?.old_value).toEqual({ v: "1" });
    expect(changes(entered.body)).toMatchObject([
      { value: { id: "1", v: "2", big }, headers: { operation: "insert" } },
    ]);
  });

  test("replica=full sends whole rows and what they were", async () => {
    await server.database.table("full_rows", "id int PRIMARY KEY, a text, b text");
    await sql("INSERT INTO full_rows VALUES (1, 'a1', 'b1')");
    const standing = await server.catchUp("table=full_rows&replica=full");

    const updated = await server.liveDuring(standing, "UPDATE full_rows SET a = 'a2'");
    const deleted = await server.liveDuring(updated.standing, "DELETE FROM full_rows");

    expect(changes(updated.body)).toMatchObject([{ value: { id: "1", a: "a2", b: "b1" }, old_value: { a: "a1" } }]);
    expect(changes(deleted.body)).toMatchObject([
      { value: { id: "1", a: "a2", b: "b1" }, headers: { operation: "delete" } },
    ]);
  });

  test("columns that were not selected are neither sent nor news", async () => {
    await server.database.table("narrow", "id int PRIMARY KEY, a text, b text");
    await sql("INSERT INTO narrow VALUES (1, 'a1', 'b1')");
    const standing = await server.catchUp('table=narrow&columns="id","a"');

    const { body } = await server.liveDuring(
      standing,
      "UPDATE narrow SET b = 'b2'",
      "UPDATE narrow SET a = a",
      "UPDATE narrow SET a = 'a2', b = 'b3'",
    );

    expect(standing.rows[0]?.value).toEqual({ id: "1", a: "a1" });
    expect(changes(body)).toMatchObject([{ value: { id: "1", a: "a2" } }]);
    expect(body[0]?.value).toEqual({ id: "1", a: "a2" });
  });

  test("a table without a key is keyed by all its columns", async () => {
    await server.database.table("keyless", "b text, a int");
    await sql("INSERT INTO keyless VALUES (NULL, 2)");
    const standing = await server.catchUp("table=keyless");

    const { body } = await server.liveDuring(standing, "UPDATE keyless SET b = 'y'");

    expect(standing.rows[0]?.key).toBe('"public"."keyless"/"2"/_');
    expect(changes(body)).toMatchObject([
      { key: '"public"."keyless"/"2"/_', value: { a: "2", b: null }, headers: { operation: "delete" } },
      { key: '"public"."keyless"/"2"/"y"', value: { a: "2", b: "y" }, headers: { operation: "insert" } },
    ]);
  });

  test("names that need quotes have the same key in snapshot and log", async () => {
    await sql('CREATE SCHEMA "My Schema"');
    await server.database.table('"My Schema"."Weird ""T./"', '"Id" int PRIMARY KEY, "col, x" text');
    await sql(`INSERT INTO "My Schema"."Weird ""T./" VALUES (1, 'z')`);
    const table = encodeURIComponent('"My Schema"."Weird ""T./"');
    const standing = await server.catchUp(`table=${table}&columns=${encodeURIComponent('"Id","col, x"')}`);

    const { body } = await server.liveDuring(standing, `UPDATE "My Schema"."Weird ""T./" SET "col, x" = 'y'`);

    expect(standing.rows[0]?.key).toBe('"My Schema"."Weird ""T..//"/"1"');
    expect(body[0]?.key).toBe(standing.rows[0]?.key);
    expect(body[0]?.headers["relation"]).toEqual(["My Schema", 'Weird "T./']);
  });

  test("transactions come in the order of their commits, never interleaved", async () => {
    await server.database.table("ordered", "id int PRIMARY KEY, v text");
    const standing = await server.catchUp("table=ordered");
    const [a, b] = await Promise.all([server.database.pool.connect(), server.database.pool.connect()]);

    await a.query("BEGIN; INSERT INTO ordered VALUES (1, 'A')");
    await b.query("BEGIN; INSERT INTO ordered VALUES (2, 'B'); COMMIT");
    await a.query(
      "INSERT INTO ordered VALUES (3, 'A'); SAVEPOINT s; INSERT INTO ordered VALUES (4, 'A'); ROLLBACK TO s; COMMIT",
    );
    a.release();
    b.release();

    await expect
      .poll(async () => changes((await server.ask(`table=ordered&handle=${standing.handle}&offset=0_inf`)).body))
      .toMatchObject([
        { value: { id: "2" }, headers: { last: true } },
        { value: { id: "1" }, headers: { op_position: 0 } },
        { value: { id: "3" }, headers: { op_position: 2, last: true } },
      ]);
  });

  test("an answer may begin at any place of the log and repeats nothing before it", async () => {
    await server.database.table("resumed", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=resumed");
    const { body } = await server.liveDuring(standing, "INSERT INTO resumed VALUES (1), (2), (3)");
    const lsn = String(body[0]?.headers["lsn"]);
    const from = async (offset: string) =>
      changes((await server.ask(`table=resumed&handle=${standing.handle}&offset=${offset}`)).body).length;

    const counts = await Promise.all(
      ["0_inf", `${lsn}_0`, `${lsn}_1`, `${lsn}_2`, `${lsn}_4`, `${lsn}_inf`, `${BigInt(lsn) - 1n}_7`].map(from),
    );

    expect(counts).toEqual([3, 2, 2, 1, 0, 0, 3]);
  });
});

describe("snapshot and stream", () => {
  test("a transaction that is open while the shape is made comes once, after its commit", async () => {
    await server.database.table("race", "id int PRIMARY KEY, v text");
    await sql("INSERT INTO race VALUES (1, 'before')");
    const open = await server.database.pool.connect();
    await open.query("BEGIN; INSERT INTO race VALUES (2, 'open'); UPDATE race SET v = 'changed' WHERE id = 1");
    const { rows: ids } = await open.query<{ xid: string }>("SELECT pg_current_xact_id()::xid::text AS xid");
    await sql("INSERT INTO race VALUES (3, 'committed')");

    const standing = await server.catchUp("table=race");
    await open.query("COMMIT");
    open.release();
    const { body } = await server.live(standing);

    expect(changes(standing.rows)).toMatchObject([{ value: { id: "1", v: "before" } }, { value: { id: "3" } }]);
    expect(standing.rows.at(-2)?.headers["xip_list"]).toContain(ids[0]?.xid);
    expect(changes(body)).toMatchObject([{ value: { id: "2" } }, { value: { id: "1", v: "changed" } }]);
  });

  test("what a snapshot holds is not repeated by the stream", async () => {
    await server.database.table("once", "id int PRIMARY KEY");
    const inserts = Array.from({ length: 30 }, (_, id) => sql(`INSERT INTO once VALUES (${id})`));

    const standing = await server.catchUp("table=once");
    await Promise.all(inserts);
    await sql("INSERT INTO once VALUES (1000)");

    const seen = standing.rows.map(({ value }) => value?.["id"]);
    let at = standing;
    while (!seen.includes("1000")) {
      const { body, headers } = await server.live(at);
      seen.push(...body.map(({ value }) => value?.["id"]));
      at = { ...at, offset: headers.get("electric-offset") ?? "" };
    }
    const ids = seen.filter((id) => id !== undefined);
    expect(ids).toHaveLength(31);
    expect(new Set(ids)).toEqual(new Set([...Array.from({ length: 30 }, (_, id) => String(id)), "1000"]));
  });
});

describe("a transaction too big for memory", () => {
  test("comes whole and in order, its last operation marked, though it was written piece by piece", async () => {
    await server.database.table("huge", "id int PRIMARY KEY, note text");
    const standing = await server.catchUp("table=huge");
    const few = await server.catchUp(`table=huge&where=${encodeURIComponent("id IN (7, 59999)")}`);

    await sql("INSERT INTO huge SELECT i, repeat('x', 200) FROM generate_series(0, 59999) i");
    const messages = await following(standing, 60_000);
    const { body: some } = await server.live(few);

    const marked = messages.filter(({ headers }) => headers["last"] === true);
    expect(messages.map(({ value }) => Number(value?.["id"]))).toEqual(Array.from({ length: 60_000 }, (_, id) => id));
    expect(marked.map(({ value }) => value?.["id"])).toEqual(["59999"]);
    expect(changes(some)).toMatchObject([{ value: { id: "7" } }, { value: { id: "59999" }, headers: { last: true } }]);
  });

  test("comes once when the connection breaks in the middle of it", async () => {
    await server.database.table("torn", "id int PRIMARY KEY, note text");
    const standing = await server.catchUp("table=torn");
    const writing = sql("INSERT INTO torn SELECT i, repeat('x', 400) FROM generate_series(0, 59999) i");
    const slot = server.database.slot;

    await writing;
    for (let times = 0; times < 6; times += 1) {
      await sql(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${slot}'`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const messages = await following(standing, 60_000);

    expect(messages.map(({ value }) => Number(value?.["id"]))).toEqual(Array.from({ length: 60_000 }, (_, id) => id));
  });
});

/** Live requests until so many changes have come. */
async function following(standing: Standing, count: number): Promise<readonly Wire[]> {
  const messages: Wire[] = [];
  let at = standing;
  while (messages.length < count) {
    const { status, body, headers } = await server.live(at);
    if (status !== 200) throw new Error(`the shape answered ${status}`);
    messages.push(...body.filter(({ value }) => value !== undefined));
    at = { ...at, offset: headers.get("electric-offset") ?? "" };
  }
  return messages;
}
