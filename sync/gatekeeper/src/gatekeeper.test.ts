import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { Principal } from "@kerbside/proto/base/roles";
import { expect, test } from "vitest";
import { gatekeeper } from "./gatekeeper.ts";
import type { ShapePolicy } from "./shape-policy.ts";

const robot: Principal = { kind: "robot", id: "r1", organizationId: "org" };
const policies: readonly ShapePolicy[] = [
  {
    name: "mirror",
    schema: "robot_gateway",
    table: "mirror",
    columns: ["robot_id", "kind", "id"],
    replica: "full",
    where: (principal) =>
      principal.kind === "robot" ? { sql: "robot_id = $1 AND kind <> $2", params: [principal.id, "x"] } : null,
  },
];

/** Remembers what it was asked and answers an up-to-date shape, or what the test wants. */
class FakeUpstream {
  readonly asked: URL[] = [];
  readonly signals: AbortSignal[] = [];
  readonly bodies: string[] = [];
  answer = (): Response =>
    new Response("[]", {
      status: 200,
      headers: {
        "electric-handle": "h-1",
        "electric-offset": "0_0",
        "cache-control": "public, max-age=604800",
        etag: '"h-1:-1:0_0"',
        "content-type": "application/json; charset=utf-8",
        "x-internal": "secret",
      },
    });
  fetch = async (request: Request): Promise<Response> => {
    this.asked.push(new URL(request.url));
    this.signals.push(request.signal);
    this.bodies.push(await request.text());
    return this.answer();
  };
}

function kept(upstream: FakeUpstream, principal: Principal | null = robot) {
  const serve = gatekeeper({
    policies,
    authenticate: async () => principal,
    upstream: upstream.fetch,
    upstreamUrl: "http://electric:3000",
    secret: "s3cret",
  });
  return (path: string, init?: RequestInit) => serve(new Request(`http://127.0.0.1${path}`, init));
}

test("the definition comes from the policy and the position from the client", async () => {
  const upstream = new FakeUpstream();

  await kept(upstream)("/shapes/robot:r1/mirror?offset=0_0&handle=h-1&live=true&cursor=5&log=full&cache-buster=abc");

  expect(Object.fromEntries(upstream.asked[0]?.searchParams ?? [])).toEqual({
    offset: "0_0",
    handle: "h-1",
    live: "true",
    cursor: "5",
    log: "full",
    table: '"robot_gateway"."mirror"',
    columns: '"robot_id","kind","id"',
    where: "robot_id = $1 AND kind <> $2",
    "params[1]": "r1",
    "params[2]": "x",
    replica: "full",
    secret: "s3cret",
  });
  expect(upstream.asked[0]?.origin).toBe("http://electric:3000");
});

test("answers are kept by nobody and carry only the protocol's headers", async () => {
  const response = await kept(new FakeUpstream())("/shapes/robot:r1/mirror?offset=-1");

  expect(Object.fromEntries(response.headers)).toEqual({
    "cache-control": "private, no-store",
    "content-type": "application/json; charset=utf-8",
    "electric-handle": "h-1",
    "electric-offset": "0_0",
    vary: "authorization, cookie",
    "x-accel-buffering": "no",
  });
});

