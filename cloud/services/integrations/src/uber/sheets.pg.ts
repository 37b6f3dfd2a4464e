import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Place } from "@kerbside/proto/base/place";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { and, desc, eq, gt, inArray, type InferSelectModel, isNull, lte, type SQL, sql } from "drizzle-orm";
import { delivery, endpoint, order, position } from "../tables.ts";
import { courierStates, type Told, toldAtBirth } from "./news.ts";
import { type Beside, isOver, type Sheet } from "./sheet.ts";

type Row = InferSelectModel<typeof delivery>;

/** A sheet and what was told of it. */
export interface Known {
  readonly sheet: Sheet;
  readonly told: Told;
}

/** What partners' deliveries look like from here. Give it a transaction for what has to hold together. */
export class PgSheets {
  readonly #db: Database | Transaction;

  constructor(db: Database | Transaction) {
    this.#db = db;
  }

  /** Nobody else may change it until the transaction ends, even where it is not there yet. */
  async lock(deliveryId: string): Promise<Known | null> {
    await this.#db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`delivery/${deliveryId}`}, 0))`);
    return this.find(deliveryId);
  }

  async find(deliveryId: string): Promise<Known | null> {
    const [row] = await this.#db.select().from(delivery).where(eq(delivery.delivery_id, deliveryId));
    return row ? toKnown(row) : null;
  }

  async save(sheet: Sheet, told: Told = toldAtBirth): Promise<void> {
    const row = toRow(sheet, told);
    await this.#db
      .insert(delivery)
      .values({ ...row, courier_told_ms: 0 })
      .onConflictDoUpdate({ target: delivery.delivery_id, set: row });
    if (row.ended_at === null) return;
    await this.#db
      .update(order)
      .set({ ended_at: row.ended_at })
      .where(and(eq(order.delivery_id, sheet.deliveryId), isNull(order.ended_at)));
  }

  /** Newest first. */
  async list(
    of: Pick<Sheet, "partnerId" | "live"> & { readonly states: readonly DeliveryState[] | null },
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ readonly sheets: readonly Sheet[]; readonly total: number }> {
    const where = and(
      eq(delivery.partner_id, of.partnerId),
      eq(delivery.live, of.live),
      of.states ? inArray(delivery.state, [...of.states]) : undefined,
    );
    const rows = await this.#db
      .select()
      .from(delivery)
      .where(where)
      .orderBy(desc(delivery.created_at), desc(delivery.delivery_id))
      .limit(page.limit)
      .offset(page.offset);
    return { sheets: rows.map((row) => toKnown(row).sheet), total: await this.#count(where) };
  }

  /** Deliveries on the way whose partners follow the courier and were not told where it is since. */
  async followed(sinceMs: number, limit: number): Promise<readonly Known[]> {
    const hasFollower = sql`exists (
      select from ${endpoint} where ${endpoint.partner_id} = ${delivery.partner_id}
        and ${endpoint.organization_id} = ${delivery.organization_id} and ${endpoint.live} = ${delivery.live}
        and ${endpoint.state} <> 'disabled'
        and ${endpoint.kinds} ? 'event.courier_update')`;
    const rows = await this.#db
      .select()
      .from(delivery)
      .where(and(inArray(delivery.state, [...courierStates]), lte(delivery.courier_told_ms, sinceMs), hasFollower))
      .orderBy(delivery.courier_told_ms)
      .limit(limit)
      .for("update", { skipLocked: true });
    return rows.map(toKnown);
  }

  async noteCourierTold(deliveryIds: readonly string[], nowMs: number): Promise<void> {
    if (deliveryIds.length === 0) return;
    await this.#db
      .update(delivery)
      .set({ courier_told_ms: nowMs })
      .where(inArray(delivery.delivery_id, [...deliveryIds]));
  }

  async beside({ deliveryId, robotId }: Pick<Sheet, "deliveryId" | "robotId">): Promise<Beside> {
    const [found] = await this.#db.select({ words: order.words }).from(order).where(eq(order.delivery_id, deliveryId));
    const place = robotId === null ? null : await this.placeOf(robotId);
    return { order: found?.words ?? null, place };
  }

  /** Whether an answer is still to come that says more of it: it was ordered here a moment ago. */
  async isBeingOrdered(deliveryId: string, sinceIso: string): Promise<boolean> {
    const rows = await this.#db
      .select({ delivery_id: order.delivery_id })
      .from(order)
      .where(and(eq(order.delivery_id, deliveryId), isNull(order.taken_at), gt(order.created_at, sinceIso)));
    return rows.length > 0;
  }

  async placeOf(robotId: string): Promise<Place | null> {
    const [row] = await this.#db
      .select({ lat: position.lat, lng: position.lng })
      .from(position)
      .where(eq(position.robot_id, robotId));
    return row ?? null;
  }

  /** What is older than what we know changes nothing. */
  async notePlace(robotId: string, { lat, lng }: Place, measuredMs: number): Promise<void> {
    const row = { robot_id: robotId, lat, lng, measured_ms: measuredMs };
    await this.#db
      .insert(position)
      .values(row)
      .onConflictDoUpdate({
        target: position.robot_id,
        set: row,
        setWhere: sql`${position.measured_ms} < excluded.measured_ms`,
      });
  }

  async #count(where: SQL | undefined): Promise<number> {
    const [row] = await this.#db.select({ total: sql<number>`count(*)::int` }).from(delivery).where(where);
    return row?.total ?? 0;
  }
}

function toKnown(row: Row): Known {
  return {
    sheet: {
      deliveryId: row.delivery_id,
      organizationId: row.organization_id,
      partnerId: row.partner_id,
      live: row.live,
      externalId: row.external_id,
      state: row.state,
      stateSince: row.state_since,
      version: row.version,
      reason: row.reason,
      pickup: row.pickup,
      dropoff: row.dropoff,
      pickupReadyAt: row.pickup_ready_at,
      dropoffDeadlineAt: row.dropoff_deadline_at,
      robotId: row.robot_id,
      robotName: row.robot_name,
      attemptId: row.attempt_id,
      etaPickupAt: row.eta_pickup_at,
      etaDropoffAt: row.eta_dropoff_at,
      detail: row.detail,
      milestones: row.milestones,
      createdAt: row.created_at,
    },
    told: {
      status: row.told_status,
      imminent: row.told_imminent,
      returnStatus: row.told_return_status,
      returnImminent: row.told_return_imminent,
    },
  };
}

function toRow(sheet: Sheet, told: Told): Omit<Row, "courier_told_ms"> {
  return {
    delivery_id: sheet.deliveryId,
    organization_id: sheet.organizationId,
    partner_id: sheet.partnerId,
    live: sheet.live,
    external_id: sheet.externalId,
    state: sheet.state,
    state_since: sheet.stateSince,
    version: sheet.version,
    reason: sheet.reason,
    pickup: sheet.pickup,
    dropoff: sheet.dropoff,
    pickup_ready_at: sheet.pickupReadyAt,
    dropoff_deadline_at: sheet.dropoffDeadlineAt,
    robot_id: sheet.robotId,
    robot_name: sheet.robotName,
    attempt_id: sheet.attemptId,
    eta_pickup_at: sheet.etaPickupAt,
    eta_dropoff_at: sheet.etaDropoffAt,
    detail: sheet.detail,
    milestones: sheet.milestones,
    told_status: told.status,
    told_imminent: told.imminent,
    told_return_status: told.returnStatus,
    told_return_imminent: told.returnImminent,
    created_at: sheet.createdAt,
    ended_at: isOver(sheet) ? sheet.stateSince : null,
  };
}
