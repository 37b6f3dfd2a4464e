import { audited, type Doer } from "@kerbside/cloud-kit/audit";
import { olderThan } from "@kerbside/cloud-kit/page";
import type { Database, Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Page } from "@kerbside/proto/base/page";
import { toInstant } from "@kerbside/proto/base/time";
import type { webhookMessageStates } from "@kerbside/proto/routes/integrations";
import { and, asc, desc, eq, type InferSelectModel, sql } from "drizzle-orm";
import { attempt, endpoint, message } from "../tables.ts";
import type { Scope } from "./owner.ts";
import { rotationGraceMs } from "./signing.ts";

export type EndpointRow = InferSelectModel<typeof endpoint>;
export type MessageRow = InferSelectModel<typeof message>;
export type AttemptRow = InferSelectModel<typeof attempt>;

/** The most addresses that one partner can have. */
const endpointsMax = 20;

export interface EndpointParts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** Partners' addresses and what they were told. Who changes one is in the audit log. */
export class PgEndpoints {
  readonly #parts: EndpointParts;
  readonly #db: Database;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.#db = parts.db;
  }

  /** False where the partner has too many. The same id again changes nothing. */
  async add(row: EndpointRow, by: Doer): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`endpoints/${row.partner_id}`}, 0))`);
      const there = await tx
        .select({ endpoint_id: endpoint.endpoint_id })
        .from(endpoint)
        .where(and(eq(endpoint.partner_id, row.partner_id), eq(endpoint.organization_id, row.organization_id)));
      if (there.some(({ endpoint_id }) => endpoint_id === row.endpoint_id)) return true;
      if (there.length >= endpointsMax) return false;
      await tx.insert(endpoint).values(row);
      await this.#audit(tx, row, { by, action: "webhooks/created", details: { kinds: row.kinds, live: row.live } });
      return true;
    });
  }

  async find(endpointId: string): Promise<EndpointRow | null> {
    const [row] = await this.#db.select().from(endpoint).where(eq(endpoint.endpoint_id, endpointId));
    return row ?? null;
  }

  async list({ organizationId, partnerId, live }: Scope): Promise<EndpointRow[]> {
    return this.#db
      .select()
      .from(endpoint)
      .where(
        and(
          eq(endpoint.organization_id, organizationId),
          partnerId === undefined ? undefined : eq(endpoint.partner_id, partnerId),
          live === undefined ? undefined : eq(endpoint.live, live),
        ),
      )
      .orderBy(asc(endpoint.created_at), asc(endpoint.endpoint_id))
      .limit(1_000);
  }

  async remove(row: EndpointRow, by: Doer): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const gone = await tx.delete(endpoint).where(eq(endpoint.endpoint_id, row.endpoint_id)).returning();
      if (gone.length > 0) await this.#audit(tx, row, { by, action: "webhooks/deleted" });
    });
  }

  enable(row: EndpointRow, by: Doer): Promise<EndpointRow | null> {
    const change = { state: "active", state_reason: null, paused_until_ms: 0 } as const;
    return this.#change(row, change, { by, action: "webhooks/enabled", details: { before: row.state } });
  }

  rotate(row: EndpointRow, signingKey: string, by: Doer): Promise<EndpointRow | null> {
    const until = toInstant(this.#parts.clock.now() + rotationGraceMs);
    const change = { signing_key: signingKey, previous_key: row.signing_key, previous_key_until: until };
    return this.#change(row, change, { by, action: "webhooks/key_rotated", details: { previous_key_until: until } });
  }

  async findMessage(endpointId: string, messageId: string): Promise<MessageRow | null> {
    const [row] = await this.#db
      .select()
      .from(message)
      .where(and(eq(message.endpoint_id, endpointId), eq(message.message_id, messageId)));
    return row ?? null;
  }

  async listMessages(
    endpointId: string,
    filter: {
      readonly state: (typeof webhookMessageStates)[number] | undefined;
      readonly deliveryId: string | undefined;
    },
    { after, limit }: Page,
  ): Promise<MessageRow[]> {
    return this.#db
      .select()
      .from(message)
      .where(
        and(
          eq(message.endpoint_id, endpointId),
          filter.state === undefined ? undefined : eq(message.state, filter.state),
          filter.deliveryId === undefined ? undefined : eq(message.delivery_id, filter.deliveryId),
          olderThan(after, { at: message.created_at, id: message.message_id }),
        ),
      )
      .orderBy(desc(message.created_at), desc(message.message_id))
      .limit(limit);
  }

  async attempts(messageId: string): Promise<AttemptRow[]> {
    return this.#db.select().from(attempt).where(eq(attempt.message_id, messageId)).orderBy(asc(attempt.attempt));
  }

  /** From the beginning of the schedule, at once. */
  async replay(messageId: string, nowMs: number): Promise<MessageRow | null> {
    const [row] = await this.#db
      .update(message)
      .set({ state: "pending", tries: 0, next_attempt_ms: nowMs })
      .where(eq(message.message_id, messageId))
      .returning();
    return row ?? null;
  }

  #change(row: EndpointRow, change: Partial<EndpointRow>, deed: EndpointDeed): Promise<EndpointRow | null> {
    return this.#db.transaction(async (tx) => {
      const where = eq(endpoint.endpoint_id, row.endpoint_id);
      const [changed] = await tx.update(endpoint).set(change).where(where).returning();
      if (changed) await this.#audit(tx, row, deed);
      return changed ?? null;
    });
  }

  #audit(tx: Transaction, row: EndpointRow, deed: EndpointDeed): Promise<void> {
    const { outbox, clock } = this.#parts;
    return outbox.appendAll(tx, [auditOf(row, deed, toInstant(clock.now()))]);
  }
}

interface EndpointDeed {
  readonly by: Doer;
  readonly action: `webhooks/${string}`;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Paths and queries of such addresses often are secrets, so that the log names their hosts only. */
export function auditOf(
  {
    endpoint_id,
    partner_id,
    organization_id,
    url,
  }: Pick<EndpointRow, "endpoint_id" | "partner_id" | "organization_id" | "url">,
  { by, action, details = {} }: EndpointDeed,
  at: string,
) {
  const subject = { kind: "webhook", id: endpoint_id };
  const about = { partner_id, host: new URL(url).host, ...details };
  return audited({ by, organizationId: organization_id, action, subject, details: about }, at);
}
