import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { changes, TestServer } from "../server.harness.ts";

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_refusals", { caching: "shared", allowDelete: true });
  await server.database.sql("CREATE TYPE mood AS ENUM ('ok', 'sad')");
  await server.database.sql(
    "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  );
  await server.database.table(
    "t",
    `id int PRIMARY KEY, status text, owner uuid, n numeric, active bool, code char(5), born timestamptz, feeling mood,
    folded text COLLATE folding`,
  );
  await server.database.sql("CREATE TABLE unpublished (id int PRIMARY KEY)");
  await server.database.table("not_full", "id int PRIMARY KEY");
  await server.database.sql("ALTER TABLE not_full REPLICA IDENTITY DEFAULT");
  await server.database.sql("CREATE VIEW seen AS SELECT * FROM t");
});
afterAll(() => server[Symbol.asyncDispose]());

async function errors(query: string): Promise<{ status: number; text: string }> {
  const response = await server.fetch(new Request(`http://shapes/v1/shape?${query}`));
  return { status: response.status, text: await response.text() };
}

describe("a request that can never be answered", () => {
  test.each([
    ["no table", "offset=-1", "table"],
    ["a table that is not there", "table=absent&offset=-1", "table"],
    ["a view", "table=seen&offset=-1", "table"],
    ["a table outside the publication", "table=unpublished&offset=-1", "table"],
    ["a table without full identity", "table=not_full&offset=-1", "table"],
    ["a table name of three parts", "table=a.b.c&offset=-1", "table"],
    ["a table name with SQL in it", `table=${encodeURIComponent("t; DROP TABLE t")}&offset=-1`, "table"],
    ["no offset", "table=t", "offset"],
    ["an offset of no form", "table=t&offset=1_2_3", "offset"],
    ["an offset beyond 64 bits", "table=t&offset=18446744073709551616_0&handle=x", "offset"],
    ["an offset without a handle", "table=t&offset=0_0", "handle"],
    ["live from the beginning", "table=t&offset=-1&live=true", "live"],
    ["server-sent events without live", "table=t&offset=-1&live_sse=true", "live_sse"],
    ["columns that are not there", "table=t&offset=-1&columns=id,absent", "columns"],
    ["columns without the key", "table=t&offset=-1&columns=status", "columns"],
    ["columns that are no list", "table=t&offset=-1&columns=id,,status", "columns"],
    ["another replica", "table=t&offset=-1&replica=half", "replica"],
    ["another log", "table=t&offset=-1&log=none", "log"],
    ["parameters with a gap", "table=t&offset=-1&where=id=$1&params[2]=1", "params"],
    ["parameters as JSON", `table=t&offset=-1&params=${encodeURIComponent('{"1":"a"}')}`, "params"],
  ])("%s is named by its field", async (_, query, field) => {
    const { status, text } = await errors(query);

    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ message: "Invalid request", errors: { [field]: [expect.any(String)] } });
  });

  test.each([
    ["1 x 1", 'At location 17: syntax error at or near "x"'],
    ["absent = 1", "At location 0: unknown reference absent"],
    ["t.id = 1", "At location 0: unknown reference t.id"],
    ["id = 1 OR status ~ '^a'", 'At location 17: unknown binary operator "~"'],
    ["status SIMILAR TO 'a'", 'unknown binary operator "~"'],
    ["id OPERATOR(pg_catalog.=) 1", 'unknown binary operator "pg_catalog.="'],
    ["now() > '2020-01-01'", "At location 0: unknown or unsupported function now/0"],
    ["'now'::timestamptz > '2020-01-01'", "'now' means another moment whenever it is read"],
    ["born < 'Tomorrow'", "'Tomorrow' means another moment whenever it is read"],
    ["current_date > '2020-01-01'", "SQLValueFunction is not supported in this context"],
    ["length(status) = 1", "unknown or unsupported function length/1"],
    ["public.lower(status) = 'a'", "unknown or unsupported function lower/1"],
    ["count(id) = 1", "unknown or unsupported function count/1"],
    ["lower(DISTINCT status) = 'a'", "unknown or unsupported function lower/1"],
    ["(id, status) = (1, 'a')", "RowExpr is not supported in this context"],
    ["status COLLATE \"C\" = 'a'", "CollateClause is not supported in this context"],
    ["status::jsonb = '{}'", "a cast to jsonb is not supported in this context"],
    ["status::regclass = 't'", "a cast to regclass is not supported in this context"],
    ["id IN (SELECT id FROM t)", "SubLink is not supported in this context"],
    ["1 / 0 = id", "division by zero"],
    ["id = (SELECT 1)", "SubLink is not supported in this context"],
    ["CASE WHEN id = 1 THEN true END", "At location 0: CaseExpr is not supported in this context"],
    ["feeling = 'ok'", 'column "feeling" of type mood cannot be compared here'],
    ["folded = 'a'", 'column "folded" has a collation of its own'],
    ["code = 'a'", 'column "code" of type bpchar cannot be compared here'],
    ["id = 'a'", 'invalid input syntax for type integer: "a"'],
    ["id = '3000000000'", "out of range for type integer"],
    ["status = 5", "operator does not exist: text = integer"],
    ["owner = 'not-a-uuid'", "invalid input syntax for type uuid"],
    ["id = $1", "parameter $1 was not provided"],
    ["id = '1'::text", "operator does not exist: integer = text"],
    ["lower(status)", "argument of WHERE must be type boolean, not type text"],
    ["status", "argument of WHERE must be of type bool"],
    ["id = 1; DROP TABLE t", "is not a single expression"],
    ["id = 1 ORDER BY id", "is not a single expression"],
    ["id = 1 UNION SELECT 2", "is not a single expression"],
    ["id = 1) OR (1 = 1", "syntax error"],
    [`id = 1${" OR id = 1".repeat(8_000)}`, "bigger than maximum size"],
    [`${"(NOT ".repeat(300)}id = 1${")".repeat(300)}`, "nested too deeply"],
  ])("the clause %.40s is refused with its reason", async (where, reason) => {
    const { status, text } = await errors(`table=t&offset=-1&where=${encodeURIComponent(where)}`);

    expect(status).toBe(400);
    expect(JSON.parse(text).errors.where[0]).toContain(reason);
  });
});

