import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import type { World } from "../world/world.ts";
import type { Rows } from "./row.ts";

const at = ({ webhook }: World) => ({ params: { endpoint_id: webhook } });
const message = ({ webhook, webhookMessage }: World) => ({
  params: { endpoint_id: webhook, message_id: webhookMessage },
});

/** An address of the first partner that nobody misses. Those that nobody could delete make room for the next. */
async function spare({ platform, aspan, sql }: World) {
  await sql("delete from integrations.webhook_endpoint where description = 'aspan p-one spare'");
  const body = {
    url: "http://127.0.0.1:9/hook",
    partner_id: aspan.first.id,
    organization_id: aspan.organizationId,
    description: "aspan p-one spare",
  };
  const { endpoint_id } = await platform.client("integrations", integrationsRoutes).createWebhook({ body });
  return { params: { endpoint_id } };
}

export const integrationsRows: Rows<typeof integrationsRoutes> = {
  getPartner: { target: "own", aim: () => ({}) },
  createWebhook: {
    target: "named",
    aim: ({ aspan }) => ({
      body: { url: "https://nowhere.invalid/", partner_id: aspan.first.id, organization_id: aspan.organizationId },
    }),
    also: ["webhook_target_refused"],
    forbids: ({ partnerId, tenant, name }) =>
      partnerId !== undefined && tenant === "aspan" && name.startsWith("another partner") ? "forbidden" : null,
  },
  listWebhooks: { target: "own", aim: () => ({ query: {} }) },
  deleteWebhook: { target: "partner", aim: spare },
  enableWebhook: { target: "partner", aim: at },
  rotateWebhookKey: { target: "partner", aim: at },
  testWebhook: { target: "partner", aim: at },
  listWebhookMessages: { target: "partner", aim: (world) => ({ ...at(world), query: {} }) },
  getWebhookMessage: { target: "partner", aim: message },
  replayWebhookMessage: { target: "partner", aim: message },
};
