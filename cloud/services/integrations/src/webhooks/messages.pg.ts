import type { Transaction } from "@kerbside/cloud-kit/service";
import type { WebhookKind } from "@kerbside/proto/routes/integrations";
import { and, eq, ne, sql } from "drizzle-orm";
import { endpoint, message } from "../tables.ts";

/** Something to be told to a partner. */
export interface News {
  readonly partnerId: string;
  /** An address that another organization made under the partner's id hears nothing. */
  readonly organizationId: string;
  /** Addresses of test keys hear of what test keys ordered, and of nothing else. */
  readonly live: boolean;
  readonly kind: WebhookKind;
  readonly deliveryId: string | null;
  readonly payload: { readonly id: string };
}

export interface Writing {
  readonly newId: () => string;
  readonly nowMs: number;
  readonly now: string;
}

/**
 * Writes one message for each address that wants this kind, beside the fact that it tells of. An address that is
 * disabled gets what happened to deliveries when it is enabled again, but not where couriers were. Neither does one
 * that has not taken the last such message of this delivery yet: what is slow gets less, not later.
 */
export async function tell(tx: Transaction, news: News, writing: Writing): Promise<number> {
  const isPassing = news.kind === "event.courier_update";
  const endpoints = await tx
    .select({ endpoint_id: endpoint.endpoint_id })
    .from(endpoint)
    .where(
      and(
        eq(endpoint.partner_id, news.partnerId),
        eq(endpoint.organization_id, news.organizationId),
        eq(endpoint.live, news.live),
        sql`${endpoint.kinds} ? ${news.kind}`,
        isPassing ? and(ne(endpoint.state, "disabled"), hasNoneWaiting(news)) : undefined,
      ),
    );
  for (const { endpoint_id } of endpoints) await writeMessage(tx, endpoint_id, news, writing);
  return endpoints.length;
}

function hasNoneWaiting({ kind, deliveryId }: News) {
  return sql`not exists (
    select from ${message} where ${message.endpoint_id} = ${endpoint.endpoint_id}
      and ${message.delivery_id} = ${deliveryId} and ${message.kind} = ${kind} and ${message.next_attempt_ms} is not null)`;
}

/** One message for one address, to be sent at once. Answers its id. */
export async function writeMessage(
  tx: Transaction,
  endpointId: string,
  { kind, deliveryId, payload }: Pick<News, "kind" | "deliveryId" | "payload">,
  { newId, nowMs, now }: Writing,
): Promise<string> {
  const message_id = newId();
  await tx.insert(message).values({
    message_id,
    endpoint_id: endpointId,
    event_id: payload.id,
    kind,
    delivery_id: deliveryId,
    payload: JSON.stringify(payload),
    state: "pending",
    attempts: 0,
    tries: 0,
    next_attempt_ms: nowMs,
    claimed_until_ms: 0,
    created_at: now,
  });
  return message_id;
}
