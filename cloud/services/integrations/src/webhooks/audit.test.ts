import { fillPath } from "@kerbside/proto/base/client.http";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { partner, type World, world } from "../world.harness.ts";
import { Hooks } from "./hooks.harness.ts";

let here: World;
let hooks: Hooks;
beforeAll(async () => {
  here = await world(inject("postgresUrl"));
  hooks = new Hooks(here);
});
afterAll(() => here[Symbol.asyncDispose]());

type Name = keyof typeof integrationsRoutes;

/** What each endpoint leaves in the audit log, or why it is not privileged. A new one has to say it here. */
const deeds: Readonly<Record<Name, { readonly leaves: string } | { readonly quiet: string }>> = {
  getPartner: { quiet: "it reads" },
  createWebhook: { leaves: "webhooks/created" },
  listWebhooks: { quiet: "it reads" },
  deleteWebhook: { leaves: "webhooks/deleted" },
  enableWebhook: { leaves: "webhooks/enabled" },
  rotateWebhookKey: { leaves: "webhooks/key_rotated" },
  testWebhook: { quiet: "it tells an address of the partner's own about nothing" },
  listWebhookMessages: { quiet: "it reads" },
  getWebhookMessage: { quiet: "it reads" },
  replayWebhookMessage: { quiet: "it tells the same address the same again, which its log shows" },
};
const names = Object.keys(deeds).filter((name): name is Name => name in deeds);
const entries = () => here.started.events(auditEntry);

test.each(names)("%s is in the audit log, or says why not", async (name) => {
  const endpoint: Endpoint = integrationsRoutes[name];
  const deed = deeds[name];
  const requestId = `req-${name}`;
  await using hook = await hooks.listening();
  const { message_id } = await hook.test();
  const path = fillPath(endpoint.path, { ...hook.params, message_id });

  const response = await here.started.request(
    path,
    {
      method: endpoint.method.toUpperCase(),
      headers: { "x-request-id": requestId, "content-type": "application/json" },
      ...(endpoint.body ? { body: JSON.stringify({ url: "http://127.0.0.1:9/a-secret?token=secret" }) } : {}),
    },
    partner,
  );

  const left = (await entries()).filter(({ causation_id }) => causation_id === requestId);
  expect(response.ok).toBe(true);
  expect(left.map(({ body }) => body.action)).toEqual("leaves" in deed ? [deed.leaves] : []);
  for (const { actor, organization_id } of left) {
    expect({ actor, organization_id }).toEqual({
      actor: { kind: "partner", id: partner.id },
      organization_id: partner.organizationId,
    });
  }
});

test("what only reads is asked with GET, and the other way round", () => {
  const reading = names.filter((name) => integrationsRoutes[name].method === "get");

  expect(names.filter((name) => JSON.stringify(deeds[name]).includes("it reads"))).toEqual(reading);
});

test("an address that we disable ourselves is in the log with why", async () => {
  await using hook = await hooks.listening((_request, response) => response.writeHead(410).end());
  await hook.test();

  await hooks.sendAll();

  const [disabled] = (await entries()).filter(({ body }) => body.action === "webhooks/disabled");
  expect(disabled).toMatchObject({
    subject_id: hook.endpoint_id,
    actor: { kind: "service", id: "integrations" },
    body: { details: { partner_id: partner.id, reason: expect.stringMatching(/410/) } },
  });
});

test("neither keys nor what addresses carry gets into the log", async () => {
  await using hook = await hooks.listening();
  const { signing_key } = await hooks.mine.rotateWebhookKey({ params: hook.params });

  const log = JSON.stringify(await entries());

  expect(log).not.toContain(signing_key);
  expect(log).not.toContain(hook.signing_key);
  expect(log).not.toMatch(/whsec_|a-secret|token/);
});
