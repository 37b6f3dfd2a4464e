import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Pace, RouteLeg } from "@kerbside/proto/events/deliveries";
import type { Place } from "@kerbside/proto/base/place";
import { eq } from "drizzle-orm";
import { type CodeLives, codesFor, compartment, legsWithGoods } from "./attempt.ts";
import { type CodeMaker, makeCodes } from "./codes.ts";
import { routeOf } from "./delivery.ts";
import { type Step, wayBy } from "./progress.ts";
import type { Cause, Recorder } from "./record.pg.ts";
import { lockDelivery, openAttemptOfRobot } from "./rows.pg.ts";
import { type Attempt, accessCode, attempt as attempts, type Delivery, delivery as deliveries } from "./tables.ts";

/** The robot that is to carry a delivery, and how. */
export interface Carrier {
  readonly robotId: string;
  readonly robotName: string;
  readonly hub: { readonly hub_id: string; readonly place: Place };
  readonly legs: RouteLeg[];
  readonly pace: Pace | null;
}

export interface AssignerParts extends CodeMaker {
  readonly recorder: Recorder;
  readonly codeLives: CodeLives;
}

/** Gives deliveries to robots: each time a new attempt with the next fencing token and codes of its own. */
export class Assigner {
  readonly #parts: AssignerParts;

  constructor(parts: AssignerParts) {
    this.#parts = parts;
  }

  /** A planned robot takes over a waiting delivery. */
  async assign(
    tx: Transaction,
    row: Delivery,
    plan: { readonly carrier: Carrier; readonly estimate: Partial<Delivery> },
    cause: Cause,
  ): Promise<Delivery> {
    const { recorder } = this.#parts;
    const planned = { ...row, ...plan.estimate, waiting_reason: null };
    const { attempt, delivery } = await this.#begin(tx, planned, { ...plan.carrier, adopts: null });
    await recorder.announceAttempt(tx, delivery, attempt, cause);
    return recorder.take(tx, delivery, wayBy(row.state, "robot_assigned", new Set()) ?? [], cause);
  }

  /**
   * The goods turned out to be in a robot whose attempt had ended: it was out of reach when it was taken off. Where the
   * goods are decides, so that robot gets a new attempt, and whoever was to carry them or rode with it is let go.
   * Null where that robot carries another delivery's goods too, which people have to sort out.
   */
  async adopt(tx: Transaction, row: Delivery, ended: Attempt, cause: Cause): Promise<Delivery | null> {
    const { recorder } = this.#parts;
    const isFree = await this.#freeRobot(tx, ended, cause);
    if (!isFree) return null;
    const waiting = await this.#letGo(tx, row, ended, cause);
    const carrier = {
      robotId: ended.robot_id,
      robotName: ended.robot_name,
      hub: ended.hub,
      legs: ended.legs,
      pace: ended.pace,
    };
    const { attempt, delivery } = await this.#begin(tx, waiting, { ...carrier, adopts: ended });
    await recorder.announceAttempt(tx, delivery, attempt, cause);
    const steps = waiting.state === "created" ? (wayBy("created", "robot_assigned", new Set()) ?? []) : [];
    return recorder.take(tx, delivery, guessed(steps), cause);
  }

  /** Whatever else this robot was to fetch goes back to the others, unless it is aboard. */
  async #freeRobot(tx: Transaction, ended: Attempt, cause: Cause): Promise<boolean> {
    const other = await openAttemptOfRobot(tx, ended.robot_id);
    if (!other || other.delivery_id === ended.delivery_id) return true;
    const row = await lockDelivery(tx, other.delivery_id);
    const steps = row && wayBy(row.state, "unassigned", new Set());
    if (!row || !steps) return false;
    await this.#parts.recorder.take(tx, row, because(steps, "robot_carries_other_goods"), cause);
    return true;
  }

  /** Takes another robot off, whose goods these were to be. */
  async #letGo(tx: Transaction, row: Delivery, ended: Attempt, cause: Cause): Promise<Delivery> {
    if (row.attempt_id === null || row.attempt_id === ended.attempt_id) return row;
    const steps = wayBy(row.state, "unassigned", new Set()) ?? [];
    return this.#parts.recorder.take(tx, row, because(steps, "loaded_by_another_robot"), cause);
  }

  async #begin(
    tx: Transaction,
    row: Delivery,
    carrier: Carrier & { readonly adopts: Attempt | null },
  ): Promise<{ readonly attempt: Attempt; readonly delivery: Delivery }> {
    const { recorder, newId, codeLives } = this.#parts;
    const now = recorder.now();
    const attempt: Attempt = {
      attempt_id: newId(),
      delivery_id: row.delivery_id,
      organization_id: row.organization_id,
      robot_id: carrier.robotId,
      robot_name: carrier.robotName,
      state: "accepted",
      fencing_token: row.fencing_token + 1,
      compartment,
      hub: carrier.hub,
      legs: carrier.adopts ? legsWithGoods(carrier.legs) : carrier.legs,
      pace: carrier.pace,
      followed: carrier.adopts?.followed ?? null,
      adopted_id: carrier.adopts?.attempt_id ?? null,
      mission_epoch: 0,
      mission_seq: 0,
      created_at: now,
      ended_at: null,
      reason: null,
    };
    const planned = {
      pickupAt: row.eta_pickup_at ?? now,
      dropoffAt: row.eta_dropoff_p90_at ?? now,
      isLoaded: carrier.adopts !== null,
    };
    const codes = await makeCodes({ attempt, purposes: codesFor(planned, codeLives) }, this.#parts);
    const delivery = {
      ...row,
      attempt_id: attempt.attempt_id,
      robot_id: attempt.robot_id,
      robot_name: attempt.robot_name,
      fencing_token: attempt.fencing_token,
      route_json: routeOf(attempt.legs),
    };
    await tx.insert(attempts).values(attempt);
    await tx.insert(accessCode).values([...codes]);
    await tx.update(deliveries).set(delivery).where(eq(deliveries.delivery_id, row.delivery_id));
    return { attempt, delivery };
  }
}

function because(steps: readonly Step[], reason: string): readonly Step[] {
  return steps.map((step) => ({ ...step, reason }));
}

function guessed(steps: readonly Step[]): readonly Step[] {
  return steps.map((step) => ({ ...step, inferred: true }));
}
