import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { apiKey, partnerToken } from "../tables.ts";
import { refusal, type Resident, service, settle, startTown, type Town } from "../town.harness.ts";
import { rotationGraceMs, tokenLifeMs, tokensMax } from "./api-key.ts";

let town: Town;
let admin: Resident;
beforeAll(async () => {
  town = await startTown(inject("postgresUrl"));
});
beforeEach(async () => {
  ({ admin } = await settle(town, "admin"));
});
afterAll(() => town[Symbol.asyncDispose]());

const asAdmin = () => town.client(admin.principal);
const newKey = () => asAdmin().createApiKey({ body: { partner_name: "Uber Eats" } });

/** What the partner's authenticator makes of a bearer token. */
async function shown(bearer: string) {
  const request = new Request("http://service.test/v1/quotes", { headers: { authorization: `Bearer ${bearer}` } });
  for (const { name, authenticate } of town.wired.authenticators ?? []) {
    if (name === "partner") return authenticate(request).catch(() => "refused");
  }
}

test("a key's secret is shown once and speaks for its partner", async () => {
  const { key, client_secret } = await newKey();

  expect(key).toMatchObject({
    organization_id: admin.user.organization_id,
    partner_name: "Uber Eats",
    name: "default",
    scopes: ["eats.deliveries"],
    live: true,
    last_used_at: null,
    revoked_at: null,
  });
  expect(await shown(client_secret)).toEqual({
    kind: "partner",
    id: key.partner_id,
    organizationId: key.organization_id,
    scopes: ["eats.deliveries"],
    live: true,
  });
  expect(JSON.stringify(await town.db.select().from(apiKey))).not.toContain(client_secret);
});

test("a test key says so by its secret and in what it speaks for", async () => {
  const { client_secret } = await asAdmin().createApiKey({ body: { partner_name: "Uber Eats", live: false } });

  expect(client_secret).toMatch(/^kbs_test_/);
  expect(await shown(client_secret)).toMatchObject({ live: false });
});

test("a partner's second key speaks for the same partner", async () => {
  const first = await newKey();
  const body = { partner_id: first.key.partner_id, partner_name: "ignored", name: "second" };

  await town.clock.advance(1);
  const second = await asAdmin().createApiKey({ body });

  expect(second.key).toMatchObject({ partner_id: first.key.partner_id, partner_name: "Uber Eats", name: "second" });
  const listed = await asAdmin().listApiKeys({ query: { partner_id: first.key.partner_id } });
  expect(listed.items.map(({ name }) => name)).toEqual(["default", "second"]);
});

test("a token stands for its key, within the scopes it asked for", async () => {
  const body = { partner_name: "Uber Eats", scopes: ["eats.deliveries", "direct.organizations"] as const };
  const { key, client_secret } = await asAdmin().createApiKey({ body: { ...body, scopes: [...body.scopes] } });
  const credentials = { client_id: key.client_id, client_secret };

  const token = await town.client(service).issuePartnerToken({ body: { ...credentials, scopes: ["eats.deliveries"] } });

  expect(token).toMatchObject({
    expires_in_s: 2_592_000,
    scopes: ["eats.deliveries"],
    partner: { partner_id: key.partner_id, key_id: key.key_id, scopes: ["eats.deliveries"] },
  });
  expect(await shown(token.access_token)).toMatchObject({ id: key.partner_id, scopes: ["eats.deliveries"] });
  expect(await town.client(service).authenticateApiKey({ body: credentials })).toEqual({
    partner_id: key.partner_id,
    organization_id: key.organization_id,
    key_id: key.key_id,
    scopes: body.scopes,
    live: true,
  });
});

test("a token ends after thirty days", async () => {
  const { key, client_secret } = await newKey();
  const body = { client_id: key.client_id, client_secret };
  const { access_token } = await town.client(service).issuePartnerToken({ body });

  await town.clock.advance(tokenLifeMs + 1);

  expect(await shown(access_token)).toBe("refused");
});

test("a key's oldest tokens give way to new ones", async () => {
  const { key, client_secret } = await newKey();
  const body = { client_id: key.client_id, client_secret };
  const tokens: string[] = [];
  for (let i = 0; i <= tokensMax; i += 1) {
    await town.clock.advance(1);
    tokens.push((await town.client(service).issuePartnerToken({ body })).access_token);
  }

  const rows = (await town.db.select().from(partnerToken)).filter((row) => row.key_id === key.key_id);

  expect(rows).toHaveLength(tokensMax);
  expect(await shown(tokens[0] ?? "")).toBe("refused");
  expect(await shown(tokens[1] ?? "")).toMatchObject({ kind: "partner" });
});

test("a revoked key and its tokens are refused at once", async () => {
  const { key, client_secret } = await newKey();
  const body = { client_id: key.client_id, client_secret };
  const { access_token } = await town.client(service).issuePartnerToken({ body });

  const revoked = await asAdmin().revokeApiKey({ params: { key_id: key.key_id } });
  const again = await asAdmin().revokeApiKey({ params: { key_id: key.key_id } });

  expect(revoked.revoked_at).not.toBeNull();
  expect(again).toEqual(revoked);
  expect(await shown(client_secret)).toBe("refused");
  expect(await shown(access_token)).toBe("refused");
  expect(await refusal(town.client(service).issuePartnerToken({ body }))).toBe("key_refused");
  expect(await refusal(asAdmin().rotateApiKey({ params: { key_id: key.key_id } }))).toBe("key_revoked");
});

