import { isChangeMessage, isControlMessage, ShapeStream } from "@electric-sql/client";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestServer, type Wire } from "../server.harness.ts";

let server: TestServer;
const sql = (text: string): Promise<unknown> => server.database.sql(text);
const definition = "table=su&log=changes_only";

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_subsets", { caching: "shared" });
  await server.database.table("su", "id int PRIMARY KEY, grp int, v text");
  await sql("INSERT INTO su SELECT i, i % 3, 'v' || i FROM generate_series(1, 20) i");
});
afterAll(() => server[Symbol.asyncDispose]());

interface Subset {
  readonly metadata: Record<string, unknown>;
  readonly data: readonly Wire[];
}

async function ask(query: string, body?: unknown) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await server.fetch(new Request(`http://shapes/v1/shape?${query}`, init));
  const answer: Subset = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, answer };
}

async function ids(query: string, body?: unknown): Promise<unknown> {
  const { answer } = await ask(query, body);
  return answer.data.map(({ value }) => Number(value?.["id"]));
}

const q = (text: string): string => encodeURIComponent(text);

describe("a subset", () => {
  test("is part of the rows as they are now, beside the log, with what its snapshot saw", async () => {
    const { handle } = await server.catchUp(definition);

    const { status, headers, answer } = await ask(`${definition}&offset=0_inf&handle=${handle}&subset__where=id%3D3`);

    const mark = answer.metadata["snapshot_mark"];
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-cache",
      "electric-handle": handle,
      "electric-offset": "0_inf",
      "electric-snapshot": "true",
      "electric-schema": expect.stringContaining('"pk_index":0'),
    });
    expect(headers.has("etag")).toBe(false);
    expect(answer).toEqual({
      metadata: {
        snapshot_mark: expect.any(Number),
        database_lsn: expect.stringMatching(/^\d+$/),
        xmin: expect.stringMatching(/^\d+$/),
        xmax: expect.stringMatching(/^\d+$/),
        xip_list: expect.any(Array),
      },
      data: [
        {
          key: '"public"."su"/"3"',
          value: { id: "3", grp: "0", v: "v3" },
          headers: { operation: "insert", relation: ["public", "su"], snapshot_mark: mark },
        },
      ],
    });
  });

  test.each([
    [
      "by parameters",
      `subset__where=${q("grp = $1 AND id < $2")}&subset__params=${q('{"1":"2","2":"10"}')}`,
      [2, 5, 8],
    ],
    ["by order, limit and offset", "subset__order_by=id%20DESC&subset__limit=3&subset__offset=2", [18, 17, 16]],
    ["in an order of two columns", "subset__order_by=grp%20DESC%20NULLS%20LAST,%20id&subset__limit=2", [2, 5]],
    ["from the beginning", "subset__where=id%3D3", [3]],
  ])("is chosen %s", async (_, query, expected) => {
    expect(await ids(`${definition}&offset=-1&${query}`)).toEqual(expected);
  });

  test.each([
    ["flat", { where: "grp = $1", params: { 1: "0" }, order_by: "id", limit: 2 }, [3, 6]],
    ["nested", { subset: { where: "grp = 0", order_by: "id", limit: "2", offset: 1 } }, [6, 9]],
    ["as a list of parameters", { where: "id IN ($1, $2)", params: [4, "2"], order_by: "id" }, [2, 4]],
  ])("may be asked for by POST, %s", async (_, body, expected) => {
    expect(await ids(`${definition}&offset=-1`, body)).toEqual(expected);
  });

  test("of a shape with a clause, the two clauses hold together whatever they say", async () => {
    const main = `table=su&where=${q("id = 1 OR id = 2")}&offset=-1`;

    expect(await ids(`${main}&subset__where=${q("grp = 2 OR id = 19")}`)).toEqual([2]);
  });

  test("goes on from the offset that was asked with, so that no change to other rows is skipped", async () => {
    const { handle } = await server.catchUp(definition);
    await sql("UPDATE su SET v = 'other' WHERE id = 20");
    await expect.poll(async () => (await server.catchUp(definition)).offset).not.toBe("0_inf");
    const offsetOf = async (offset: string) =>
      (await ask(`${definition}&offset=${offset}&handle=${handle}&subset__where=true`)).headers.get("electric-offset");

    expect(await offsetOf("-1")).toBe("0_0");
    expect(await offsetOf("0_inf")).toBe("0_inf");
    expect(await offsetOf("now")).toBe((await server.catchUp(definition)).offset);
  });

  test("does not wait, whatever the request says of live", async () => {
    const { handle } = await server.catchUp(definition);

    expect(
      await ids(`${definition}&offset=0_inf&handle=${handle}&live=true&live_sse=true&subset__where=id%3D1`),
    ).toEqual([1]);
  });

  test("with another shape's handle is sent to its own", async () => {
    const { handle } = await server.catchUp(definition);

    const { status, headers } = await ask(`${definition}&offset=0_inf&handle=1-2&subset__where=true`);

    expect(status).toBe(409);
    expect(headers.get("electric-handle")).toBe(handle);
  });

  test.each([
    ["a limit without an order", "subset__limit=3", "order_by", "order_by is required when limit or offset is present"],
    ["a column that is not there", "subset__where=zzz%3D1", "where", "At location 0: unknown reference zzz"],
    ["no SQL", `subset__where=${q("1 x 1")}`, "where", 'At location 17: syntax error at or near "x"'],
    ["types that do not agree", `subset__where=${q("v = 1")}`, "where", "operator does not exist: text = integer"],
    ["a row that cannot be judged", `subset__where=${q("1 / (id - 1) = 1")}`, "where", "division by zero"],
    [
      "an order of what is not there",
      "subset__order_by=zzz&subset__limit=1",
      "order_by",
      "At location 18: unknown reference zzz",
    ],
    ["an order with more in it", `subset__order_by=${q("id; DROP TABLE su")}`, "order_by", "is not a list of columns"],
    ["an order by a function", `subset__order_by=${q("pg_sleep(1)")}`, "order_by", "only columns can be ordered by"],
    [
      "an order by an operator",
      `subset__order_by=${q("id USING <")}`,
      "order_by",
      "USING is not supported in this context",
    ],
    ["an order that ends the query", `subset__order_by=${q("id LIMIT 1")}`, "order_by", "is not a list of columns"],
    ["a limit of nothing", "subset__order_by=id&subset__limit=0", "limit", "must be greater than 0"],
    ["a limit that is no number", "subset__order_by=id&subset__limit=abc", "limit", "is invalid"],
    [
      "an offset before the beginning",
      "subset__order_by=id&subset__offset=-1",
      "offset",
      "must be greater than or equal to 0",
    ],
    ["parameters that are no JSON", "subset__where=true&subset__params=%7B", "params", "is invalid"],
    [
      "parameters with a gap",
      `subset__where=${q("id = $1")}&subset__params=${q('{"2":"1"}')}`,
      "params",
      "Parameters must be numbered sequentially, starting from 1",
    ],
    [
      "a parameter that is a list",
      `subset__where=${q("id = $1")}&subset__params=${q('{"1":[1]}')}`,
      "params",
      "values must be texts",
    ],
  ])("with %s is refused by its field", async (_, query, field, message) => {
    const response = await server.fetch(new Request(`http://shapes/v1/shape?${definition}&offset=-1&${query}`));

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: "Invalid request", errors: { subset: { [field]: [message] } } });
  });

  test("may read only the columns that whoever stands before us lists", async () => {
    const restricted = `table=su&columns=id,v&queryable_columns=id,v&offset=-1`;
    const status = async (query: string): Promise<number> => (await ask(query)).status;

    expect(await ids(`table=su&columns=id,v&offset=-1&subset__where=${q("grp = 1 AND id < 3")}`)).toEqual([1]);
    expect(await status(`${restricted}&subset__where=${q("grp = 1")}`)).toBe(400);
    expect(await status(`${restricted}&subset__order_by=grp`)).toBe(400);
    expect(await status(`${restricted}&subset__where=${q("v = 'v3'")}`)).toBe(200);
    expect(await status("table=su&columns=id,v,grp&queryable_columns=id,v&offset=-1")).toBe(400);
    expect(await status("table=su&queryable_columns=absent&offset=-1")).toBe(400);
  });

  test("a body that is too large, or no JSON object, is refused; an empty one asks for the shape", async () => {
    const post = async (body: string) =>
      server.fetch(new Request(`http://shapes/v1/shape?${definition}&offset=-1`, { method: "POST", body }));

    expect((await post("x".repeat(2_000_000))).status).toBe(413);
    expect((await post("[]")).status).toBe(400);
    expect((await post("{")).status).toBe(400);
    expect((await post('{"subset": 5}')).status).toBe(400);
    expect(await (await post("{}")).json()).toMatchObject([{ headers: { control: "snapshot-end" } }]);
  });
});

