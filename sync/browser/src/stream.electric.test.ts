import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Principal } from "@kerbside/proto/base/roles";
import { gatekeeper } from "@kerbside/sync/gatekeeper";
import { TestServer } from "@kerbside/sync/shape-server/harness";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from "vitest";
import { ShapeHub } from "./hub.ts";
import { linkOf } from "./link.ts";
import { ElectricSource } from "./stream.electric.ts";
import { ShapeTab } from "./tab.ts";

const patience = { timeout: 15_000, interval: 10 };
const user: Principal = { kind: "user", id: "1", organizationId: "org", role: "ops", name: "O", storeIds: [] };
let server: TestServer;
let channel: MessageChannel;
let tab: ShapeTab;
let live = 0;
let liveMax = 0;
let isReachable = true;

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "browser", { longPollMs: 500 });
  await server.database.table(
    "latest",
    "robot_id text PRIMARY KEY, organization_id text, at int8, speed_mps float8, lid_flags text[]",
  );
  await server.database.table("delivery", "delivery_id text PRIMARY KEY, organization_id text, state text");
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  await server.database.sql("TRUNCATE latest, delivery");
  const serve = gatekeeper({
    policies: ["latest", "delivery", "delivery"].map((table, index) => ({
      name: ["fleet-live", "deliveries", "tracking-delivery"][index] ?? "",
      schema: "public",
      table,
      columns: table === "latest" ? ["robot_id", "at", "speed_mps", "lid_flags"] : ["delivery_id", "state"],
      where: () => ({ sql: "organization_id = $1", params: ["org"] }),
    })),
    authenticate: async (request) => (request.headers.get("authorization") === "Bearer wrong" ? null : user),
    upstream: server.fetch,
  });
  liveMax = 0;
  isReachable = true;
  const counted = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (!isReachable) throw new TypeError("fetch failed");
    const request = new Request(input, init);
    const isLive = new URL(request.url).searchParams.get("live") === "true";
    live += isLive ? 1 : 0;
    liveMax = Math.max(liveMax, live);
    return serve(request).finally(() => {
      live -= isLive ? 1 : 0;
    });
  };
  channel = new MessageChannel();
  const source = new ElectricSource({ baseUrl: "http://kerbside.invalid", clock: systemClock, fetch: counted });
  const limits = { turnMs: 50, lingerMs: 50 };
  new ShapeHub({ source, clock: systemClock, untilGone: () => new Promise(() => undefined), limits }).attach(
    linkOf(channel.port1),
  );
  tab = new ShapeTab({ link: linkOf(channel.port2), now: () => systemClock.now(), atNextFrame: setImmediate });
});
afterEach(async () => {
  tab.leave();
  await vi.waitUntil(() => live === 0, patience);
  channel.port1.close();
});

test("rows come as their types, bigint among them, and follow every change", async () => {
  await server.database.sql(
    "INSERT INTO latest VALUES ('r1', 'org', 9007199254740993, 1.5, '{open,\"a b\"}'), ('r2', 'other', 1, 1, '{}')",
  );
  using shape = tab.openShape("fleet-live", "user:1");
  await expect.poll(() => shape.rows.size, patience).toBe(1);
  const first = [...shape.rows.values()][0];

  await server.database.sql("UPDATE latest SET at = at + 1 WHERE robot_id = 'r1'");
  await expect.poll(() => [...shape.rows.values()][0]?.at, patience).toBe(9_007_199_254_740_994n);
  await server.database.sql("DELETE FROM latest");
  await expect.poll(() => shape.rows.size, patience).toBe(0);

  expect(first).toEqual({ robot_id: "r1", at: 9_007_199_254_740_993n, speed_mps: 1.5, lid_flags: ["open", "a b"] });
  expect(shape.status).toMatchObject({ state: "live", reason: null });
});

test("when everything comes again, the page goes from the old rows to the new ones in one step", async () => {
  await server.database.sql("INSERT INTO delivery SELECT 'd' || i, 'org', 'open' FROM generate_series(1, 50) i");
  using shape = tab.openShape("deliveries", "user:1");
  await expect.poll(() => shape.rows.size, patience).toBe(50);
  const sizes: number[] = [];
  shape.onRows(() => sizes.push(shape.rows.size));

  await server.database.sql(
    "BEGIN; TRUNCATE delivery; INSERT INTO delivery SELECT 'e' || i, 'org', 'open' FROM generate_series(1, 40) i; COMMIT",
  );
  await expect.poll(() => shape.rows.size, patience).toBe(40);

  expect(sizes).toEqual([40]);
});

test("an outage is lost, with the old rows, and over when the server is back", async () => {
  await server.database.sql("INSERT INTO delivery VALUES ('d1', 'org', 'open')");
  using shape = tab.openShape("deliveries", "user:1");
  await expect.poll(() => [shape.status.state, shape.rows.size], patience).toEqual(["live", 1]);

  isReachable = false;
  await expect.poll(() => shape.status, patience).toMatchObject({ state: "lost", reason: "unreachable" });
  const during = shape.rows.size;
  await server.database.sql("INSERT INTO delivery VALUES ('d2', 'org', 'open')");
  isReachable = true;
  await expect.poll(() => shape.rows.size, patience).toBe(2);

  expect(during).toBe(1);
  expect(shape.status.state).toBe("live");
});

test("who is not known here is refused; with a good credential the same shape comes", async () => {
  using refused = tab.openShape("deliveries", "user:1", "wrong");
  await expect.poll(() => refused.status, patience).toMatchObject({ state: "lost", reason: "refused" });

  using shape = tab.openShape("deliveries", "user:1", "good");

  await expect.poll(() => shape.status.state, patience).toBe("live");
  await expect.poll(() => refused.status.state, patience).toBe("live");
});

test("three shapes are kept fresh over two live connections", async () => {
  const shapes = [
    tab.openShape("fleet-live", "user:1"),
    tab.openShape("deliveries", "user:1"),
    tab.openShape("tracking-delivery", "user:1"),
  ];
  await expect.poll(() => shapes.map(({ status }) => status.state), patience).toEqual(["live", "live", "live"]);

  for (let round = 1; round <= 3; round += 1) {
    await server.database.sql("INSERT INTO latest VALUES ($1, 'org', 1, 1, '{}')", [`r${round}`]);
    await server.database.sql("INSERT INTO delivery VALUES ($1, 'org', 'open')", [`d${round}`]);
    await expect.poll(() => shapes.map(({ rows }) => rows.size), patience).toEqual([round, round, round]);
  }

  expect(liveMax).toBeLessThanOrEqual(2);
  for (const shape of shapes) shape[Symbol.dispose]();
});
