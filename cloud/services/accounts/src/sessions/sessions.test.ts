import { fillPath } from "@kerbside/proto/base/client.http";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { session, userAccount } from "../tables.ts";
import { attempt, refusal, type Resident, send, settle, signIn, startTown, type Town } from "../town.harness.ts";
import { sessionLifeMs } from "./sessions.pg.ts";
import { failuresMax, failureWindowMs } from "./sign-in-limit.pg.ts";

let town: Town;
let admin: Resident;
let ops: Resident;
beforeAll(async () => {
  town = await startTown(inject("postgresUrl"));
});
beforeEach(async () => {
  ({ admin, ops } = await settle(town, "admin", "ops"));
});
afterAll(() => town[Symbol.asyncDispose]());

test("signing in answers who it is and sets a cookie that no script reads", async () => {
  const response = await attempt(town, ops.user.email.toUpperCase(), ops.password);

  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({
    user: { user_id: ops.user.user_id, role: "ops", signed_in_at: expect.any(String) },
    organization: { organization_id: ops.user.organization_id },
  });
  expect(response.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax$/);
});

test("the cookie says who asks until it is taken back", async () => {
  const cookie = await signIn(town, ops);

  const before = await send(town, "GET /v1/session", { headers: { cookie } });
  const signedOut = await send(town, "DELETE /v1/session", { headers: { cookie } });
  const after = await send(town, "GET /v1/session", { headers: { cookie } });

  expect(await before.json()).toMatchObject({ user: { email: ops.user.email } });
  expect(signedOut.headers.get("set-cookie")).toMatch(/^kerbside_session=; Path=\/; Max-Age=0/);
  expect([before.status, signedOut.status, after.status]).toEqual([200, 204, 401]);
});

test("a request with a credential of its own is not the session's, whatever cookie the browser adds", async () => {
  const cookie = await signIn(town, ops);

  const { status } = await send(town, "GET /v1/session", {
    headers: { cookie, authorization: "Bearer trk_of-a-link" },
  });

  expect(status).toBe(401);
});

test("a cookie that was there before the sign-in, planted or not, is worth nothing after it", async () => {
  const planted = await signIn(town, admin);
  const never = `kerbside_session=${"a".repeat(43)}`;
  const body = { email: ops.user.email, password: ops.password };

  const [first, second] = await Promise.all(
    [planted, never].map((cookie) => send(town, "POST /v1/session", { body, headers: { cookie } })),
  );

  const issued = [first, second].map((response) => response?.headers.get("set-cookie")?.split(";")[0]);
  expect(issued).not.toContain(planted);
  expect(issued).not.toContain(never);
  for (const cookie of [planted, never]) {
    expect((await send(town, "GET /v1/session", { headers: { cookie } })).status).toBe(401);
  }
});

test("a session ends after a week and its row with the next sign-in", async () => {
  const cookie = await signIn(town, ops);

  await town.clock.advance(sessionLifeMs + 1);
  const late = await send(town, "GET /v1/session", { headers: { cookie } });
  await signIn(town, admin);

  expect(late.status).toBe(401);
  expect(await town.db.select().from(session)).toHaveLength(1);
});

test("the answer does not tell whether anybody has the e-mail", async () => {
  const wrong = await attempt(town, ops.user.email, "not the password");
  const unknown = await attempt(town, "nobody@example.com", "not the password");

  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  const told = async (response: Response) => (await response.text()).replace(/"req_[^"]+"/, "");
  expect(await told(wrong)).toBe(await told(unknown));
});

test("after ten failures even the right password waits until the window is over", async () => {
  for (let i = 0; i < failuresMax; i += 1) await attempt(town, ops.user.email, "wrong");

  const limited = await attempt(town, ops.user.email, ops.password);
  await town.clock.advance(failureWindowMs + 1);
  const later = await attempt(town, ops.user.email, ops.password);

  expect(limited.status).toBe(429);
  expect(await limited.json()).toMatchObject({
    code: "rate_limited",
    detail: "too many failed sign-ins with this e-mail; try again in 15 minutes",
    details: { retry_after_s: 900 },
  });
  expect(limited.headers.get("retry-after")).toBe("900");
  expect(later.status).toBe(201);
});

test("many guesses at once are no more than ten", async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => attempt(town, ops.user.email, "wrong")));

  const looked = answers.filter((response) => response.status === 401);
  expect(looked.length).toBeLessThanOrEqual(failuresMax);
});

test("a success forgives the failures before it", async () => {
  for (let i = 1; i < failuresMax; i += 1) await attempt(town, ops.user.email, "wrong");
  await signIn(town, ops);

  for (let i = 1; i < failuresMax; i += 1) await attempt(town, ops.user.email, "wrong");

  expect((await attempt(town, ops.user.email, ops.password)).status).toBe(201);
});

test.each([
  ["another page", { "sec-fetch-site": "cross-site" }],
  ["an old browser on another page", { "sec-fetch-site": "", origin: "https://evil.example" }],
])("%s cannot sign a visitor in", async (_title, headers) => {
  const body = { email: ops.user.email, password: ops.password };

  const response = await send(town, "POST /v1/session", { body, headers });

  expect(response.status).toBe(403);
  expect(response.headers.get("set-cookie")).toBeNull();
});

