import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { services } from "@kerbside/cloud-host/services";
import { createClient } from "@kerbside/proto/base/client.http";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { codeOf, send } from "../world/call.ts";
import { type Ground, openGround } from "../world/platform.node.ts";
import { type Partner, partnerKey } from "../world/tenant.ts";
import { listening, until, type World } from "../world/world.ts";

const { createWebhook } = integrationsRoutes;

/** Receivers of webhooks that lead to ourselves or to a neighbour. */
export function webhooksSuite(world: () => World): void {
  /** What must never be asked anything. */
  let trap: string;
  const trapped: string[] = [];
  const server = createServer((request, response) => {
    trapped.push(`${request.method} ${request.url}`);
    response.end();
  });
  beforeAll(async () => {
    trap = await listening(server);
  });
  afterAll(() => server.close());

  describe("an installation as it comes", () => {
    let ground: Ground;
    let partner: Partner;
    beforeAll(async () => {
      const some = services.filter(({ name }) => name === "accounts" || name === "integrations");
      ground = await openGround(inject("postgresUrl"), { services: some, settings: {} });
      const organization_id = randomUUID();
      const accounts = ground.platform.client("accounts", accountsRoutes);
      const users = [{ email: "admin@installation.example", name: "Admin", role: "admin" as const }];
      await accounts.createOrganization({ body: { organization_id, name: "Robots", users } });
      partner = await partnerKey(ground.platform, { organization_id, partner_name: "First" });
    });
    afterAll(() => ground[Symbol.asyncDispose]());

    const hosts = [
      "127.0.0.1",
      "127.1",
      "0x7f.1",
      "0177.0.0.1",
      "2130706433",
      "①②⑦.⓪.⓪.①",
      "0.0.0.0",
      "[::1]",
      "[::]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[64:ff9b::7f00:1]",
      "[2002:7f00:1::]",
      "localhost",
      "localhost.",
      "LOCALHOST",
      "10.0.0.1",
      "172.16.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "169.254.169.254",
      "[fd00:ec2::254]",
      "[fe80::1]",
      "user@127.0.0.1",
      "example.com@127.0.0.1",
      "127.0.0.1#@example.com",
      "127.0.0.1\\@example.com",
      "127.0.0.1%2f@example.com",
    ];

    test("takes no receiver that leads to itself or to a neighbour, however it is written", async () => {
      const { port } = new URL(trap);
      const named = hosts.flatMap((host) => [`https://${host}/hook`, `http://${host}/hook`]);
      const local = named.map((url) => url.replace(/^(\w+:\/\/.*?)(?=[#\\]|\/hook)/, `$1:${port}`));
      const odd = ["ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "data:,x", "//a", ""];
      const taken: string[] = [];
      for (const url of [...named, ...local, ...odd]) {
        const code = codeOf(await send(ground.platform.url, createWebhook, { body: { url } }, partner.bearer));
        if (code !== "webhook_target_refused") taken.push(`${url}: ${code}`);
      }

      expect(taken).toEqual([]);
      expect(trapped).toEqual([]);
    });

    test("does not connect to one that was saved before, and says so in its log", async () => {
      const { sql, platform } = ground;
      const organization = "(select organization_id from accounts.partner where partner_id = $1)";
      const columns = "endpoint_id, partner_id, organization_id, url, description, kinds, state, signing_key";
      await sql(
        `insert into integrations.webhook_endpoint (${columns}, paused_until_ms, created_at)
         values ($2, $1, ${organization}, $3, '', '["event.delivery_status"]', 'active', 'whsec_AAAA', 0, now())`,
        [partner.id, endpoint_id, trap],
      );
      const integrations = createClient(integrationsRoutes, { baseUrl: platform.url, headers: () => partner.bearer });
      const params = { endpoint_id };
      const { message_id } = await integrations.testWebhook({ params });

      const message = () => integrations.getWebhookMessage({ params: { endpoint_id, message_id } });
      await until(async () => (await message()).attempts > 0, "it was tried");

      expect((await message()).log).toMatchObject([{ status: null, answer: expect.stringMatching(/refused/) }]);
      expect(trapped).toEqual([]);
    });
  });

  test("a receiver that redirects to ourselves leads nowhere", async () => {
    const redirecting = createServer((_request, response) => response.writeHead(307, { location: trap }).end());
    const url = await listening(redirecting);
    const { platform, boran } = world();
    const integrations = createClient(integrationsRoutes, {
      baseUrl: platform.url,
      headers: () => boran.second.bearer,
    });
    const { endpoint_id } = await integrations.createWebhook({ body: { url } });
    const { message_id } = await integrations.testWebhook({ params: { endpoint_id } });

    const message = () => integrations.getWebhookMessage({ params: { endpoint_id, message_id } });
    await until(async () => (await message()).attempts > 0, "it was tried");
    redirecting.close();
    await integrations.deleteWebhook({ params: { endpoint_id } });

    expect(trapped).toEqual([]);
  });
}

const endpoint_id = "01890a5d-ac96-774b-bcce-b302099a8057";
