import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Instant } from "../base/time.ts";

const developers = ["partner", "user:admin"] as const;
const EndpointId = z.object({ endpoint_id: z.uuid() });
const MessageId = EndpointId.extend({ message_id: z.uuid() });

/** What an endpoint can be told of, by Uber's names, which its clients know. */
export const webhookKinds = ["event.delivery_status", "event.courier_update"] as const;
export type WebhookKind = (typeof webhookKinds)[number];

/** `disabled` after 410 or when an endpoint failed to the end of its schedule; somebody has to enable it again. */
export const webhookEndpointStates = ["active", "throttled", "disabled"] as const;
export const webhookMessageStates = ["pending", "retrying", "succeeded", "exhausted"] as const;

export const WebhookEndpoint = z
  .object({
    endpoint_id: z.uuid(),
    partner_id: z.uuid(),
    /** False for one that is told of what test keys order, and of nothing else. */
    live: z.boolean(),
    url: z.string(),
    description: z.string(),
    kinds: z.array(z.enum(webhookKinds)),
    state: z.enum(webhookEndpointStates),
    /** Why it is not active, in words. */
    state_reason: z.string().nullable(),
    created_at: Instant,
  })
  .meta({ id: "WebhookEndpoint" });
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;

/** `x-uber-signature` is HMAC-SHA256 with this whole text as key; Standard Webhooks use its base64 part. */
const WithKey = WebhookEndpoint.extend({ signing_key: z.string() });

const WebhookAttempt = z.object({
  attempt: z.int(),
  at: Instant,
  status: z.int().nullable(),
  duration_ms: z.int(),
  /** The first kilobyte of the answer, or why there was none. */
  answer: z.string(),
});

export const WebhookMessage = z
  .object({
    message_id: z.uuid(),
    /** The `id` inside the payload and the `webhook-id` header; a replay keeps it. */
    event_id: z.string(),
    kind: z.string(),
    delivery_id: z.uuid().nullable(),
    state: z.enum(webhookMessageStates),
    attempts: z.int(),
    next_attempt_at: Instant.nullable(),
    created_at: Instant,
  })
  .meta({ id: "WebhookMessage" });
export type WebhookMessage = z.infer<typeof WebhookMessage>;

const Page = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const integrationsRoutes = routes({
  getPartner: {
    method: "get",
    path: "/v1/partner",
    summary: "Whom the bearer's key or token speaks for, and what it may do",
    access: ["partner"],
    reply: z.object({
      partner_id: z.uuid(),
      organization_id: z.uuid(),
      scopes: z.array(z.string()),
      /** False for a test key. */
      live: z.boolean(),
    }),
    faults: [],
  },
  createWebhook: {
    method: "post",
    path: "/v1/webhooks",
    summary: "Name an address that is told of deliveries; the answer carries its signing key",
    access: [...developers, "service"],
    body: z.object({
      url: z.string().max(2_000),
      description: z.string().trim().max(200).default(""),
      kinds: z.array(z.enum(webhookKinds)).min(1).max(10).default(["event.delivery_status"]),
      /** For an admin or a service, who have no partner of their own. */
      partner_id: z.uuid().optional(),
      /** For them too; a key names addresses for its own kind. */
      live: z.boolean().optional(),
      organization_id: z.uuid().optional(),
    }),
    reply: WithKey,
    status: 201,
    faults: ["webhook_target_refused", "webhook_limit_reached", "forbidden", "partner_not_found"],
  },
  listWebhooks: {
    method: "get",
    path: "/v1/webhooks",
    summary: "The addresses that are told, oldest first; at most 20 a partner",
    access: developers,
    query: z.object({ partner_id: z.uuid().optional() }),
    reply: z.object({ items: z.array(WebhookEndpoint) }),
    faults: [],
  },
  deleteWebhook: {
    method: "delete",
    path: "/v1/webhooks/{endpoint_id}",
    summary: "Tell this address nothing more",
    access: developers,
    params: EndpointId,
    reply: null,
    faults: ["webhook_not_found"],
  },
  enableWebhook: {
    method: "post",
    path: "/v1/webhooks/{endpoint_id}/enable",
    summary: "Begin again after it was disabled",
    access: developers,
    params: EndpointId,
    reply: WebhookEndpoint,
    faults: ["webhook_not_found"],
  },
  rotateWebhookKey: {
    method: "post",
    path: "/v1/webhooks/{endpoint_id}/rotate",
    summary: "A new signing key; for 24 hours Standard Webhooks signatures are made with both",
    access: developers,
    params: EndpointId,
    reply: WithKey,
    faults: ["webhook_not_found"],
  },
  testWebhook: {
    method: "post",
    path: "/v1/webhooks/{endpoint_id}/test",
    summary: "Send an event about a delivery that does not exist, to see whether it arrives",
    access: developers,
    params: EndpointId,
    reply: WebhookMessage,
    status: 202,
    faults: ["webhook_not_found"],
  },
  listWebhookMessages: {
    method: "get",
    path: "/v1/webhooks/{endpoint_id}/messages",
    summary: "What this address was told, newest first; kept for seven days",
    access: developers,
    params: EndpointId,
    query: Page.extend({ state: z.enum(webhookMessageStates).optional(), delivery_id: z.uuid().optional() }),
    reply: z.object({ items: z.array(WebhookMessage), next_cursor: z.string().nullable() }),
    faults: ["webhook_not_found", "invalid_request"],
  },
  getWebhookMessage: {
    method: "get",
    path: "/v1/webhooks/{endpoint_id}/messages/{message_id}",
    summary: "One message with its payload and every attempt to deliver it",
    access: developers,
    params: MessageId,
    reply: WebhookMessage.extend({ payload: z.string(), log: z.array(WebhookAttempt) }),
    faults: ["webhook_not_found", "webhook_message_not_found"],
  },
  replayWebhookMessage: {
    method: "post",
    path: "/v1/webhooks/{endpoint_id}/messages/{message_id}/replay",
    summary: "Send a message again, with the same id, from the beginning of its schedule",
    access: developers,
    params: MessageId,
    reply: WebhookMessage,
    status: 202,
    faults: ["webhook_not_found", "webhook_message_not_found"],
  },
});