test("another page can neither write with a visitor's cookie nor keep it from reading", async () => {
  const cookie = await signIn(town, admin);
  const headers = { cookie, "sec-fetch-site": "cross-site" };

  const write = await send(town, `DELETE /v1/users/${ops.user.user_id}/sessions`, { headers });
  const read = await send(town, "GET /v1/users", { headers });

  expect([write.status, read.status]).toEqual([403, 200]);
  expect(await write.json()).toMatchObject({ code: "forbidden", detail: expect.stringContaining("our own pages") });
});

const writes = Object.entries<Endpoint>(accountsRoutes).filter(
  ([, { method, access }]) => method !== "get" && access !== "public" && access.some((who) => who.startsWith("user")),
);

test.each(writes)("a foreign page, a form and a page without an origin cannot cause %s", async (_name, endpoint) => {
  const cookie = await signIn(town, admin);
  const path = fillPath(endpoint.path, { user_id: ops.user.user_id, key_id: ops.user.user_id });
  const init = { method: endpoint.method.toUpperCase(), body: endpoint.body ? "{}" : null };
  const foreign = [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, { origin: "null" }, {}];

  const answers = await Promise.all(
    foreign.map((headers) =>
      town.request(path, { ...init, headers: { cookie, "content-type": "application/json", ...headers } }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect((await send(town, "GET /v1/session", { headers: { cookie } })).status).toBe(200);
});

test("whoever is disabled is out at once and stays out", async () => {
  const cookie = await signIn(town, ops);

  await town.client(admin.principal).updateUser({ params: { user_id: ops.user.user_id }, body: { disabled: true } });

  expect((await send(town, "GET /v1/session", { headers: { cookie } })).status).toBe(401);
  expect((await attempt(town, ops.user.email, ops.password)).status).toBe(401);
});

test("a changed role counts for the session that is there", async () => {
  const cookie = await signIn(town, ops);

  const before = await send(town, "GET /v1/users", { headers: { cookie } });
  await town.client(admin.principal).updateUser({ params: { user_id: ops.user.user_id }, body: { role: "admin" } });
  const after = await send(town, "GET /v1/users", { headers: { cookie } });

  expect([before.status, after.status]).toEqual([403, 200]);
});

test("a new password ends every session but the one it was chosen in", async () => {
  const here = await signIn(town, ops);
  const there = await signIn(town, ops);
  const body = { current_password: ops.password, new_password: "a longer sentence" };

  const changed = await send(town, "POST /v1/session/password", { body, headers: { cookie: here } });

  const statuses = await Promise.all(
    [here, there].map((cookie) => send(town, "GET /v1/session", { headers: { cookie } })),
  );
  expect(changed.status).toBe(204);
  expect(statuses.map(({ status }) => status)).toEqual([200, 401]);
  expect((await attempt(town, ops.user.email, ops.password)).status).toBe(401);
  expect((await attempt(town, ops.user.email, "a longer sentence")).status).toBe(201);
});

test("a new password needs the present one and twelve characters", async () => {
  const cookie = await signIn(town, ops);
  const change = (current_password: string, new_password: string) =>
    send(town, "POST /v1/session/password", { body: { current_password, new_password }, headers: { cookie } });

  const wrong = await change("not it", "a longer sentence");
  const short = await change(ops.password, "short");

  expect([wrong.status, short.status]).toEqual([401, 400]);
  expect(await short.json()).toMatchObject({ errors: [{ pointer: "/new_password" }] });
});

test("neither passwords nor sessions can be read from the database", async () => {
  const cookie = await signIn(town, ops);

  const stored = JSON.stringify([await town.db.select().from(session), await town.db.select().from(userAccount)]);

  expect(stored).not.toContain(cookie.split("=")[1]);
  expect(stored).not.toContain(ops.password);
});

test.each([
  ["no address at all", { email: "ops", password: "x" }, "/email"],
  ["no password", { email: "ops@example.com" }, "/password"],
  ["a password of a megabyte's size", { email: "ops@example.com", password: "x".repeat(10_000) }, "/password"],
  ["a role for oneself", { email: "ops@example.com", password: "x", role: "admin" }, "/role"],
])("signing in with %s is refused by name", async (_title, body, pointer) => {
  const response = await send(town, "POST /v1/session", { body });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
});

test("without a session nobody is signed in", async () => {
  expect(await refusal(town.client(null).getSession({}))).toBe("unauthenticated");
  expect(await refusal(town.client(null).signOut({}))).toBe("unauthenticated");
});

test("sign-ins are counted by what became of them", async () => {
  town.registry.resetMetrics();
  await signIn(town, ops);
  await attempt(town, ops.user.email, "wrong");
  await attempt(town, "nobody@example.com", "wrong");

  const counted = await town.registry.getSingleMetricAsString("accounts_sign_ins_total");

  expect(counted).toContain('{outcome="signed_in"} 1');
  expect(counted).toContain('{outcome="password"} 1');
  expect(counted).toContain('{outcome="unknown"} 1');
});