describe("the public client", () => {
  test.each(["GET", "POST"] as const)(
    "asks for subsets by %s while changes come, and sees each once",
    async (method) => {
      await server.database.table(`progressive_${method.toLowerCase()}`, "id int PRIMARY KEY, n int");
      const table = `progressive_${method.toLowerCase()}`;
      await sql(`INSERT INTO ${table} SELECT i, 0 FROM generate_series(1, 50) i`);
      const end = new AbortController();
      const stream = new ShapeStream<{ id: number; n: number }>({
        url: "http://shapes/v1/shape",
        params: { table },
        log: "changes_only",
        offset: "now",
        signal: end.signal,
        fetchClient: (input, init) => server.fetch(new Request(input, init)),
      });
      const rows = new Map<number, number>();
      let ends = 0;
      stream.subscribe((messages) => {
        for (const message of messages) {
          if (isChangeMessage(message)) rows.set(message.value.id, message.value.n ?? 0);
          else if (isControlMessage(message) && message.headers.control === "snapshot-end") ends += 1;
        }
      });
      await expect.poll(() => stream.isUpToDate).toBe(true);

      const writing = (async () => {
        for (let n = 1; n <= 40; n += 1) await sql(`UPDATE ${table} SET n = ${n} WHERE id % 5 = ${n % 5}`);
      })();
      for (const from of [1, 20, 35]) {
        await stream.requestSnapshot({
          where: "id >= $1",
          params: { 1: String(from) },
          orderBy: "id",
          limit: 12,
          method,
        });
      }
      await writing;

      const seen = (await server.database.sql(`SELECT id, n FROM ${table} ORDER BY id`)).map(({ id, n }) => [id, n]);
      await expect
        .poll(() => [...rows].sort(([a], [b]) => a - b), { timeout: 10_000 })
        .toEqual(seen.filter(([id]) => rows.has(Number(id))));
      expect(rows.size).toBeGreaterThan(30);
      expect(ends).toBeGreaterThanOrEqual(3);
      end.abort();
    },
  );
});