test.each([
  ["a table of the client's choice", "offset=-1&table=users"],
  ["a where clause", "offset=-1&where=true"],
  ["parameters of the clause", "offset=-1&params[1]=r2"],
  ["columns", "offset=-1&columns=id"],
  ["the columns that a subset may read", "offset=-1&subset__where=true&queryable_columns=phone"],
  ["another word of a subset", "offset=-1&subset__columns=phone"],
  ["a subset's limit that is no number", "offset=-1&subset__order_by=id&subset__limit=1;2"],
  ["another log", "offset=-1&log=none"],
  ["another replica", "offset=-1&replica=full"],
  ["the secret", "offset=-1&secret=x"],
  ["a name from an object's prototype", "offset=-1&__proto__=1"],
  ["a constructor", "offset=-1&constructor=1"],
  ["an offset twice", "offset=-1&offset=now"],
  ["no offset", "handle=h-1"],
  ["an offset of no form", "offset=1_2_3"],
  ["a handle with a line break", "offset=0_0&handle=a%0Ab"],
])("%s is refused with a pointer to the parameter, and nothing is asked", async (_, query) => {
  const upstream = new FakeUpstream();

  const response = await kept(upstream)(`/shapes/robot:r1/mirror?${query}`);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: "invalid_request",
    errors: [{ pointer: expect.stringMatching(/^\/query\//) }],
  });
  expect(upstream.asked).toEqual([]);
});

test.each<[string, string, Principal | null, number]>([
  ["nobody", "/shapes/robot:r1/mirror", null, 401],
  ["another robot's path", "/shapes/robot:r2/mirror", robot, 403],
  ["the same id of another kind", "/shapes/user:r1/mirror", robot, 403],
  ["an id without its kind", "/shapes/r1/mirror", robot, 403],
  [
    "a principal whom the policy does not name",
    "/shapes/service:s1/mirror",
    { kind: "service", id: "s1", organizationId: null },
    403,
  ],
  ["a shape that does not exist", "/shapes/robot:r1/users", robot, 404],
  ["a name from an object's prototype", "/shapes/robot:r1/constructor", robot, 404],
  ["a longer path", "/shapes/robot:r1/mirror/more", robot, 403],
  ["a path of bad escapes", "/shapes/%ff/mirror", robot, 404],
])("%s gets nothing", async (_, path, principal, status) => {
  const upstream = new FakeUpstream();

  const response = await kept(upstream, principal)(`${path}?offset=-1`);

  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(upstream.asked).toEqual([]);
});

test("a subset is asked for in the client's words, by the policy's columns, within the policy's rows", async () => {
  const upstream = new FakeUpstream();
  const query =
    "offset=0_inf&handle=h-1&log=changes_only&subset__where=kind%3D%241&subset__params=%7B%221%22%3A%22a%22%7D";

  await kept(upstream)(`/shapes/robot:r1/mirror?${query}&subset__where_expr=%7B%7D`);
  await kept(upstream)("/shapes/robot:r1/mirror?offset=-1", {
    method: "POST",
    body: JSON.stringify({ subset: { where: "kind = $1", params: { 1: "a" }, order_by: "id", limit: 5 } }),
  });

  const [byQuery, byBody] = upstream.asked.map((url) => Object.fromEntries(url.searchParams));
  const policy = {
    where: "robot_id = $1 AND kind <> $2",
    queryable_columns: '"robot_id","kind","id"',
    secret: "s3cret",
  };
  expect(byQuery).toMatchObject({ ...policy, subset__where: "kind=$1", subset__params: '{"1":"a"}' });
  expect(byQuery).not.toHaveProperty("subset__where_expr");
  expect(byBody).toMatchObject(policy);
  expect(upstream.bodies).toEqual(["", '{"where":"kind = $1","params":{"1":"a"},"order_by":"id","limit":5}']);
});

test.each([
  ["another word", { where: "true", columns: "phone" }],
  ["a definition", { table: "users" }],
  ["both forms at once", { subset: { where: "true" }, where: "true" }],
  ["a prototype", JSON.parse('{"__proto__": {"where": "true"}, "x": 1}')],
  ["a limit of text", { limit: "5", order_by: "id" }],
  ["a parameter by name", { where: "kind = $1", params: { one: "a" } }],
  ["a list", []],
])("a body with %s is refused, and nothing is asked", async (_, body) => {
  const upstream = new FakeUpstream();

  const response = await kept(upstream)("/shapes/robot:r1/mirror?offset=-1", {
    method: "POST",
    body: JSON.stringify(body),
  });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer: expect.any(String) }] });
  expect(upstream.asked).toEqual([]);
});

test("a body without end is given up before it is kept", async () => {
  let read = 0;
  const endless = new ReadableStream({
    pull(stream) {
      read += 65_536;
      if (read > 16 * 1_048_576) stream.close();
      else stream.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });

  const init = { method: "POST", body: endless, duplex: "half" as const };
  const response = await kept(new FakeUpstream())("/shapes/robot:r1/mirror?offset=-1", init);

  expect(response.status).toBe(400);
  expect(read).toBeLessThan(1_048_576);
});

test("what is wrong with the client's subset is told by its field", async () => {
  const upstream = new FakeUpstream();
  const errors = { subset: { where: ["At location 0: unknown reference zzz"] } };
  upstream.answer = () => Response.json({ message: "Invalid request", errors }, { status: 400 });

  const response = await kept(upstream)("/shapes/robot:r1/mirror?offset=-1&subset__where=zzz%3D1");

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    errors: [{ pointer: "/subset/where", message: "At location 0: unknown reference zzz" }],
  });
});

test("nothing but GET and POST is taken", async () => {
  const upstream = new FakeUpstream();
  const serve = kept(upstream);

  const statuses = await Promise.all(
    ["DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"].map(async (method) => {
      const response = await serve("/shapes/robot:r1/mirror?offset=-1", { method });
      return response.status;
    }),
  );

  expect(statuses).toEqual([405, 405, 405, 405, 405]);
  expect(upstream.asked).toEqual([]);
});

