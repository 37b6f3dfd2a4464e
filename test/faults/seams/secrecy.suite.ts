import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSecrets } from "@kerbside/cloud-host/secrets.node";
import { createClient } from "@kerbside/proto/base/client.http";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Errand } from "../world/errand.ts";
import type { Tenant } from "../world/tenant.ts";
import type { World } from "../world/world.ts";

/** What was said in confidence, and every place where it must not turn up. Runs last, when everything has happened. */
export function secrecySuite(world: () => World, errand: () => Errand): void {
  let secrets: readonly (readonly [what: string, secret: string])[];
  beforeAll(async () => {
    secrets = await saidInConfidence(world(), errand());
  });
  const told = (text: string, except: readonly string[] = []): readonly string[] =>
    secrets.filter(([what, secret]) => !except.includes(what) && occurs(secret, text)).map(([what]) => what);

  test("the log at its most talkative has none of it, nor anything that looks like it", () => {
    const log = world().log();

    expect(log).toContain(errand().robotId);
    expect(told(log)).toEqual([]);
    expect(
      log.match(/eyJ[\w-]{20,}\.[\w-]{20,}|kbs_\w+_[\w-]{43}|(?:kbt|trk)_[\w-]{43}|whsec_|PRIVATE KEY/),
    ).toBeNull();
  });

  test("the measures have none of it", async () => {
    const metrics = await (await fetch(`${world().platform.url}/metrics`)).text();

    expect(metrics).toContain("kerbside_");
    expect(told(metrics)).toEqual([]);
  });

  test("the audit log has none of it, and names who had the lid opened", async () => {
    const { people } = errand().tenant;
    const headers = () => people.admin.session;
    const accounts = createClient(accountsRoutes, { baseUrl: world().platform.url, headers });

    const { items } = await accounts.listAuditEntries({ query: { limit: 200 } });

    expect(told(JSON.stringify(items))).toEqual([]);
    const opened = items.filter(({ action }) => action === "deliveries/lid_opening_requested");
    expect(opened.map(({ actor }) => actor)).toEqual([{ kind: "merchant", id: people.merchant.id }]);
  });

  test("no event between services has any of it", async () => {
    expect(told(await wordsIn(world(), /\.outbox$/))).toEqual([]);
  });

  test("what a partner is told has the customer's link alone", async () => {
    const messages = await wordsIn(world(), /\.webhook_message$/);

    expect(told(messages, ["a link"])).toEqual([]);
  });

  test("no table holds a password, a session, a key, a token or a claim code as it was said", async () => {
    const signs = ["a signing key", "a signature", "a link", "a code"];

    expect(told(await wordsIn(world(), /./), signs)).toEqual([]);
  });

  describe("a refusal does not repeat", () => {
    const secret = "kbs_live_vErY-SeCrEt-WoRd-0123456789abcdefghijklmno";
    const json = { "content-type": "application/json" };
    const post = (body: string, headers = json) => ({ method: "POST", body, headers });
    test.each([
      ["a password that is wrong", "/v1/session", post(JSON.stringify({ email: "a@b.example", password: secret }))],
      ["a password in the wrong field", "/v1/session", post(JSON.stringify({ email: secret, password: 7 }))],
      ["a password in a broken body", "/v1/session", post(`{"email":"a@b.example","password":${secret}}`)],
      ["a key that is wrong", "/v1/deliveries", { headers: { authorization: `Bearer ${secret}` } }],
      ["a key in the address", `/v1/deliveries?key=${secret}`, {}],
      ["a claim code", "/v1/robots/enrol", post(JSON.stringify({ claim_code: secret, public_key: "x" }))],
      ["an idempotency key", "/v1/session", { ...post("{}"), headers: { ...json, "idempotency-key": `${secret} ` } }],
      [
        "a client's secret",
        "/oauth/v2/token",
        {
          method: "POST",
          body: new URLSearchParams({ grant_type: "client_credentials", client_id: "x", client_secret: secret }),
        },
      ],
    ] satisfies readonly (readonly [string, string, RequestInit])[])("%s", async (_what, path, init) => {
      const response = await fetch(`${world().platform.url}${path}`, init);
      const text = await response.text();

      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(text.toLowerCase()).not.toMatch(/very-secret|kbs_live/);
    });
  });
}

async function saidInConfidence(world: World, errand: Errand): Promise<readonly (readonly [string, string])[]> {
  const { platform, aspan, boran, dataDir, sql, webhook } = world;
  const tenants = [aspan, boran, errand.tenant];
  const people = tenants.flatMap((tenant) => [...Object.values(tenant.people), tenant.southerner]);
  const partners = [...tenants.flatMap(({ first, second }) => [first, second]), world.testKey, world.narrowKey];
  const integrations = createClient(integrationsRoutes, { baseUrl: platform.url, headers: () => aspan.first.bearer });
  const { signing_key } = await integrations.rotateWebhookKey({ params: { endpoint_id: webhook } });
  const mirrored = await sql("select body from robot_gateway.mirror where kind in ('grant', 'command')");
  const signed = mirrored.flatMap(({ body }) => (typeof body === "string" ? [Signed.parse(JSON.parse(body))] : []));
  const identity = Identity.parse(JSON.parse(await readFile(join(errand.dataDir, "identity.json"), "utf8")));
  const installation = await openSecrets(dataDir, null);
  const said: Readonly<Record<string, readonly string[]>> = {
    "a password": people.map(({ password }) => password),
    "a session": people.map(({ session }) => session["cookie"]?.split("=")[1] ?? ""),
    "a partner's secret": partners.map(({ secret }) => secret),
    "a partner's token": [await tokenFor(world, errand.tenant)],
    "a robot's token": tenants.map(({ robot }) => robot.token),
    "a robot's key": [identity.private_key.split("\n")[1] ?? ""],
    "a claim code": [errand.claimCode],
    "a link": [world.viewLink.token, world.unlockLink.token, world.otherLink.token, errand.linkToken],
    "a code": [...errand.codes],
    "a signing key": [signing_key],
    "a signature": signed.map(({ signature }) => signature),
    "the broker's password": [installation.password("broker")],
  };
  return Object.entries(said).flatMap(([what, all]) => all.map((secret) => [what, secret] as const));
}

const Signed = z.object({ signature: z.string() });
const Identity = z.object({ private_key: z.string() });
const TokenAnswer = z.object({ access_token: z.string() });

/** Every row of the tables that are asked for, as text. */
async function wordsIn({ sql }: World, which: RegExp): Promise<string> {
  const tables = await sql("select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables");
  const wanted = tables.map(({ name }) => String(name)).filter((name) => which.test(name));
  const texts = wanted.map((name) => `select string_agg(each::text, ' ') as words from ${name} each`);
  return (await sql(texts.join(" union all "))).map(({ words }) => String(words)).join("\n");
}

async function tokenFor({ platform }: World, { first }: Tenant): Promise<string> {
  const form = { grant_type: "client_credentials", client_id: first.clientId, client_secret: first.secret };
  const response = await fetch(`${platform.url}/oauth/v2/token`, { method: "POST", body: new URLSearchParams(form) });
  return TokenAnswer.parse(await response.json()).access_token;
}

/** Six digits may stand in a longer number by chance; everything else is long enough to be itself. */
function occurs(secret: string, text: string): boolean {
  if (secret === "") throw new Error("an empty secret is found everywhere");
  return /^\d{6}$/.test(secret) ? new RegExp(`(?<![\\w.-])${secret}(?![\\w-])`).test(text) : text.includes(secret);
}
