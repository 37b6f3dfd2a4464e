import type { Principal } from "@kerbside/proto/base/roles";
import { TestFollower } from "@kerbside/sync/shape-server/follower.harness";
import { TestServer, type Wire } from "@kerbside/sync/shape-server/harness";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { gatekeeper } from "./gatekeeper.ts";
import type { ShapePolicy } from "./shape-policy.ts";

/** The same rules twice: as policies, and as SQL written by hand that says who may see what. */
const policies: readonly ShapePolicy[] = [
  {
    name: "mirror",
    schema: "robots",
    table: "mirror",
    columns: ["robot_id", "id", "body"],
    where: (who) => (who.kind === "robot" ? { sql: "robot_id = $1", params: [who.id] } : null),
  },
  {
    name: "deliveries",
    schema: "public",
    table: "delivery",
    columns: ["id", "organization_id", "state"],
    where: (who) =>
      who.kind === "user" && who.role !== "merchant"
        ? { sql: "organization_id = $1 AND (state = 'open' OR is_recent)", params: [who.organizationId] }
        : null,
  },
  {
    name: "tracking-delivery",
    schema: "public",
    table: "delivery",
    columns: ["id", "state"],
    replica: "full",
    where: (who) => (who.kind === "customer" ? { sql: "id = $1", params: [who.deliveryId] } : null),
  },
];

const user = { kind: "user", role: "ops", name: "N", storeIds: [] } as const;
const principals: readonly Principal[] = [
  { kind: "robot", id: "1", organizationId: "org-a" },
  { kind: "robot", id: "2", organizationId: "org-a" },
  { ...user, id: "1", organizationId: "org-a" },
  { ...user, id: "3", organizationId: "org-b" },
  { ...user, role: "merchant", id: "4", organizationId: "org-a" },
  { kind: "customer", id: "5", organizationId: "org-a", deliveryId: "d1", scope: "view" },
  { kind: "partner", id: "6", organizationId: "org-a", scopes: [], live: true },
];

function allowed(who: Principal): string {
  if (who.kind === "robot")
    return `SELECT 'mirror ' || robot_id || ' ' || id AS seen FROM robots.mirror WHERE robot_id = '${who.id}'`;
  if (who.kind === "customer") return `SELECT 'delivery ' || id AS seen FROM delivery WHERE id = '${who.deliveryId}'`;
  if (who.kind !== "user" || who.role === "merchant") return "SELECT '' AS seen WHERE false";
  const own = `organization_id = '${who.organizationId}'`;
  return `SELECT 'delivery ' || id AS seen FROM delivery WHERE ${own} AND (state = 'open' OR is_recent)`;
}

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.make(inject("postgresUrl"), "gatekeeper", { longPollMs: 150 });
  await server.database.sql("CREATE SCHEMA robots");
  await server.database.table(
    "robots.mirror",
    "robot_id text, id text, body text, secret text DEFAULT 's', PRIMARY KEY (robot_id, id)",
  );
  await server.database.table(
    "delivery",
    "id text PRIMARY KEY, organization_id text, state text, is_recent bool, phone text DEFAULT '+1'",
  );
  await server.database.sql(
    "INSERT INTO robots.mirror SELECT r, m, 'b' FROM unnest(ARRAY['1','2','3']) r, unnest(ARRAY['m1','m2']) m",
  );
  await server.database.sql(`INSERT INTO delivery SELECT 'd' || row_number() OVER (), o, s, r FROM
    unnest(ARRAY['org-a','org-b']) o, unnest(ARRAY['open','closed']) s, unnest(ARRAY[true, false]) r`);
});
afterAll(() => server[Symbol.asyncDispose]());

function serveAs(who: Principal): (request: Request) => Promise<Response> {
  return gatekeeper({ policies, authenticate: async () => who, upstream: server.fetch });
}

/** Handles that other principals hold; a thief may have read them. */
async function everyHandle(): Promise<readonly string[]> {
  const handles: string[] = [];
  for (const who of principals) {
    for (const { name } of policies) {
      const response = await serveAs(who)(new Request(`http://g/shapes/${who.kind}:${who.id}/${name}?offset=-1`));
      const handle = response.headers.get("electric-handle");
      if (handle !== null) handles.push(handle);
    }
  }
  return handles;
}