test("after a rotation the old secret works for a day", async () => {
  const { key, client_secret } = await newKey();

  const rotated = await asAdmin().rotateApiKey({ params: { key_id: key.key_id } });

  expect(await shown(client_secret)).toMatchObject({ id: key.partner_id });
  expect(await shown(rotated.client_secret)).toMatchObject({ id: key.partner_id });
  await town.clock.advance(rotationGraceMs + 1);
  expect(await shown(client_secret)).toBe("refused");
  expect(await shown(rotated.client_secret)).toMatchObject({ id: key.partner_id });
});

test("when a key was last used is known to the minute", async () => {
  const { key, client_secret } = await newKey();
  const usedAt = async () =>
    (await asAdmin().listApiKeys({ query: { partner_id: key.partner_id } })).items[0]?.last_used_at;

  await shown(client_secret);
  const first = await usedAt();
  await town.clock.advance(30_000);
  await shown(client_secret);
  const second = await usedAt();
  await town.clock.advance(30_000);
  await shown(client_secret);

  expect(first).not.toBeNull();
  expect(second).toBe(first);
  expect(await usedAt()).not.toBe(first);
});

test("a partner that asks without end is told to wait, and no other is", async () => {
  await using hasty = await startTown(inject("postgresUrl"), { partnerRate: { burst: 3, perS: 1 } });
  const { admin: owner } = await settle(hasty, "admin");
  const made = (live: boolean) =>
    hasty.client(owner.principal).createApiKey({ body: { partner_name: "Uber Eats", live } });
  const ask = ({ client_secret }: { client_secret: string }) =>
    hasty.request("/v1/audit", { headers: { authorization: `Bearer ${client_secret}` } });
  const [one, other] = [await made(true), await made(true)];

  const answers = await Promise.all([ask(one), ask(one), ask(one), ask(one)]);
  const spared = await ask(other);
  await hasty.clock.advance(1_000);

  expect(answers.filter(({ status }) => status === 403)).toHaveLength(3);
  expect(answers.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("1");
  expect([spared.status, (await ask(one)).status]).toEqual([403, 403]);
});

test("client id and secret have to belong together", async () => {
  const one = await newKey();
  const other = await newKey();
  const refused = (client_id: string, client_secret: string) =>
    refusal(town.client(service).issuePartnerToken({ body: { client_id, client_secret } }));

  expect(await refused(one.key.client_id, other.client_secret)).toBe("key_refused");
  expect(await refused(one.key.client_id, "")).toBe("key_refused");
  expect(await refused("nobody", one.client_secret)).toBe("key_refused");
});

test("a key grants no scope that it lacks", async () => {
  const { key, client_secret } = await newKey();
  const body = { client_id: key.client_id, client_secret, scopes: ["direct.organizations"] };

  expect(await refusal(town.client(service).issuePartnerToken({ body }))).toBe("scope_refused");
});

test.each(["kbs_live_unknown", "kbt_unknown", `kbs_test_${"a".repeat(43)}`])("%s is refused", async (bearer) => {
  expect(await shown(bearer)).toBe("refused");
});

test.each(["eyJhbGciOiJFZERTQSJ9.e30.c2ln", "abc", "", "kbs_live_' or 1=1"])(
  "%j is left to other authenticators",
  async (bearer) => {
    expect(await shown(bearer)).toBeNull();
  },
);

test("keys of another organization are not there, nor are its partners", async () => {
  const { key } = await newKey();
  const { admin: stranger } = await settle(town, "admin");
  const client = town.client(stranger.principal);
  const params = { key_id: key.key_id };

  expect(await refusal(client.revokeApiKey({ params }))).toBe("key_not_found");
  expect(await refusal(client.rotateApiKey({ params }))).toBe("key_not_found");
  const body = { partner_id: key.partner_id, partner_name: "Mine" };
  expect(await refusal(client.createApiKey({ body }))).toBe("partner_not_found");
  expect((await client.listApiKeys({ query: {} })).items).toEqual([]);
  const query = { organization_id: key.organization_id };
  expect(await refusal(client.listApiKeys({ query }))).toBe("forbidden");
  expect((await town.client(service).listApiKeys({ query })).items).toEqual([key]);
});

test("a key is for admins and services to make, and tokens for services alone", async () => {
  const { ops } = await settle(town, "ops");
  const { key, client_secret } = await newKey();
  const body = { client_id: key.client_id, client_secret };

  expect(await refusal(town.client(ops.principal).createApiKey({ body: { partner_name: "x" } }))).toBe("forbidden");
  expect(await refusal(asAdmin().issuePartnerToken({ body }))).toBe("forbidden");
  expect(await refusal(town.client(null).authenticateApiKey({ body }))).toBe("unauthenticated");
});

test("a service makes keys where it says, if there is such a place", async () => {
  const { organization_id } = admin.user;
  const partner_id = crypto.randomUUID();
  const client = town.client(service);

  const made = await client.createApiKey({ body: { partner_name: "Olo", partner_id, organization_id } });

  expect(made.key).toMatchObject({ partner_id, organization_id });
  const nowhere = { partner_name: "Olo", organization_id: crypto.randomUUID() };
  expect(await refusal(client.createApiKey({ body: nowhere }))).toBe("organization_not_found");
});

test.each([
  ["no scopes", { scopes: [] }],
  ["a scope that is not known", { scopes: ["root"] }],
  ["no partner's name", { partner_name: "" }],
])("a key with %s is refused", async (_title, wrong) => {
  const response = await town.request(
    "/v1/api-keys",
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ partner_name: "Uber Eats", ...wrong }),
    },
    admin.principal,
  );

  expect(response.status).toBe(400);
});
