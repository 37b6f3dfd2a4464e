import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Follower, type FollowerProblem } from "./follower.electric.ts";
import type { MirrorEntry } from "./mirror.ts";
import { MemoryMirrorStore } from "./store.memory.ts";
import type { MirrorStore } from "./store.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const patience = { timeout: 15_000, interval: 10 };
const schema = JSON.stringify({
  robot_id: { type: "uuid", pk_index: 0, not_null: true },
  kind: { type: "text", pk_index: 1, not_null: true },
  id: { type: "text", pk_index: 2, not_null: true },
  version: { type: "int8", not_null: true },
  body: { type: "text" },
});

/** As much of the shape protocol as one robot's mirror needs, with answers that go wrong on demand. */
class ShapeServer {
  handle = "h1";
  rows = new Map<string, MirrorEntry>();
  log: { readonly offset: string; readonly message: unknown }[] = [];
  /** Answers that come first, before any sensible one. */
  readonly trouble: { readonly status: number; readonly body?: string }[] = [];
  readonly requests: URL[] = [];
  readonly tokens: (string | undefined)[] = [];
  #waiting: (() => void)[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  url = "";

  async start(): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = this.#server.address();
    if (typeof address === "object" && address) this.url = `http://127.0.0.1:${address.port}/shapes/${robotId}/mirror`;
  }

  stop(): void {
    this.#wake();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  put(entry: MirrorEntry, changed: readonly (keyof MirrorEntry)[] = ["version", "body"]): void {
    const key = `${entry.kind}/${entry.id}`;
    const isNew = !this.rows.has(key);
    this.rows.set(key, entry);
    const full = asText(entry);
    const value = isNew ? full : Object.fromEntries(Object.entries(full).filter(([name]) => isSent(name, changed)));
    this.#append(key, isNew ? "insert" : "update", value);
  }

  /** The server lost its log: every follower must begin anew. */
  forget(): void {
    this.handle = `h${Number(this.handle.slice(1)) + 1}`;
    this.log = [];
    this.#wake();
  }

  #append(key: string, operation: string, value: unknown): void {
    const offset = `${100 + this.log.length}_0`;
    this.log.push({ offset, message: { key, value, headers: { operation } } });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting = [];
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://x");
    this.requests.push(url);
    this.tokens.push(request.headers.authorization);
    const trouble = this.trouble.shift();
    if (trouble) return void response.writeHead(trouble.status).end(trouble.body ?? "");
    const offset = url.searchParams.get("offset") ?? "";
    const headers = {
      "electric-handle": this.handle,
      "electric-schema": schema,
      "electric-cursor": String(this.requests.length),
    };
    if (offset === "-1") {
      const end = this.log.at(-1)?.offset ?? "0_inf";
      const rows = [...this.rows].map(([key, row]) => ({ key, value: asText(row), headers: { operation: "insert" } }));
      return send(response, { ...headers, "electric-offset": end }, rows);
    }
    if (url.searchParams.get("handle") !== this.handle) return refetch(response, this.handle);
    if (url.searchParams.has("live") && !this.#after(offset).length) {
      const woken = Promise.withResolvers<void>();
      this.#waiting.push(woken.resolve);
      await woken.promise;
      if (url.searchParams.get("handle") !== this.handle) return refetch(response, this.handle);
    }
    const entries = this.#after(offset);
    const upToDate = { headers: { control: "up-to-date", global_last_seen_lsn: "1" } };
    send(response, { ...headers, "electric-offset": entries.at(-1)?.offset ?? offset, "electric-up-to-date": "" }, [
      ...entries.map((entry) => entry.message),
      upToDate,
    ]);
  }

  #after(offset: string) {
    return this.log.slice(this.log.findIndex((entry) => entry.offset === offset) + 1);
  }
}

function asText(entry: MirrorEntry): Readonly<Record<string, string | null>> {
  return { robot_id: robotId, ...entry, version: String(entry.version) };
}

function isSent(name: string, changed: readonly string[]): boolean {
  return ["robot_id", "kind", "id"].includes(name) || changed.includes(name);
}

function send(response: ServerResponse, headers: Readonly<Record<string, string>>, body: readonly unknown[]): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function refetch(response: ServerResponse, handle: string): void {
  response.writeHead(409, { "electric-handle": handle }).end('[{"headers":{"control":"must-refetch"}}]');
}

const flag = (id: string, version: number): MirrorEntry => ({
  kind: "flag",
  id,
  version,
  body: `{"key":"${id}","on":true}`,
});

let server: ShapeServer;
let running: AsyncDisposableStack;

