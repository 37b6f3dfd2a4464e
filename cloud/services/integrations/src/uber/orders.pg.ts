import type { Database } from "@kerbside/cloud-kit/service";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { and, eq, gt, type InferSelectModel, isNull, or, sql } from "drizzle-orm";
import { order } from "../tables.ts";
import { fingerprintOf, keyLifeMs, type KnownOrder, type Recognition, recognise, type UberOrder } from "./order.ts";

/** Somebody who orders, by the key that came with the request. */
export interface Customer {
  readonly partnerId: string;
  readonly organizationId: string;
  readonly live: boolean;
}

/** Orders as they were given, so that the same again is recognised before and after a crash. */
export class PgOrders {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes a new order down under the id given, or says which one it is already. One at a time for each partner. */
  async claim(
    asked: { readonly words: UberOrder; readonly key: string | null; readonly newId: string },
    of: Customer,
    nowMs: number,
  ): Promise<Recognition> {
    const { words, key, newId } = asked;
    const fingerprint = fingerprintOf(words);
    return this.#db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`partner/${of.partnerId}`}, 0))`);
      const rows = await tx
        .select()
        .from(order)
        .where(and(eq(order.partner_id, of.partnerId), eq(order.live, of.live), alike({ key, fingerprint }, nowMs)));
      const recognised = recognise({ key, fingerprint }, rows.map(toKnown), nowMs);
      if (recognised.type !== "new") return recognised;
      await tx.insert(order).values({
        delivery_id: newId,
        organization_id: of.organizationId,
        partner_id: of.partnerId,
        live: of.live,
        idempotency_key: key,
        fingerprint,
        words,
        created_at: toInstant(nowMs),
        taken_at: null,
        ended_at: null,
      });
      return recognised;
    });
  }

  async noteTaken(deliveryId: string, nowMs: number): Promise<void> {
    await this.#db
      .update(order)
      .set({ taken_at: toInstant(nowMs) })
      .where(and(eq(order.delivery_id, deliveryId), isNull(order.taken_at)));
  }

  /** An order that was refused was none. */
  async forget(deliveryId: string): Promise<void> {
    await this.#db.delete(order).where(and(eq(order.delivery_id, deliveryId), isNull(order.taken_at)));
  }

  /** Changes what the order says beside its delivery. */
  async rewrite(deliveryId: string, change: Partial<UberOrder>): Promise<void> {
    await this.#db
      .update(order)
      .set({ words: sql`${order.words} || ${JSON.stringify(change)}::jsonb` })
      .where(eq(order.delivery_id, deliveryId));
  }
}

function alike({ key, fingerprint }: { readonly key: string | null; readonly fingerprint: string }, nowMs: number) {
  const byFingerprint = and(eq(order.fingerprint, fingerprint), isNull(order.ended_at));
  if (key === null) return byFingerprint;
  return or(byFingerprint, and(eq(order.idempotency_key, key), gt(order.created_at, toInstant(nowMs - keyLifeMs))));
}

function toKnown(row: InferSelectModel<typeof order>): KnownOrder {
  return {
    deliveryId: row.delivery_id,
    idempotencyKey: row.idempotency_key,
    fingerprint: row.fingerprint,
    createdAtMs: fromInstant(row.created_at),
    isTaken: row.taken_at !== null,
    isOver: row.ended_at !== null,
  };
}
