import type { Transaction } from "@kerbside/cloud-kit/service";
import { isLoaded } from "@kerbside/proto/states/delivery";
import { and, eq, sql } from "drizzle-orm";
import type { Assigner } from "./assignment.pg.ts";
import { isOpen } from "./attempt.ts";
import type { Position } from "./consumers/cause.ts";
import { hasEnded } from "./delivery.ts";
import type { Happenings } from "./happenings.ts";
import type { Incidents } from "./incidents.pg.ts";
import { type Reading, type RobotFact, read, showsGoods } from "./progress.ts";
import type { Cause, Recorder } from "./record.pg.ts";
import { findAttempt, lockDelivery, passedStates } from "./rows.pg.ts";
import { type Attempt, amendment, attempt as attempts, type Delivery, deliveryStep, heldFact } from "./tables.ts";

/** One thing that a robot reported of a delivery. */
export interface Report {
  readonly eventId: string;
  readonly deliveryId: string;
  readonly attemptId: string;
  readonly robotId: string;
  readonly fact: RobotFact;
  readonly position: Position | null;
  readonly cause: Cause;
}

export interface FactParts {
  readonly recorder: Recorder;
  readonly assigner: Assigner;
  readonly incidents: Incidents;
  readonly happenings: Happenings;
  readonly newId: () => string;
  readonly pickupTriesMax: number;
}

/**
 * Moves deliveries by what robots report, in whatever order that comes: custody and missions travel on different
 * streams, and a robot that was out of reach tells of an hour at once.
 */
export class FactTaker {
  readonly #parts: FactParts;

  constructor(parts: FactParts) {
    this.#parts = parts;
  }

  async take(tx: Transaction, report: Report): Promise<void> {
    const locked = await lockDelivery(tx, report.deliveryId);
    if (!locked) return;
    const reporter = await findAttempt(tx, report.attemptId);
    if (reporter?.delivery_id !== report.deliveryId || reporter.robot_id !== report.robotId) {
      const fact = `robot ${report.robotId}, which never had this delivery, reported of it`;
      return this.#keepBeside(tx, locked, { kind: "beside", fact, isAlarming: true }, report.cause);
    }
    const row = await this.#belonging(tx, locked, reporter, report);
    if (!row) return;
    const moved = await this.#apply(tx, row, report);
    if (moved !== row && report.fact.type === "custody") await this.#readHeld(tx, moved);
  }