test("whatever a principal asks, the rows and columns it gets are among those that its policies allow", async () => {
  const handles = await everyHandle();
  const names = [...policies.map(({ name }) => name), "delivery", "mirror/../deliveries", "%2e%2e"];
  const paths = [...principals.map(({ kind, id }) => `${kind}:${id}`), "1", "*", "robot:1%00", "robot:"];
  const start = fc.constantFrom("offset=-1", "offset=0_0", "offset=now", "offset=0_inf");
  const more = fc.oneof(
    fc.constantFrom("live=true", "live=false", "log=full", "cursor=1"),
    fc.constantFrom(...handles).map((handle) => `handle=${handle}`),
    fc.constantFrom("table=delivery", "where=true", "params[1]=2", "columns=id,phone", "replica=full", "offset=-1"),
    fc.constantFrom("secret=x", "log=changes_only", "api_secret=x", "queryable_columns=phone,secret"),
    fc.constantFrom("subset__where=true", "subset__where=true) OR (true", "subset__where=phone='%2B1'"),
    fc.constantFrom(
      "subset__order_by=phone",
      "subset__order_by=id&subset__limit=9",
      "subset__where=secret LIKE 's%25'",
    ),
  );
  const request = fc.constantFrom(...principals).chain((who) =>
    fc.record({
      who: fc.constant(who),
      path: fc.oneof({ weight: 3, arbitrary: fc.constant(`${who.kind}:${who.id}`) }, fc.constantFrom(...paths)),
      name: fc.constantFrom(...names),
      query: fc
        .tuple(start, fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(more, { maxLength: 2 })))
        .map(([first, others]) => [first, ...others]),
    }),
  );
  let answered = 0;

  await fc.assert(
    fc.asyncProperty(request, async ({ who, path, name, query }) => {
      const response = await serveAs(who)(new Request(`http://g/shapes/${path}/${name}?${query.join("&")}`));
      const text = await response.text();
      answered += response.status === 200 ? 1 : 0;
      const rows = await server.database.sql(allowed(who));
      const seen = rowsIn(text);
      // A hidden column must not be told by which rows come either.
      const asksHidden = query.some((part) => /subset__.*(phone|secret)/.test(part));
      expect(asksHidden && response.status === 200).toBe(false);

      expect(rows.map((row) => row["seen"])).toEqual(expect.arrayContaining(seen.map(nameOf)));
      expect(seen.flatMap(({ value }) => Object.keys(value ?? {}))).not.toContain("secret");
      expect(seen.flatMap(({ value }) => Object.keys(value ?? {}))).not.toContain("phone");
    }),
    { numRuns: 1_200 },
  );
  expect(answered).toBeGreaterThan(50);
});

/** Rows in any answer, whatever its status. */
function rowsIn(text: string): readonly Wire[] {
  const body: unknown = text.startsWith("[") || text.startsWith('{"metadata"') ? JSON.parse(text) : [];
  const messages: unknown = typeof body === "object" && body !== null && "data" in body ? body.data : body;
  return Array.isArray(messages) ? messages.filter((message) => message.value !== undefined) : [];
}

function nameOf({ key, value }: Wire): string {
  return key?.includes('"mirror"') ? `mirror ${value?.["robot_id"]} ${value?.["id"]}` : `delivery ${value?.["id"]}`;
}

test("the public client follows a named shape through the gatekeeper", async () => {
  const robot: Principal = { kind: "robot", id: "1", organizationId: "org-a" };
  using follower = new TestFollower({ fetch: serveAs(robot), url: "http://g/shapes/robot:1/mirror" });
  await expect.poll(() => follower.rows.size).toBe(2);

  await server.database.sql("INSERT INTO robots.mirror VALUES ('1', 'm3', 'new'), ('2', 'm3', 'not ours')");
  await server.database.sql("UPDATE robots.mirror SET body = 'changed' WHERE id = 'm1'");
  await expect
    .poll(() => follower.sorted().map(({ id, body }) => `${id}=${body}`))
    .toEqual(["m1=changed", "m2=b", "m3=new"]);
  await server.stop();
  await server.database.sql("DELETE FROM robots.mirror WHERE id = 'm2'");
  await server.start();

  await expect.poll(() => follower.rows.size, { timeout: 15_000 }).toBe(2);
  await server.database.sql("TRUNCATE robots.mirror; INSERT INTO robots.mirror VALUES ('1', 'm9', 'fresh')");
  await expect.poll(() => follower.sorted().map(({ id }) => id), { timeout: 15_000 }).toEqual(["m9"]);
  expect(follower.refetches).toBe(1);
  expect(follower.problems).toEqual([]);
});
