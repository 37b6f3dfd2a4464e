import { auditEntry as auditEvent } from "@kerbside/proto/events/accounts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { failuresMax } from "../sessions/sign-in-limit.pg.ts";
import { auditEntry } from "../tables.ts";
import { attempt, refusal, type Resident, settle, signIn, startTown, type Town } from "../town.harness.ts";

const robot = "01890000-0000-7000-8000-0000000000a1";

let town: Town;
let admin: Resident;
beforeAll(async () => {
  town = await startTown(inject("postgresUrl"));
});
beforeEach(async () => {
  ({ admin } = await settle(town, "admin"));
});
afterAll(() => town[Symbol.asyncDispose]());

/** What another service says that somebody did. */
function told(action: string, { minute, event_id }: { minute: number; event_id?: string }) {
  return town.deliver(auditEvent, {
    ...(event_id ? { event_id } : {}),
    subject_id: robot,
    organization_id: admin.user.organization_id,
    event_time: new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString(),
    actor: { kind: "user", id: admin.user.user_id },
    causation_id: "req_stolen",
    body: { action, subject_kind: "robot", subject_id: robot, details: { reason: "stolen" } },
  });
}

const list = (query: object = {}) => town.client(admin.principal).listAuditEntries({ query });
const actions = async (query: object = {}) => (await list(query)).items.map(({ action }) => action);

test("what was done here is in the log with who did it", async () => {
  const client = town.client(admin.principal);
  await signIn(town, admin);
  const { user } = await client.createUser({
    body: { email: `${crypto.randomUUID()}@example.com`, name: "X", role: "ops" },
  });
  await client.updateUser({ params: { user_id: user.user_id }, body: { role: "pilot", disabled: true } });
  await client.resetPassword({ params: { user_id: user.user_id } });
  const { key } = await client.createApiKey({ body: { partner_name: "Uber Eats" } });
  await client.rotateApiKey({ params: { key_id: key.key_id } });
  await client.revokeApiKey({ params: { key_id: key.key_id } });

  const { items } = await list({ actor_id: admin.user.user_id });

  expect(new Set(items.map(({ action }) => action))).toEqual(
    new Set([
      "api-keys/revoked",
      "api-keys/rotated",
      "api-keys/created",
      "users/password_changed",
      "users/changed",
      "users/created",
      "sessions/started",
    ]),
  );
  expect(items.find(({ action }) => action === "users/changed")).toMatchObject({
    actor: { kind: "user", id: admin.user.user_id },
    subject_kind: "user",
    subject_id: user.user_id,
    details: {
      before: { role: "ops", disabled_at: null },
      after: { role: "pilot", disabled_at: expect.any(String) },
    },
    causation_id: expect.stringMatching(/^req_/),
  });
});

test("who did not get in is in the log of those whose account it is, and a lockout once", async () => {
  const { admin: owner, ops } = await settle(town, "admin", "ops");
  for (let tries = 0; tries < failuresMax + 3; tries += 1) await attempt(town, ops.user.email, "wrong password");
  await attempt(town, `${crypto.randomUUID()}@example.com`, "wrong password");

  const { items } = await town.client(owner.principal).listAuditEntries({ query: { subject_id: ops.user.user_id } });

  const refused = items.filter(({ action }) => action === "sessions/refused");
  const locked = items.filter(({ action }) => action === "sessions/locked_out");
  expect(refused).toHaveLength(failuresMax);
  expect(refused[0]).toMatchObject({ actor: { kind: "service", id: "accounts" }, details: { reason: "password" } });
  expect(locked).toMatchObject([{ details: { for_s: 900 }, causation_id: expect.stringMatching(/^req_/) }]);
  expect(JSON.stringify(items)).not.toContain("wrong password");
});

test("no secret gets into the log", async () => {
  const client = town.client(admin.principal);
  const email = `${crypto.randomUUID()}@example.com`;
  const { password } = await client.createUser({ body: { email, name: "X", role: "ops" } });
  const { client_secret } = await client.createApiKey({ body: { partner_name: "Uber Eats" } });

  const log = JSON.stringify(await town.db.select().from(auditEntry));

  expect(log).not.toContain(password);
  expect(log).not.toContain(client_secret);
});

test("what other services say is kept once, however often they say it", async () => {
  const event_id = crypto.randomUUID();

  await told("devices/revoked", { minute: 0, event_id });
  await told("devices/revoked", { minute: 0, event_id });

  const { items } = await list({ subject_id: robot });
  expect(items).toEqual([
    {
      entry_id: event_id,
      organization_id: admin.user.organization_id,
      actor: { kind: "user", id: admin.user.user_id },
      action: "devices/revoked",
      subject_kind: "robot",
      subject_id: robot,
      details: { reason: "stolen" },
      causation_id: "req_stolen",
      event_time: "2026-01-05T10:00:00.000Z",
      recorded_time: expect.any(String),
    },
  ]);
});

test("the log is read newest first, in pages, and by what is asked for", async () => {
  for (const [minute, action] of ["lids/opened", "robots/moved", "lids/closed", "robots/stopped"].entries()) {
    await told(action, { minute });
  }

  const first = await list({ subject_id: robot, limit: 3 });
  const second = await list({ subject_id: robot, limit: 3, cursor: first.next_cursor });

  expect([...first.items, ...second.items].map(({ action }) => action)).toEqual([
    "robots/stopped",
    "lids/closed",
    "robots/moved",
    "lids/opened",
  ]);
  expect(second.next_cursor).toBeNull();
  expect(await actions({ action: "lids/opened" })).toEqual(["lids/opened"]);
  expect(await actions({ subject_id: robot, after: "2026-01-05T10:02:00Z" })).toEqual([
    "robots/stopped",
    "lids/closed",
  ]);
  expect(await actions({ subject_id: robot, before: "2026-01-05T10:01:00Z" })).toEqual(["lids/opened"]);
  expect(await actions({ actor_id: "nobody" })).toEqual([]);
});

test("another organization's log is not there", async () => {
  await told("devices/revoked", { minute: 0 });
  const { admin: stranger } = await settle(town, "admin");

  const { items } = await town.client(stranger.principal).listAuditEntries({ query: { subject_id: robot } });

  expect(items).toEqual([]);
});

test("the log is for admins", async () => {
  const { ops } = await settle(town, "ops");

  expect(await refusal(town.client(ops.principal).listAuditEntries({ query: {} }))).toBe("forbidden");
});

test.each([
  ["changed", sql`update audit_entry set actor_id = 'nobody'`],
  ["taken out", sql`delete from audit_entry`],
])("nothing in the log can be %s", async (_title, statement) => {
  const before = await town.db.select().from(auditEntry);

  await expect(town.db.execute(statement)).rejects.toMatchObject({
    cause: { message: expect.stringContaining("the audit log is append-only") },
  });

  expect(await town.db.select().from(auditEntry)).toEqual(before);
});

test.each(["before=yesterday", "limit=201", "cursor=x"])("?%s is refused", async (query) => {
  const response = await town.request(`/v1/audit?${query}`, {}, admin.principal);

  expect(response.status).toBe(400);
});
