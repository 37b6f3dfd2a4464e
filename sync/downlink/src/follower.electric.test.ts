import { createServer } from "node:http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Follower, type FollowerProblem } from "./follower.electric.ts";
import type { MirrorEntry } from "./mirror.ts";
import { SimulatedShape } from "./shape.sim.ts";
import { MemoryMirrorStore } from "./store.memory.ts";
import type { MirrorStore } from "./store.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const patience = { timeout: 15_000, interval: 10 };

const flag = (id: string, version: number): MirrorEntry => ({
  kind: "flag",
  id,
  version,
  body: `{"key":"${id}","on":true}`,
});

let server: SimulatedShape;
let url: string;
let running: AsyncDisposableStack;

beforeEach(async () => {
  server = new SimulatedShape(robotId);
  running = new AsyncDisposableStack();
  const http = createServer((request, response) => void server.answer(request, response));
  running.defer(() => {
    server.wake();
    http.closeAllConnections();
    http.close();
  });
  const listening = Promise.withResolvers<void>();
  http.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = http.address();
  url = typeof address === "object" && address ? `http://127.0.0.1:${address.port}/shapes/${robotId}/mirror` : "";
});
afterEach(async () => {
  await running.disposeAsync();
});

function follow(store: MirrorStore, silenceMs?: number) {
  const changes: MirrorEntry[][] = [];
  const problems: FollowerProblem[] = [];
  let tokens = 0;
  const follower = running.use(
    new Follower({
      url,
      token: async () => `token-${(tokens += 1)}`,
      store,
      clock: systemClock,
      rng: systemRng,
      onChange: (changed) => changes.push([...changed]),
      onProblem: (problem) => problems.push(problem),
      ...(silenceMs !== undefined && { silenceMs }),
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

const isWaiting = () => vi.waitFor(() => expect(server.requests.at(-1)?.searchParams.has("live")).toBe(true), patience);

test("told that the network is back, it asks anew at once, though its request hangs on the old one", async () => {
  const store = new MemoryMirrorStore();
  const { follower } = follow(store);
  await isWaiting();
  server.strand();
  server.put(flag("a", 1));

  follower.wake();
  await hasRows(store, [flag("a", 1)]);

  expect(server.requests.length).toBeGreaterThan(2);
});

test("told that the network is back, it does not wait for its next try", async () => {
  const store = new MemoryMirrorStore();
  server.put(flag("a", 1));
  for (let i = 0; i < 40; i += 1) server.trouble.push({ status: 503 });
  const { follower } = follow(store);
  await vi.waitFor(() => expect(server.trouble.length).toBeLessThan(37), patience);
  server.trouble.length = 0;

  follower.wake();

  await hasRows(store, [flag("a", 1)]);
});

test("a connection that carries nothing for longer than any answer takes is given up", async () => {
  const store = new MemoryMirrorStore();
  follow(store, 300);
  await isWaiting();
  server.strand();
  server.put(flag("a", 1));
  await hasRows(store, [flag("a", 1)]);

  expect(server.requests.length).toBeGreaterThan(2);
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
  expect(problems).toContainEqual({ kind: "stream_failed", message: "database or disk is full", status: null });
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