test("a client that goes away takes the upstream request along", async () => {
  const upstream = new FakeUpstream();
  const going = new AbortController();
  const serve = gatekeeper({
    policies,
    authenticate: async () => robot,
    upstream: (request) => {
      void upstream.fetch(request);
      return new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("gone")), { once: true });
      });
    },
  });

  const answer = serve(
    new Request("http://x/shapes/robot:r1/mirror?offset=0_0&handle=h-1&live=true", { signal: going.signal }),
  );
  await expect.poll(() => upstream.asked.length).toBe(1);
  going.abort();

  await expect(answer).rejects.toThrow("gone");
  expect(upstream.signals[0]?.aborted).toBe(true);
});

test("a position beyond the log means to begin anew, not to give up", async () => {
  const upstream = new FakeUpstream();
  upstream.answer = () =>
    Response.json(
      { message: "Invalid request", errors: { offset: ["out of bounds for this shape"] } },
      { status: 400 },
    );

  const response = await kept(upstream)("/shapes/robot:r1/mirror?offset=9_0&handle=h-1");

  expect(response.status).toBe(409);
  expect(await response.json()).toEqual([{ headers: { control: "must-refetch" } }]);
});

test("a position that does not fit together is the client's to put right", async () => {
  const upstream = new FakeUpstream();
  const errors = { handle: ["can't be blank when offset != -1"] };
  upstream.answer = () => Response.json({ message: "Invalid request", errors }, { status: 400 });

  const response = await kept(upstream)("/shapes/robot:r1/mirror?offset=0_0");

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer: "/query/handle" }] });
});

test.each([
  ["refuses our definition", 400, { errors: { where: ["unknown reference robot_id"] } }],
  ["refuses our secret", 401, { message: "Unauthorized" }],
  ["is overloaded", 503, { code: "concurrent_request_limit_exceeded" }],
])("an upstream that %s is our trouble: the client may try again and learns nothing of it", async (_, status, body) => {
  const upstream = new FakeUpstream();
  upstream.answer = () => Response.json(body, { status, headers: { "retry-after": "7" } });

  const response = await kept(upstream)("/shapes/robot:r1/mirror?offset=-1");
  const text = await response.text();

  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("7");
  expect(text).not.toMatch(/robot_id|Unauthorized|concurrent/);
});

test("an upstream that cannot be reached is a 503", async () => {
  const serve = gatekeeper({
    policies,
    authenticate: async () => robot,
    upstream: () => Promise.reject(new TypeError("fetch failed")),
  });

  const response = await serve(new Request("http://x/shapes/robot:r1/mirror?offset=-1"));

  expect(response.status).toBe(503);
});

test("a revoked credential is refused at the next request", async () => {
  let principal: Principal | null = robot;
  const upstream = new FakeUpstream();
  const serve = gatekeeper({ policies, authenticate: async () => principal, upstream: upstream.fetch });
  const ask = () => serve(new Request("http://x/shapes/robot:r1/mirror?offset=-1"));

  const before = await ask();
  principal = null;
  const after = await ask();

  expect([before.status, after.status]).toEqual([200, 401]);
  expect(upstream.asked).toHaveLength(1);
});

test("an upstream that never answers holds nobody longer than a revocation may take", async () => {
  const clock = new VirtualClock();
  const upstream = new FakeUpstream();
  const serve = gatekeeper({
    policies,
    authenticate: async () => robot,
    clock,
    upstream: (request) => {
      void upstream.fetch(request);
      return new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
      });
    },
  });

  const answer = serve(new Request("http://x/shapes/robot:r1/mirror?offset=0_0&handle=h-1&live=true"));
  await expect.poll(() => upstream.asked.length).toBe(1);
  await clock.advance(39_000);
  const isHeld = upstream.signals[0]?.aborted === false;
  await clock.advance(2_000);

  expect((await answer).status).toBe(503);
  expect(isHeld).toBe(true);
});

test("an event stream ends in time, whatever its server says, and the server hears of it", async () => {
  const clock = new VirtualClock();
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: {}\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  const serve = gatekeeper({
    policies,
    authenticate: async () => robot,
    clock,
    upstream: async () => new Response(endless, { headers: { "content-type": "text/event-stream" } }),
  });
  const query = "offset=0_0&handle=h-1&live=true&live_sse=true";

  const answer = await serve(new Request(`http://x/shapes/robot:r1/mirror?${query}`));
  const text = answer.text();
  await clock.advance(39_000);
  const before = isCancelled;
  await clock.advance(2_000);

  expect(await text).toBe("data: {}\n\n");
  expect([before, isCancelled]).toEqual([false, true]);
});
