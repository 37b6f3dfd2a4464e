import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { TestFollower } from "../follower.harness.ts";
import { type Standing, TestServer, type Wire } from "../server.harness.ts";

let server: TestServer;
const sql = (text: string): Promise<unknown> => server.database.sql(text);

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "shapes_events", { caching: "shared", chunkBytes: 2_000 });
});
afterAll(() => server[Symbol.asyncDispose]());

/** An open stream, read message by message. */
class OpenStream {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  private constructor(response: Response) {
    if (!response.body) throw new Error(`no stream, but ${response.status}`);
    this.response = response;
    this.#reader = response.body.getReader();
  }

  static async of(from: TestServer, { definition, handle, offset }: Omit<Standing, "rows">): Promise<OpenStream> {
    const query = `${definition}&handle=${handle}&offset=${offset}&live=true&live_sse=true`;
    return new OpenStream(await from.fetch(new Request(`http://shapes/v1/shape?${query}`)));
  }

  /** The next messages, up to and with the promise that there are no more. */
  async untilUpToDate(): Promise<readonly Wire[]> {
    while (!this.#text.includes('"up-to-date"')) await this.#more();
    const events = this.#text.split("\n\n").filter((event) => event.startsWith("data: "));
    this.#text = "";
    return events.map((event) => JSON.parse(event.slice("data: ".length)));
  }

  /** Everything until the server ends it. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#text;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    this.#text += value ? Buffer.from(value).toString() : "";
    return !done;
  }
}

function operations(messages: readonly Wire[]): readonly unknown[] {
  return messages.map(({ headers, value }) => headers["operation"] ?? headers["control"] ?? value);
}

describe("an event stream", () => {
  test("brings each transaction whole, and promises one LSN more than it, where the client goes on", async () => {
    await server.database.table("told", "id int PRIMARY KEY, v text");
    const standing = await server.catchUp("table=told");
    const stream = await OpenStream.of(server, standing);

    await sql("INSERT INTO told VALUES (1, 'a')");
    const first = await stream.untilUpToDate();
    await sql("BEGIN; INSERT INTO told VALUES (2, 'b'), (3, 'c'); UPDATE told SET v = 'bb' WHERE id = 2; COMMIT");
    const second = await stream.untilUpToDate();
    const promised = BigInt(String(second.at(-1)?.headers["global_last_seen_lsn"]));
    await stream.cancel();
    await sql("DELETE FROM told WHERE id = 1");
    const next = await OpenStream.of(server, { ...standing, offset: `${promised}_0` });
    const third = await next.untilUpToDate();
    await next.cancel();

    expect(operations(first)).toEqual(["insert", "up-to-date"]);
    expect(operations(second)).toEqual(["insert", "insert", "update", "up-to-date"]);
    expect(promised).toBe(BigInt(String(second[0]?.headers["lsn"])) + 1n);
    expect(operations(third)).toEqual(["delete", "up-to-date"]);
  });

  test("opens at once, with the offset that was asked for: the client has read nothing yet", async () => {
    await server.database.table("opened", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=opened");
    await sql("INSERT INTO opened VALUES (1)");
    await server.catchUp("table=opened");

    const { response } = await OpenStream.of(server, standing);

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "public, max-age=59",
      "electric-offset": "0_inf",
      "electric-handle": standing.handle,
      "electric-cursor": expect.stringMatching(/^\d+$/),
      "x-accel-buffering": "no",
    });
    await response.body?.cancel().catch(() => undefined);
  });

  test("from within the snapshot and over many chunks of the log, nothing is left out", async () => {
    await server.database.table("behind", "id int PRIMARY KEY, note text");
    await sql("INSERT INTO behind SELECT i, repeat('x', 100) FROM generate_series(1, 60) i");
    const { handle } = await server.catchUp("table=behind");
    await sql("INSERT INTO behind SELECT i, repeat('y', 100) FROM generate_series(61, 120) i");
    await expect.poll(() => server.catchUp("table=behind").then(({ rows }) => rows.length)).toBeGreaterThan(120);

    const stream = await OpenStream.of(server, { definition: "table=behind", handle, offset: "0_0" });
    const messages = await stream.untilUpToDate();
    await stream.cancel();

    const first = await server.ask("table=behind&offset=-1");
    const keys = [...first.body, ...messages].flatMap(({ key }) => (key === undefined ? [] : [key]));
    expect(new Set(keys).size).toBe(120);
    expect(keys).toHaveLength(120);
  });

  test("says that it is alive while nothing happens, and ends when its time is over", async () => {
    await using brief = await TestServer.make(inject("postgresUrl"), "shapes_brief", {
      keepAliveMs: 30,
      streamLifeMs: 100,
    });
    await brief.database.table("quiet", "id int PRIMARY KEY");
    const stream = await OpenStream.of(brief, await brief.catchUp("table=quiet"));

    expect(await stream.rest()).toMatch(/^(: keep-alive\n\n)+$/);
    expect(brief.running.status().waiting).toBe(0);
  });

  test("ends when its time is over, though there is more to say: whoever was revoked does not read on", async () => {
    await using brief = await TestServer.make(inject("postgresUrl"), "shapes_slow", {
      chunkBytes: 500,
      streamLifeMs: 100,
    });
    await brief.database.table("long", "id int PRIMARY KEY, note text");
    const standing = await brief.catchUp("table=long");
    await brief.database.sql("INSERT INTO long SELECT i, repeat('x', 100) FROM generate_series(1, 60) i");
    await expect.poll(() => brief.catchUp("table=long").then(({ rows }) => rows.length)).toBeGreaterThan(60);
    const stream = await OpenStream.of(brief, standing);
    const openedMs = performance.now();

    await expect.poll(() => performance.now() - openedMs).toBeGreaterThan(100);
    const rest = await stream.rest();

    expect(rest).toContain("xxx");
    expect(rest).not.toContain("up-to-date");
  });

  test("ends with its shape; whoever comes again is sent to the next one", async () => {
    await server.database.table("cut_off", "id int PRIMARY KEY");
    const standing = await server.catchUp("table=cut_off");
    const stream = await OpenStream.of(server, standing);

    await sql("TRUNCATE cut_off");
    const rest = await stream.rest();
    const { status, headers } = await server.ask(
      `table=cut_off&handle=${standing.handle}&offset=0_inf&live=true&live_sse=true`,
    );

    expect(rest).toBe("");
    expect(status).toBe(409);
    expect(headers.get("electric-handle")).not.toBe(standing.handle);
  });

  test("a reader who goes away leaves nothing waiting", async () => {
    await server.database.table("abandoned", "id int PRIMARY KEY");
    const before = server.running.status().waiting;
    const stream = await OpenStream.of(server, await server.catchUp("table=abandoned"));

    const reading = stream.rest();
    await expect.poll(() => server.running.status().waiting).toBe(before + 1);
    await stream.cancel();
    await reading;

    await expect.poll(() => server.running.status().waiting).toBe(before);
  });
});

describe("the public client, by event streams", () => {
  test("over a socket sees every change once, through streams that end and a server that restarts", async () => {
    await using own = await TestServer.make(inject("postgresUrl"), "shapes_sse_client", {
      listen: { port: 0 },
      streamLifeMs: 1_100,
    });
    await own.database.table("seen", "id int PRIMARY KEY, v text");
    const port = Number(new URL(own.running.url ?? "").port);
    using follower = new TestFollower({
      fetch: (request) => fetch(request),
      url: `${own.running.url}/v1/shape`,
      params: { table: "seen" },
      liveSse: true,
    });
    const isCaughtUp = (): Promise<unknown> =>
      expect
        .poll(async () => JSON.stringify(follower.sorted()) === JSON.stringify(await own.database.sql(rows)), {
          timeout: 15_000,
        })
        .toBe(true);
    const rows = "SELECT id::text, v FROM seen ORDER BY id";
    let n = 0;
    const write = (): Promise<unknown> => {
      n += 2;
      return own.database.sql(
        `BEGIN; INSERT INTO seen VALUES (${n}, 'a'), (${n + 1}, 'b'); UPDATE seen SET v = 'c' WHERE id = ${n}; COMMIT`,
      );
    };

    const until = performance.now() + 1_500;
    while (performance.now() < until) await write();
    await isCaughtUp();
    await own.stop();
    await own.start({ listen: { port } });
    await write();
    await isCaughtUp();

    expect(follower.problems.filter(({ message }) => /made no sense|after the promise/.test(message))).toEqual([]);
    expect(follower.refetches).toBe(0);
  });
});