beforeEach(async () => {
  server = new ShapeServer();
  running = new AsyncDisposableStack();
  running.defer(() => server.stop());
  await server.start();
});
afterEach(async () => {
  await running.disposeAsync();
});

function follow(store: MirrorStore) {
  const changes: MirrorEntry[][] = [];
  const problems: FollowerProblem[] = [];
  let tokens = 0;
  const follower = running.use(
    new Follower({
      url: server.url,
      token: async () => `token-${(tokens += 1)}`,
      store,
      clock: systemClock,
      rng: systemRng,
      onChange: (changed) => changes.push([...changed]),
      onProblem: (problem) => problems.push(problem),
    }),
  );
  return { follower, changes, problems };
}

const hasRows = (store: MirrorStore, rows: readonly MirrorEntry[]) =>
  vi.waitFor(() => expect(new Set(store.rows())).toEqual(new Set(rows)), patience);

test("the mirror is filled and then follows changes, partial updates among them", async () => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  const { changes } = follow(store);
  await hasRows(store, [flag("a", 1)]);

  server.put(flag("b", 1));
  await hasRows(store, [flag("a", 1), flag("b", 1)]);
  server.put(flag("a", 2), ["version"]);

  await hasRows(store, [flag("a", 2), flag("b", 1)]);
  expect(changes).toEqual([[flag("a", 1)], [flag("b", 1)], [flag("a", 2)]]);
});

test("a restart goes on from the stored position", async () => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  const first = follow(store);
  await hasRows(store, [flag("a", 1)]);
  await first.follower[Symbol.asyncDispose]();
  server.put(flag("b", 1));
  server.requests.length = 0;

  const { changes } = follow(store);

  await hasRows(store, [flag("a", 1), flag("b", 1)]);
  expect(server.requests[0]?.searchParams.get("offset")).toBe("100_0");
  expect(changes).toEqual([[flag("b", 1)]]);
});

test("only what the gatekeeper allows is sent, with a fresh token each time", async () => {
  const store = new MemoryMirrorStore();
  follow(store);
  await vi.waitFor(() => expect(server.requests.at(-1)?.searchParams.has("live")).toBe(true), patience);
  server.put(flag("a", 1));
  await hasRows(store, [flag("a", 1)]);

  const names = new Set(server.requests.flatMap((url) => [...url.searchParams.keys()]));

  expect([...names].filter((name) => !["offset", "handle", "live", "cursor", "log"].includes(name))).toEqual([]);
  expect(new Set(server.tokens).size).toBeGreaterThan(1);
});

test("when the log is gone, the old rows serve until the new snapshot is whole, and only differences are told", async () => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  server.put(flag("b", 1));
  const { changes } = follow(store);
  await hasRows(store, [flag("a", 1), flag("b", 1)]);

  server.rows.delete("flag/b");
  server.rows.set("flag/c", flag("c", 1));
  server.forget();

  await hasRows(store, [flag("a", 1), flag("c", 1)]);
  expect(changes.at(-1)).toEqual([{ ...flag("b", 1), body: null }, flag("c", 1)]);
  expect(store.position()?.handle).toBe("h2");
});

test.each([
  ["a refused token", { status: 401 }],
  ["a server error", { status: 503 }],
  ["an offset out of bounds", { status: 400, body: "out of bounds for this shape" }],
  ["an answer without the shape's headers", { status: 200, body: "[]" }],
  ["a page of something else", { status: 404, body: "<html>" }],
])("%s does not stop it", async (_title, trouble) => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  server.trouble.push(trouble);

  follow(store);

  await hasRows(store, [flag("a", 1)]);
  expect(server.trouble).toEqual([]);
});

test("a store that fails once is tried again from where it stands", async () => {
  const store = new MemoryMirrorStore();
  const write = store.write.bind(store);
  let isFull = true;
  store.write = (change) => {
    if (isFull) {
      isFull = false;
      throw new Error("database or disk is full");
    }
    write(change);
  };
  server.put(flag("a", 1));

  const { problems } = follow(store);

  await hasRows(store, [flag("a", 1)]);
  expect(problems).toContainEqual({ kind: "stream_failed", message: "database or disk is full" });
});

test("refetching again and again is told", async () => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  const { problems } = follow(store);
  await hasRows(store, [flag("a", 1)]);

  for (let round = 2; round <= 4; round += 1) {
    server.forget();
    await vi.waitFor(() => expect(store.position()?.handle).toBe(`h${round}`), patience);
  }

  expect(problems).toContainEqual({ kind: "refetching", times: 3 });
});
