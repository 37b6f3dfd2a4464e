import { toInstant } from "@kerbside/proto/base/time";
import type { WebhookEndpoint, WebhookMessage } from "@kerbside/proto/routes/integrations";
import type { AttemptRow, EndpointRow, MessageRow } from "./endpoints.pg.ts";

/** An address without its key, which only its making and its rotation show. */
export function endpointView(row: EndpointRow): WebhookEndpoint {
  const { endpoint_id, partner_id, live, url, description, kinds, state, state_reason, created_at } = row;
  return { endpoint_id, partner_id, live, url, description, kinds: [...kinds], state, state_reason, created_at };
}

export function withKey(row: EndpointRow): WebhookEndpoint & { signing_key: string } {
  return { ...endpointView(row), signing_key: row.signing_key };
}

export function messageView(row: MessageRow): WebhookMessage {
  const { message_id, event_id, kind, delivery_id, state, attempts, next_attempt_ms, created_at } = row;
  const next_attempt_at = next_attempt_ms === null ? null : toInstant(next_attempt_ms);
  return { message_id, event_id, kind, delivery_id, state, attempts, next_attempt_at, created_at };
}

export function attemptView({ attempt, at, status, duration_ms, answer }: AttemptRow) {
  return { attempt, at, status, duration_ms, answer };
}