describe("a handle that is of no use", () => {
  const mustRefetch = [{ headers: { control: "must-refetch" } }];

  test.each(["offset=0_0&handle=123-456", "offset=0_inf&handle=garbage&live=true", "offset=55_2&handle=1"])(
    "%s is sent to the shape's own, which is ready",
    async (query) => {
      const { handle } = await server.catchUp("table=t");

      const refused = await server.ask(`table=t&${query}`);

      expect(refused.status).toBe(409);
      expect(refused.body).toEqual(mustRefetch);
      expect(refused.headers.get("electric-handle")).toBe(handle);
    },
  );

  test("the handle of another definition is none of ours; a shape is begun where there was none", async () => {
    const { handle } = await server.catchUp("table=t");
    const other = `table=t&where=${encodeURIComponent("id = 77")}`;

    const refused = await server.ask(`${other}&offset=0_0&handle=${handle}`);
    const begun = await server.catchUp(other);

    expect(refused.status).toBe(409);
    expect(refused.headers.get("electric-handle")).toBe(begun.handle);
    expect(begun.handle).not.toBe(handle);
  });

  test("with the offsets that begin anew a handle means nothing", async () => {
    const { handle } = await server.catchUp("table=t");

    const answers = await Promise.all(["-1", "now"].map((offset) => server.ask(`table=t&offset=${offset}&handle=1-2`)));

    expect(answers.map(({ status, headers }) => [status, headers.get("electric-handle")])).toEqual([
      [200, handle],
      [200, handle],
    ]);
  });

  test("a place that the log never reached means to begin anew", async () => {
    const { handle } = await server.catchUp("table=t");

    const refused = await server.ask(`table=t&offset=99999999999_0&handle=${handle}`);

    expect(refused.status).toBe(409);
    expect(refused.headers.get("electric-handle")).not.toBe(handle);
  });

  test("TRUNCATE ends the shape under everyone who waits; its handle never comes back", async () => {
    await server.database.table("emptied", "id int PRIMARY KEY");
    await server.database.sql("INSERT INTO emptied VALUES (1), (2)");
    const standing = await server.catchUp("table=emptied");

    const refused = await server.liveDuring(
      standing,
      "BEGIN; INSERT INTO emptied VALUES (5); TRUNCATE emptied; INSERT INTO emptied VALUES (6); COMMIT",
    );
    const again = await server.catchUp("table=emptied");

    expect(refused.status).toBe(409);
    expect(refused.headers.get("electric-handle")).toBe(again.handle);
    expect(again.handle).not.toBe(standing.handle);
    expect(changes(again.rows)).toMatchObject([{ value: { id: "6" } }]);
  });

  test("an ALTER ends the shape at the next change, and its replacement has the new columns", async () => {
    await server.database.table("altered", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=altered");

    const refused = await server.liveDuring(
      standing,
      "ALTER TABLE altered ADD COLUMN more text DEFAULT 'd'",
      "INSERT INTO altered VALUES (1, 'm')",
    );
    const again = await server.catchUp("table=altered");

    expect(refused.status).toBe(409);
    expect(changes(again.rows)).toMatchObject([{ value: { id: "1", more: "m" } }]);
  });

  test.each([
    ["a column that may be null", "ALTER TABLE watched ALTER COLUMN v DROP NOT NULL", 409],
    ["a column more", "ALTER TABLE watched ADD COLUMN more int", 409],
    ["another name", "ALTER TABLE watched RENAME TO renamed", 400],
    ["its end", "DROP TABLE watched", 400],
  ])("where the database tells of DDL, %s ends the shape at once, without a change", async (_, ddl, status) => {
    await using told = await TestServer.make(inject("postgresUrl"), "shapes_ddl", { ddlPrefix: "altered" });
    await told.database.table("watched", "id int PRIMARY KEY, v text NOT NULL");
    await told.database.tellOfDdl("altered");
    const standing = await told.catchUp("table=watched");

    const answer = await told.liveDuring(standing, `BEGIN; CREATE TABLE other (id int); ${ddl}; COMMIT`);

    expect(answer.status).toBe(status);
    expect(told.events.join()).toContain("its table was altered");
  });

  test("a table that loses its full identity ends its shapes loudly", async () => {
    await server.database.table("demoted", "id int PRIMARY KEY, v text");
    await server.database.sql("INSERT INTO demoted VALUES (1, 'a')");
    const standing = await server.catchUp("table=demoted");

    const refused = await server.liveDuring(
      standing,
      "ALTER TABLE demoted REPLICA IDENTITY DEFAULT",
      "UPDATE demoted SET v = 'b'",
    );

    expect(refused.status).toBe(400);
    expect(server.events.join()).toContain("REPLICA IDENTITY FULL");
  });

  test("a log that grew beyond its limit begins anew", async () => {
    await using small = await TestServer.make(inject("postgresUrl"), "shapes_limit", { shapeBytesMax: 2_000 });
    await small.database.table("grows", "id int PRIMARY KEY, v text");
    const standing = await small.catchUp("table=grows");

    await small.database.sql("INSERT INTO grows SELECT i, repeat('x', 100) FROM generate_series(1, 50) i");
    await expect.poll(() => small.events.join()).toContain("its log is full");
    const refused = await small.live(standing);

    expect(refused.status).toBe(409);
    expect(changes((await small.catchUp("table=grows")).rows)).toHaveLength(50);
  });

  test("DELETE ends a shape by handle, by definition, or by both when they agree", async () => {
    await server.database.table("dropped", "id int PRIMARY KEY");
    const drop = async (query: string) => (await server.ask(query, { method: "DELETE" })).status;
    const first = await server.catchUp("table=dropped");

    const statuses = [
      await drop("table=dropped&handle=other"),
      await drop(`handle=${first.handle}`),
      await drop(`handle=${first.handle}`),
      await drop("table=dropped"),
    ];
    const second = await server.catchUp("table=dropped");

    expect(statuses).toEqual([400, 202, 404, 404]);
    expect(second.handle).not.toBe(first.handle);
    expect(await drop(`table=dropped&handle=${second.handle}`)).toBe(202);
  });
});

describe("what surrounds the shapes", () => {
  test("health, CORS, unknown paths and methods", async () => {
    const ask = (path: string, method = "GET") => server.fetch(new Request(`http://shapes${path}`, { method }));

    const health = await ask("/v1/health");
    const preflight = await ask("/v1/shape", "OPTIONS");

    expect(await health.json()).toEqual({ status: "active" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-expose-headers")).toContain("electric-handle");
    expect([(await ask("/")).status, (await ask("/v1/other")).status, (await ask("/v1/shape", "PUT")).status]).toEqual([
      200, 404, 405,
    ]);
  });

  test("an answer that the client holds already is a 304; HEAD has no body", async () => {
    const first = await server.ask("table=t&offset=-1");
    const etag = first.headers.get("etag") ?? "";

    const known = await server.ask("table=t&offset=-1", { headers: { "if-none-match": `"x", ${etag}` } });
    const weak = await server.ask("table=t&offset=-1", { headers: { "if-none-match": `W/${etag}` } });
    const head = await server.ask("table=t&offset=-1", { method: "HEAD" });

    expect(known.status).toBe(304);
    expect(weak.status).toBe(200);
    expect(head.headers.get("electric-handle")).toBe(first.headers.get("electric-handle"));
    expect(head.body).toEqual([]);
  });

  test("with a secret, requests must carry it; health needs none", async () => {
    await using closed = await TestServer.make(inject("postgresUrl"), "shapes_secret", { secret: "s3" });
    await closed.database.table("t", "id int PRIMARY KEY");

    const statuses = await Promise.all(
      ["", "&secret=s4", "&secret=s3", "&api_secret=s3"].map(
        async (secret) => (await closed.ask(`table=t&offset=-1${secret}`)).status,
      ),
    );
    const health = await closed.fetch(new Request("http://shapes/v1/health"));

    expect(statuses).toEqual([401, 401, 200, 200]);
    expect(health.status).toBe(200);
  });

  test("without a publication, and without logical replication, the start says what is missing", async () => {
    const { startShapeServer } = await import("../server.ts");
    const missing = startShapeServer({ ...server.options, publication: "absent", slot: "other_slot" });

    await expect(missing).rejects.toThrow('publication "absent" does not exist');
  });
});
