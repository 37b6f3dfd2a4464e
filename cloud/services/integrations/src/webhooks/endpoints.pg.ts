import type { Database } from "@kerbside/cloud-kit/service";
import type { Page } from "@kerbside/proto/base/page";
import type { webhookMessageStates } from "@kerbside/proto/routes/integrations";
import { and, asc, desc, eq, type InferSelectModel, sql } from "drizzle-orm";
import { attempt, endpoint, message } from "../tables.ts";

export type EndpointRow = InferSelectModel<typeof endpoint>;
export type MessageRow = InferSelectModel<typeof message>;
export type AttemptRow = InferSelectModel<typeof attempt>;

/** The most addresses that one partner can have. */
const endpointsMax = 20;

/** Partners' addresses and what they were told. */
export class PgEndpoints {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** False where the partner has too many. The same id again changes nothing. */
  async add(row: EndpointRow): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`endpoints/${row.partner_id}`}, 0))`);
      const there = await tx
        .select({ endpoint_id: endpoint.endpoint_id })
        .from(endpoint)
        .where(and(eq(endpoint.partner_id, row.partner_id), eq(endpoint.organization_id, row.organization_id)));
      const isThere = there.some(({ endpoint_id }) => endpoint_id === row.endpoint_id);
      if (!isThere && there.length >= endpointsMax) return false;
      await tx.insert(endpoint).values(row).onConflictDoNothing();
      return true;
    });
  }

  async find(endpointId: string): Promise<EndpointRow | null> {
    const [row] = await this.#db.select().from(endpoint).where(eq(endpoint.endpoint_id, endpointId));
    return row ?? null;
  }

  async list(of: { readonly organizationId: string; readonly partnerId: string | undefined }): Promise<EndpointRow[]> {
    return this.#db
      .select()
      .from(endpoint)
      .where(
        and(
          eq(endpoint.organization_id, of.organizationId),
          of.partnerId === undefined ? undefined : eq(endpoint.partner_id, of.partnerId),
        ),
      )
      .orderBy(asc(endpoint.created_at), asc(endpoint.endpoint_id))
      .limit(1_000);
  }

  async remove(endpointId: string): Promise<void> {
    await this.#db.delete(endpoint).where(eq(endpoint.endpoint_id, endpointId));
  }

  async change(endpointId: string, change: Partial<EndpointRow>): Promise<EndpointRow | null> {
    const [row] = await this.#db.update(endpoint).set(change).where(eq(endpoint.endpoint_id, endpointId)).returning();
    return row ?? null;
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
          after
            ? sql`(${message.created_at}, ${message.message_id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`
            : undefined,
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
}
