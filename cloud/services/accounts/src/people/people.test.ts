import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { attempt, refusal, send, service, settle, signIn, startTown, type Town } from "../town.harness.ts";

const store = "01890000-0000-7000-8000-000000000003";
const absent = "01890000-0000-7000-8000-00000000dead";

let town: Town;
beforeAll(async () => {
  town = await startTown(inject("postgresUrl"));
});
afterAll(() => town[Symbol.asyncDispose]());

const someone = () => `${crypto.randomUUID()}@example.com`;

test("a new organization comes with people whose generated passwords work", async () => {
  const users = [
    { email: someone(), name: "Aliya", role: "admin" as const },
    { email: someone(), name: "Dana", role: "merchant" as const, store_ids: [store] },
  ];

  const made = await town.client(service).createOrganization({ body: { name: "Kerbside Astana", users } });

  expect(made.organization.name).toBe("Kerbside Astana");
  expect(made.users.map(({ user }) => user)).toMatchObject([
    { email: users[0]?.email, role: "admin", store_ids: [] },
    { email: users[1]?.email, role: "merchant", store_ids: [store] },
  ]);
  for (const { user, password } of made.users) {
    expect((await attempt(town, user.email, password ?? "")).status).toBe(201);
  }
  expect(new Set(made.users.map(({ password }) => password)).size).toBe(2);
});

test("of many who open the first organization at once, one does", async () => {
  await using fresh = await startTown(inject("postgresUrl"));
  const open = () =>
    fresh.client(service).createOrganization({
      body: { name: "First", is_first: true, users: [{ email: someone(), name: "Aliya", role: "admin" }] },
    });

  const outcomes = await Promise.allSettled([open(), open(), open()]);

  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused.map(({ reason }) => reason)).toEqual([
    expect.objectContaining({ code: "organization_exists" }),
    expect.objectContaining({ code: "organization_exists" }),
  ]);
});

test("seeding again adds who is missing and shows no password of who was there", async () => {
  const organization_id = crypto.randomUUID();
  const aliya = { email: someone(), name: "Aliya", role: "admin" as const };
  const bulat = { email: someone(), name: "Bulat", role: "ops" as const };
  const seed = (users: readonly (typeof aliya | typeof bulat)[]) =>
    town.client(service).createOrganization({ body: { organization_id, name: "Kerbside", users: [...users] } });

  const first = await seed([aliya]);
  const second = await seed([aliya, bulat]);

  expect(second.organization).toEqual(first.organization);
  expect(second.users.map(({ user, password }) => [user.name, password !== null])).toEqual([
    ["Aliya", false],
    ["Bulat", true],
  ]);
  expect(await signIn(town, { user: aliyaOf(first), password: first.users[0]?.password ?? "" })).toBeTruthy();
});

test("an organization with somebody else's person is not half made", async () => {
  const { ops } = await settle(town, "ops");
  const organization_id = crypto.randomUUID();
  const fresh = { email: someone(), name: "Aliya", role: "admin" as const };
  const taken = { email: ops.user.email, name: "Ops", role: "ops" as const };
  const seed = (users: readonly (typeof fresh | typeof taken)[]) =>
    town.client(service).createOrganization({ body: { organization_id, name: "Other", users: [...users] } });

  expect(await refusal(seed([fresh, taken]))).toBe("email_taken");
  expect(await refusal(seed([fresh, fresh]))).toBe("email_taken");

  expect((await seed([fresh])).users[0]?.password).not.toBeNull();
});

test("only a service makes organizations", async () => {
  const { admin } = await settle(town, "admin");
  const body = { name: "Mine", users: [{ email: someone(), name: "Me", role: "admin" as const }] };

  expect(await refusal(town.client(admin.principal).createOrganization({ body }))).toBe("forbidden");
  expect(await refusal(town.client(null).createOrganization({ body }))).toBe("unauthenticated");
});

test("an admin adds a person, who can sign in", async () => {
  const { admin } = await settle(town, "admin");
  const body = { email: ` ${someone().toUpperCase()} `, name: "Pilot", role: "pilot" as const };

  const added = await town.client(admin.principal).createUser({ body });

  expect(added.user).toMatchObject({
    email: body.email.trim().toLowerCase(),
    organization_id: admin.user.organization_id,
  });
  expect((await attempt(town, added.user.email, added.password ?? "")).status).toBe(201);
});

test("an e-mail belongs to one person of all organizations", async () => {
  const { admin } = await settle(town, "admin");
  const { ops } = await settle(town, "ops");
  const body = { email: ops.user.email, name: "Twin", role: "ops" as const };

  expect(await refusal(town.client(admin.principal).createUser({ body }))).toBe("email_taken");
});

test("a service adds people where it says, if there is such a place", async () => {
  const { admin } = await settle(town, "admin");
  const { organization_id } = admin.user;
  const body = { email: someone(), name: "Mechanic", role: "mechanic" as const };
  const client = town.client(service);

  const { user } = await client.createUser({ body: { ...body, organization_id } });

  expect(user.organization_id).toBe(organization_id);
  expect(await refusal(client.createUser({ body: { ...body, organization_id: absent } }))).toBe(
    "organization_not_found",
  );
  expect(await refusal(client.createUser({ body }))).toBe("invalid_request");
});