  /** The delivery under the attempt that the report is about; null where the report is not of the present any more. */
  async #belonging(tx: Transaction, row: Delivery, reporter: Attempt, report: Report): Promise<Delivery | null> {
    const current = await findAttempt(tx, row.attempt_id);
    const isCurrent = current?.attempt_id === reporter.attempt_id || current?.adopted_id === reporter.attempt_id;
    const mayStillCount = isCurrent && (isOpen(current) || hasEnded(row));
    if (mayStillCount || (isCurrent && report.fact.type !== "custody")) return row;
    if (report.fact.type !== "custody") return null;
    if (!hasEnded(row) && !isLoaded(row.state) && showsGoods(report.fact)) {
      const adopted = await this.#parts.assigner.adopt(tx, row, reporter, report.cause);
      if (adopted) return adopted;
    }
    const { from, to } = report.fact;
    const fact = `robot ${reporter.robot_name}, no longer on this delivery, reported goods going from ${from} to ${to}`;
    await this.#keepBeside(tx, row, { kind: "beside", fact, isAlarming: true }, report.cause);
    return null;
  }

  async #apply(tx: Transaction, row: Delivery, report: Report): Promise<Delivery> {
    const { fact, cause } = report;
    const current = await findAttempt(tx, row.attempt_id);
    const isLate = fact.type !== "custody" && current !== null && isBehind(report.position, current);
    const reading = await this.#read(tx, row, fact, isLate);
    switch (reading.kind) {
      case "steps": {
        if (fact.type !== "custody") await this.#notePosition(tx, row.attempt_id, report.position);
        return this.#parts.recorder.take(tx, row, reading.steps, cause);
      }
      case "known":
        await this.#correct(tx, row, reading.state, cause);
        return row;
      case "early":
        await this.#hold(tx, report);
        return row;
      case "beside":
        await this.#keepBeside(tx, row, reading, cause);
        return row;
      case "nothing":
        return row;
    }
  }

  async #read(tx: Transaction, row: Delivery, fact: RobotFact, isLate: boolean): Promise<Reading> {
    const standing = {
      state: row.state,
      isCancelRequested: row.cancel_requested,
      passed: await passedStates(tx, row),
      pickupFailures: row.pickup_failures,
      pickupTriesMax: this.#parts.pickupTriesMax,
    };
    return read(fact, standing, isLate);
  }

  /** What was read too early is read again, oldest first. What is still too early stays. */
  async #readHeld(tx: Transaction, moved: Delivery): Promise<void> {
    const held = await tx.delete(heldFact).where(eq(heldFact.delivery_id, moved.delivery_id)).returning();
    const current = await findAttempt(tx, moved.attempt_id);
    const counts = [current?.attempt_id, current?.adopted_id];
    let row = moved;
    for (const waiting of held.filter(({ attempt_id }) => counts.includes(attempt_id)).toSorted(inOrder)) {
      row = await this.#apply(tx, row, {
        eventId: waiting.event_id,
        deliveryId: waiting.delivery_id,
        attemptId: waiting.attempt_id,
        robotId: row.robot_id ?? "",
        fact: waiting.fact,
        position: { epoch: waiting.epoch, seq: waiting.seq },
        cause: { actor: waiting.actor, eventTime: waiting.event_time, causationId: waiting.event_id },
      });
    }
  }

  async #hold(tx: Transaction, { eventId, deliveryId, attemptId, fact, position, cause }: Report): Promise<void> {
    await tx
      .insert(heldFact)
      .values({
        event_id: eventId,
        delivery_id: deliveryId,
        attempt_id: attemptId,
        fact,
        epoch: position?.epoch ?? 0,
        seq: position?.seq ?? 0,
        event_time: cause.eventTime,
        actor: cause.actor,
      })
      .onConflictDoNothing();
  }

  /** A guessed step turns out to have been taken, and when. */
  async #correct(tx: Transaction, row: Delivery, state: Delivery["state"], cause: Cause): Promise<void> {
    await tx
      .update(deliveryStep)
      .set({ event_time: cause.eventTime, recorded_time: this.#parts.recorder.now(), inferred: false })
      .where(
        and(
          eq(deliveryStep.delivery_id, row.delivery_id),
          eq(deliveryStep.inferred, true),
          eq(
            deliveryStep.seq,
            sql`(select max(seq) from ${deliveryStep} as told
              where told.delivery_id = ${row.delivery_id} and told.to_state = ${state})`,
          ),
        ),
      );
  }

  async #keepBeside(
    tx: Transaction,
    row: Delivery,
    { fact, isAlarming }: Reading & { kind: "beside" },
    cause: Cause,
  ): Promise<void> {
    const { newId, recorder, happenings, incidents } = this.#parts;
    await tx.insert(amendment).values({
      amendment_id: newId(),
      delivery_id: row.delivery_id,
      organization_id: row.organization_id,
      fact,
      event_time: cause.eventTime,
      recorded_time: recorder.now(),
      actor: cause.actor,
    });
    happenings.keptBeside(row.delivery_id, fact, isAlarming);
    if (isAlarming) await incidents.open(tx, row, { kind: "evidence_contradicts", detail: fact });
  }

  async #notePosition(tx: Transaction, attemptId: string | null, position: Position | null): Promise<void> {
    if (attemptId === null || position === null) return;
    await tx
      .update(attempts)
      .set({ mission_epoch: position.epoch, mission_seq: position.seq })
      .where(eq(attempts.attempt_id, attemptId));
  }
}

function inOrder(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

function isBehind(position: Position | null, { mission_epoch, mission_seq }: Attempt): boolean {
  if (position === null) return false;
  return position.epoch < mission_epoch || (position.epoch === mission_epoch && position.seq <= mission_seq);
}
