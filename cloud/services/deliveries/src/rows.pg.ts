import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import { and, asc, desc, eq, gte, isNull, sql } from "drizzle-orm";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { isAway } from "./incident.ts";
import {
  type AccessCode,
  type Attempt,
  accessCode,
  attempt,
  type Delivery,
  delivery,
  deliveryStep,
  robotCondition,
  type Unlock,
  unlock,
} from "./tables.ts";

/** Reads that more than one use of the service needs. What is about to change is read locked. */
export type Reader = Database | Transaction;

export async function findDelivery(db: Reader, deliveryId: string): Promise<Delivery | null> {
  const [row] = await db.select().from(delivery).where(eq(delivery.delivery_id, deliveryId));
  return row ?? null;
}

/** Everything that changes a delivery holds this lock until its transaction ends. */
export async function lockDelivery(tx: Transaction, deliveryId: string): Promise<Delivery | null> {
  const [row] = await tx.select().from(delivery).where(eq(delivery.delivery_id, deliveryId)).for("update");
  return row ?? null;
}

export async function findAttempt(db: Reader, attemptId: string | null): Promise<Attempt | null> {
  if (attemptId === null) return null;
  const [row] = await db.select().from(attempt).where(eq(attempt.attempt_id, attemptId));
  return row ?? null;
}

export async function attemptsOf(db: Reader, deliveryId: string): Promise<readonly Attempt[]> {
  return db.select().from(attempt).where(eq(attempt.delivery_id, deliveryId)).orderBy(asc(attempt.fencing_token));
}

/** The attempt that has this robot's compartment now. */
export async function openAttemptOfRobot(db: Reader, robotId: string): Promise<Attempt | null> {
  const [row] = await db
    .select()
    .from(attempt)
    .where(and(eq(attempt.robot_id, robotId), isNull(attempt.ended_at)));
  return row ?? null;
}

export async function codesOf(
  db: Reader,
  of: { readonly deliveryId: string } | { readonly attemptId: string },
): Promise<readonly AccessCode[]> {
  const where = "attemptId" in of ? eq(accessCode.attempt_id, of.attemptId) : eq(accessCode.delivery_id, of.deliveryId);
  return db.select().from(accessCode).where(where).orderBy(asc(accessCode.expires_at), asc(accessCode.grant_id));
}

/** The states that a delivery has been in since its present attempt began. */
export async function passedStates(db: Reader, row: Delivery): Promise<ReadonlySet<DeliveryState>> {
  const began = sql`(select coalesce(max(seq), 0) from ${deliveryStep}
    where delivery_id = ${row.delivery_id} and event = 'robot_assigned')`;
  const steps = await db
    .select({ to: deliveryStep.to_state })
    .from(deliveryStep)
    .where(and(eq(deliveryStep.delivery_id, row.delivery_id), gte(deliveryStep.seq, began)));
  return new Set(steps.map(({ to }) => to));
}

export async function lastUnlock(db: Reader, deliveryId: string): Promise<Unlock | null> {
  const [row] = await db
    .select()
    .from(unlock)
    .where(eq(unlock.delivery_id, deliveryId))
    .orderBy(desc(unlock.requested_at), desc(unlock.request_id))
    .limit(1);
  return row ?? null;
}

/** Since when nobody can reach this robot; null while it can be reached. */
export async function silentSince(db: Reader, robotId: string | null): Promise<string | null> {
  if (robotId === null) return null;
  const [row] = await db.select().from(robotCondition).where(eq(robotCondition.robot_id, robotId));
  return row && isAway(row.connectivity) ? row.connectivity_since : null;
}