test("people are listed in pages, oldest first, without their passwords", async () => {
  const { admin } = await settle(town, "admin", "ops", "pilot");
  const client = town.client(admin.principal);

  const first = await client.listUsers({ query: { limit: 2 } });
  const second = await client.listUsers({ query: { limit: 2, cursor: first.next_cursor ?? "" } });

  expect([...first.items, ...second.items].map(({ role }) => role).sort()).toEqual(["admin", "ops", "pilot"]);
  expect(second.next_cursor).toBeNull();
  expect(JSON.stringify(first)).not.toContain("password");
});

test("the last admin who can sign in stays one", async () => {
  const { admin, ops } = await settle(town, "admin", "ops");
  const client = town.client(admin.principal);
  const params = { user_id: admin.user.user_id };

  expect(await refusal(client.updateUser({ params, body: { disabled: true } }))).toBe("last_admin");
  await client.updateUser({ params: { user_id: ops.user.user_id }, body: { role: "admin" } });

  expect(await client.updateUser({ params, body: { role: "ops" } })).toMatchObject({ role: "ops" });
});

test("two admins who disable each other at once leave one", async () => {
  const { admin, ops } = await settle(town, "admin", "ops");
  const client = town.client(admin.principal);
  await client.updateUser({ params: { user_id: ops.user.user_id }, body: { role: "admin" } });

  const outcomes = await Promise.allSettled(
    [admin, ops].map(({ user }) => client.updateUser({ params: { user_id: user.user_id }, body: { disabled: true } })),
  );

  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a reset password works, the old one does not, and whoever was signed in is out", async () => {
  const { admin, ops } = await settle(town, "admin", "ops");
  const cookie = await signIn(town, ops);

  const reset = await town.client(admin.principal).resetPassword({ params: { user_id: ops.user.user_id } });

  expect((await send(town, "GET /v1/session", { headers: { cookie } })).status).toBe(401);
  expect((await attempt(town, ops.user.email, ops.password)).status).toBe(401);
  expect((await attempt(town, ops.user.email, reset.password ?? "")).status).toBe(201);
});

test("an admin signs somebody out everywhere", async () => {
  const { admin, ops } = await settle(town, "admin", "ops");
  const cookies = [await signIn(town, ops), await signIn(town, ops)];

  await town.client(admin.principal).endSessions({ params: { user_id: ops.user.user_id } });

  const answers = await Promise.all(cookies.map((cookie) => send(town, "GET /v1/session", { headers: { cookie } })));
  expect(answers.map(({ status }) => status)).toEqual([401, 401]);
});

test("people of another organization are not there", async () => {
  const { admin } = await settle(town, "admin");
  const { ops: stranger } = await settle(town, "ops");
  const client = town.client(admin.principal);
  const params = { user_id: stranger.user.user_id };

  expect(await refusal(client.updateUser({ params, body: { role: "admin" } }))).toBe("user_not_found");
  expect(await refusal(client.resetPassword({ params }))).toBe("user_not_found");
  expect(await refusal(client.endSessions({ params }))).toBe("user_not_found");
  const body = {
    email: someone(),
    name: "Spy",
    role: "admin" as const,
    organization_id: stranger.user.organization_id,
  };
  expect(await refusal(client.createUser({ body }))).toBe("forbidden");
  expect((await client.listUsers({ query: {} })).items).toHaveLength(1);
});

test.each(["ops", "pilot", "mechanic", "merchant"] as const)("%s manages nobody", async (role) => {
  const residents = await settle(town, role);
  const { principal, user } = residents[role];
  const client = town.client(principal);
  const params = { user_id: user.user_id };

  expect(await refusal(client.listUsers({ query: {} }))).toBe("forbidden");
  expect(await refusal(client.updateUser({ params, body: { role: "admin" } }))).toBe("forbidden");
  expect(await refusal(client.resetPassword({ params }))).toBe("forbidden");
});

test.each([
  ["a role that nobody has", { role: "root" }, "/role"],
  ["an address without a host", { email: "aliya" }, "/email"],
  ["a store that is no id", { store_ids: ["1"] }, "/store_ids/0"],
  ["a name of nothing but spaces", { name: "   " }, "/name"],
  ["a password of their own", { password: "let me in" }, "/password"],
])("a person with %s is refused by name", async (_title, wrong, pointer) => {
  const { admin } = await settle(town, "admin");
  const cookie = await signIn(town, admin);
  const body = { email: someone(), name: "X", role: "ops", ...wrong };

  const response = await send(town, "POST /v1/users", { body, headers: { cookie } });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
});

function aliyaOf({ users }: { users: readonly { user: Parameters<typeof signIn>[1]["user"] }[] }) {
  const [first] = users;
  if (!first) throw new Error("nobody was made");
  return first.user;
}
