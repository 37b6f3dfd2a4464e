import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { changes, TestServer } from "../server.harness.ts";

let server: TestServer;
const sql = (text: string): Promise<unknown> => server.database.sql(text);

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_serve", { caching: "shared", allowDelete: true });
});
afterAll(() => server[Symbol.asyncDispose]());

describe("beginning", () => {
  test("the first answer is the snapshot, never up to date; the second says that nothing is missing", async () => {
    await server.database.table("first", "id int PRIMARY KEY, title text NOT NULL, done bool, tags text[]");
    await sql("INSERT INTO first VALUES (1, 'it''s \"one\" é 😀', false, '{a,b}'), (2, 'two', NULL, NULL)");

    const first = await server.ask("table=first&offset=-1");
    const handle = first.headers.get("electric-handle");
    const second = await server.ask(`table=first&offset=0_0&handle=${handle}`);

    expect(first.body).toEqual([
      {
        key: '"public"."first"/"1"',
        value: { id: "1", title: 'it\'s "one" é 😀', done: "f", tags: "{a,b}" },
        headers: { operation: "insert", relation: ["public", "first"] },
      },
      {
        key: '"public"."first"/"2"',
        value: { id: "2", title: "two", done: null, tags: null },
        headers: { operation: "insert", relation: ["public", "first"] },
      },
      {
        headers: {
          control: "snapshot-end",
          xmin: expect.any(String),
          xmax: expect.any(String),
          xip_list: expect.any(Array),
        },
      },
    ]);
    expect(first.headers.get("electric-offset")).toBe("0_0");
    expect(first.headers.has("electric-up-to-date")).toBe(false);
    expect(JSON.parse(first.headers.get("electric-schema") ?? "")).toEqual({
      id: { type: "int4", not_null: true, pk_index: 0 },
      title: { type: "text", not_null: true },
      done: { type: "bool" },
      tags: { type: "text", dims: 1 },
    });
    expect(second.body).toEqual([
      { headers: { control: "up-to-date", global_last_seen_lsn: expect.stringMatching(/^\d+$/) } },
    ]);
    expect(second.headers.get("electric-offset")).toBe("0_inf");
    expect(second.headers.get("electric-up-to-date")).toBe("");
  });

  test("an empty table is a snapshot too", async () => {
    await server.database.table("nothing", "id int PRIMARY KEY");

    const { body, headers } = await server.ask("table=nothing&offset=-1");

    expect(body).toMatchObject([{ headers: { control: "snapshot-end" } }]);
    expect(headers.get("electric-offset")).toBe("0_0");
  });

  test("a big snapshot comes in chunks, the last with its end", async () => {
    await using small = await TestServer.make(inject("postgresUrl"), "shapes_chunks", { chunkBytes: 10_000 });
    await small.database.table("many", "id int PRIMARY KEY, note text");
    await small.database.sql("INSERT INTO many SELECT i, repeat('x', 100) FROM generate_series(1, 500) i");

    const first = await small.ask("table=many&offset=-1");
    const whole = await small.catchUp("table=many");

    expect(Buffer.byteLength(JSON.stringify(first.body))).toBeGreaterThan(10_000 * 0.8);
    expect(Buffer.byteLength(JSON.stringify(first.body))).toBeLessThan(10_000 * 1.2);
    expect(changes(whole.rows)).toHaveLength(500);
    expect(whole.rows.at(-2)).toMatchObject({ headers: { control: "snapshot-end" } });
    expect(whole.offset).toBe("0_inf");
  });

  test("offset=now skips the rows and stands at the end", async () => {
    await server.database.table("now_only", "id int PRIMARY KEY");
    await sql("INSERT INTO now_only VALUES (1)");

    const now = await server.ask("table=now_only&offset=now");

    expect(now.body).toMatchObject([{ headers: { control: "up-to-date" } }]);
    expect(now.headers.get("electric-offset")).toBe("0_inf");
    expect(now.headers.get("electric-has-data")).toBe("false");
  });

  test("log=changes_only is a shape of its own, without rows", async () => {
    await server.database.table("news", "id int PRIMARY KEY, v text");
    await sql("INSERT INTO news VALUES (1, 'old')");
    const full = await server.catchUp("table=news");
    const only = await server.catchUp("table=news&log=changes_only");

    const { body } = await server.liveDuring(only, "UPDATE news SET v = 'new' WHERE id = 1");

    expect(only.handle).not.toBe(full.handle);
    expect(changes(only.rows)).toEqual([]);
    expect(only.rows).toMatchObject([{ headers: { control: "snapshot-end" } }, { headers: { control: "up-to-date" } }]);
    expect(changes(body)).toMatchObject([{ value: { id: "1", v: "new" }, headers: { operation: "update" } }]);
  });

  test("many first requests at once share one shape and one snapshot", async () => {
    await server.database.table("together", "id int PRIMARY KEY");

    const answers = await Promise.all(Array.from({ length: 20 }, () => server.ask("table=together&offset=-1")));

    expect(new Set(answers.map(({ headers }) => headers.get("electric-handle"))).size).toBe(1);
  });

  test("the same definition in other words is the same shape", async () => {
    await server.database.table("worded", "id int PRIMARY KEY, v text");
    const words = [
      `table=worded&where=${encodeURIComponent("id=1 and v in ('a','b')")}`,
      `table=public.worded&where=${encodeURIComponent("(id = 1)  AND v IN ($1, 'a')")}&params[1]=b`,
      `table="worded"&where=${encodeURIComponent("1 = id AND v IN ('b', 'a', 'b')")}`,
    ];

    const handles = await Promise.all(words.map(async (each) => (await server.catchUp(each)).handle));

    expect(new Set(handles).size).toBe(1);
  });
});

describe("waiting", () => {
  test("without news a live request ends with the same offset, a higher cursor and an etag that never matches", async () => {
    await using quick = await TestServer.make(inject("postgresUrl"), "shapes_wait", { longPollMs: 60 });
    await quick.database.table("quiet", "id int PRIMARY KEY");
    const standing = await quick.catchUp("table=quiet");

    const first = await quick.live(standing);
    const cursor = first.headers.get("electric-cursor");
    const second = await quick.ask(`table=quiet&handle=${standing.handle}&offset=0_inf&live=true&cursor=${cursor}`);

    expect(first.body).toMatchObject([{ headers: { control: "up-to-date" } }]);
    expect(first.headers.get("electric-offset")).toBe("0_inf");
    expect(first.headers.get("electric-has-data")).toBe("false");
    expect(Number(second.headers.get("electric-cursor"))).toBeGreaterThan(Number(cursor));
    expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"));
    expect(first.headers.has("electric-schema")).toBe(false);
  });

  test("a client that goes away leaves nothing waiting", async () => {
    await server.database.table("gone", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=gone");
    const going = new AbortController();
    const before = server.running.status().waiting;

    const live = server.live(standing, going.signal);
    await expect.poll(() => server.running.status().waiting).toBe(before + 1);
    going.abort(new Error("gone"));

    await expect(live).rejects.toThrow("gone");
    expect(server.running.status().waiting).toBe(before);
  });

  test("one change wakes everyone who waits for it", async () => {
    await server.database.table("crowd", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=crowd");
    const before = server.running.status().waiting;

    const polls = Array.from({ length: 100 }, () => server.live(standing));
    await expect.poll(() => server.running.status().waiting).toBe(before + 100);
    await sql("INSERT INTO crowd VALUES (1)");
    const answers = await Promise.all(polls);

    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(changes(answers[0]?.body ?? [])).toHaveLength(1);
  });
});
