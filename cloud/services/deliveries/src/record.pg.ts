import { type Appended, appended, type NewEvent, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, deliveryEvent, testDeliveryEvent } from "@kerbside/proto/events/deliveries";
import { attemptTable } from "@kerbside/proto/states/attempt";
import { isTerminal, next } from "@kerbside/proto/states/table";
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { attemptEventsOf } from "./attempt.ts";
import { dropoffOf, pickupOf } from "./address.ts";
import { after, hasEnded } from "./delivery.ts";
import type { Happenings } from "./happenings.ts";
import type { Step } from "./progress.ts";
import { codesOf, findAttempt } from "./rows.pg.ts";
import {
  type AccessCode,
  type Attempt,
  attempt as attempts,
  type Delivery,
  delivery as deliveries,
  deliveryStep,
  incident,
  trackingLink,
} from "./tables.ts";
import { type LinkLife, linkExpiry } from "./tracking-link.ts";
import { snapshotOf } from "./views.ts";

/** On whose word something changes, and when that happened. */
export interface Cause {
  readonly actor: Actor;
  readonly eventTime: string;
  /** The event or request that led to it. */
  readonly causationId: string | null;
}

export interface RecorderParts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly linkLife: LinkLife;
  readonly happenings: Happenings;
}

export interface AttemptNews {
  readonly attempt: Attempt;
  readonly happened: NewEvent<typeof attemptEvent>["body"]["happened"];
}

/** Writes what was decided: rows, history and events in the caller's transaction, the delivery's row being locked. */
export class Recorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  now(): string {
    return toInstant(this.#parts.clock.now());
  }

  /** Takes the steps, each with its event; the attempt under them goes along. Answers the delivery as it is then. */
  async take(tx: Transaction, before: Delivery, steps: readonly Step[], cause: Cause): Promise<Delivery> {
    if (steps.length === 0) return before;
    const attempt = await findAttempt(tx, before.attempt_id);
    const recordedTime = this.now();
    const events: Appended[] = [];
    const history: (typeof deliveryStep.$inferInsert)[] = [];
    let row = before;
    for (const step of steps) {
      row = after(row, step, { eventTime: cause.eventTime, recordedTime }, attempt);
      history.push(historyOf(row, step, { cause, recordedTime, attemptId: attempt?.attempt_id ?? null }));
      events.push(this.#deliveryNews(row, { happened: "state_changed", from: step.from }, cause));
    }
    const ended = attempt ? await this.#moveAttempt(tx, attempt, steps, recordedTime) : null;
    if (ended) events.push(await this.#attemptNews(tx, row, ended, cause));
    await this.#save(tx, row);
    await tx.insert(deliveryStep).values(history);
    await this.#settleSurroundings(tx, row, recordedTime);
    await this.#parts.outbox.appendAll(tx, events);
    for (const step of steps) this.#parts.happenings.stepTaken(row, step);
    return row;
  }

  /** Changes fields that others have to hear of, without a step. */
  async announce(
    tx: Transaction,
    before: Delivery,
    change: Partial<Delivery>,
    news: { readonly happened: "created" | "cancel_requested" | "estimate_changed"; readonly cause: Cause },
  ): Promise<Delivery> {
    const row = { ...before, ...change, version: before.version + 1, updated_at: this.now() };
    await this.#save(tx, row);
    await this.#parts.outbox.appendAll(tx, [
      this.#deliveryNews(row, { happened: news.happened, from: null }, news.cause),
    ]);
    return row;
  }

  /** A new delivery with its first step. False where its id or its external id is taken. */
  async create(tx: Transaction, row: Delivery, cause: Cause): Promise<boolean> {
    const written = await tx
      .insert(deliveries)
      .values(row)
      .onConflictDoNothing()
      .returning({ id: deliveries.delivery_id });
    if (written.length === 0) return false;
    await tx.insert(deliveryStep).values({
      delivery_id: row.delivery_id,
      seq: row.version,
      organization_id: row.organization_id,
      event: "created",
      from_state: null,
      to_state: row.state,
      reason: null,
      inferred: false,
      attempt_id: null,
      event_time: cause.eventTime,
      recorded_time: this.now(),
      actor: cause.actor,
    });
    await this.#parts.outbox.appendAll(tx, [this.#deliveryNews(row, { happened: "created", from: null }, cause)]);
    return true;
  }

  /** Lets everybody know of an attempt that begins, with the codes that its robot has to accept. */
  async announceAttempt(tx: Transaction, row: Delivery, attempt: Attempt, cause: Cause): Promise<void> {
    const news = await this.#attemptNews(tx, row, { attempt, happened: "accepted" }, cause);
    await this.#parts.outbox.appendAll(tx, [news]);
  }

  /** Ends an attempt beside the delivery's own steps: the delivery stays where it is. */
  async abort(tx: Transaction, row: Delivery, attempt: Attempt, reason: string, cause: Cause): Promise<void> {
    const to = next(attemptTable, attempt.state, "aborted");
    if (!to.ok) return;
    const aborted = { ...attempt, state: to.value, ended_at: this.now(), reason };
    await this.#saveAttempt(tx, aborted);
    const news = await this.#attemptNews(tx, row, { attempt: aborted, happened: "aborted" }, cause);
    await this.#parts.outbox.appendAll(tx, [news]);
  }

  async #moveAttempt(
    tx: Transaction,
    attempt: Attempt,
    steps: readonly Step[],
    recordedTime: string,
  ): Promise<AttemptNews | null> {
    let moved = attempt;
    let happened: AttemptNews["happened"] | null = null;
    for (const event of attemptEventsOf(attempt.state, steps)) {
      const to = next(attemptTable, moved.state, event);
      if (!to.ok) continue;
      moved = { ...moved, state: to.value };
      if (!isTerminal(attemptTable, to.value)) continue;
      moved = { ...moved, ended_at: recordedTime, reason: steps.at(-1)?.reason ?? null };
      if (event === "succeeded" || event === "failed" || event === "aborted") happened = event;
    }
    if (moved !== attempt) await this.#saveAttempt(tx, moved);
    return happened ? { attempt: moved, happened } : null;
  }

  async #saveAttempt(tx: Transaction, row: Attempt): Promise<void> {
    const { state, ended_at, reason } = row;
    await tx.update(attempts).set({ state, ended_at, reason }).where(eq(attempts.attempt_id, row.attempt_id));
  }

  async #save(tx: Transaction, row: Delivery): Promise<void> {
    await tx.update(deliveries).set(row).where(eq(deliveries.delivery_id, row.delivery_id));
  }

  /** A delivery that moved is not stuck any more; one that ended lets its links die. */
  async #settleSurroundings(tx: Transaction, row: Delivery, at: string): Promise<void> {
    const mine = and(eq(incident.delivery_id, row.delivery_id), isNull(incident.closed_at));
    const open = hasEnded(row) ? mine : and(mine, ne(incident.kind, "evidence_contradicts"));
    await tx.update(incident).set({ closed_at: at }).where(open);
    if (!hasEnded(row)) return;
    const expiry = linkExpiry(row, this.#parts.linkLife);
    await tx
      .update(trackingLink)
      .set({ expires_at: sql`least(${trackingLink.expires_at}, ${expiry}::timestamptz)` })
      .where(eq(trackingLink.delivery_id, row.delivery_id));
  }

  #deliveryNews(
    row: Delivery,
    { happened, from }: Pick<NewEvent<typeof deliveryEvent>["body"], "happened" | "from">,
    cause: Cause,
  ): Appended {
    return appended(row.live ? deliveryEvent : testDeliveryEvent, {
      ...this.#envelope(row, cause),
      body: { happened, from, delivery: snapshotOf(row) },
    });
  }

  async #attemptNews(
    tx: Transaction,
    row: Delivery,
    { attempt, happened }: AttemptNews,
    cause: Cause,
  ): Promise<Appended> {
    const codes = await codesOf(tx, { attemptId: attempt.attempt_id });
    return appended(attemptEvent, {
      ...this.#envelope(row, cause),
      body: {
        happened,
        attempt_id: attempt.attempt_id,
        delivery_id: row.delivery_id,
        robot_id: attempt.robot_id,
        fencing_token: attempt.fencing_token,
        compartment: attempt.compartment,
        pickup: pickupOf(row),
        dropoff: dropoffOf(row),
        hub: { ...attempt.hub },
        legs: attempt.legs,
        grants: codes.map(grantOf),
        reason: attempt.reason,
      },
    });
  }

  #envelope(row: Delivery, cause: Cause) {
    return {
      subject_id: row.delivery_id,
      organization_id: row.organization_id,
      event_time: cause.eventTime,
      actor: cause.actor,
      causation_id: cause.causationId,
    };
  }
}

function historyOf(
  row: Delivery,
  step: Step,
  { cause, recordedTime, attemptId }: { cause: Cause; recordedTime: string; attemptId: string | null },
): typeof deliveryStep.$inferInsert {
  return {
    delivery_id: row.delivery_id,
    organization_id: row.organization_id,
    seq: row.version,
    event: step.event,
    from_state: step.from,
    to_state: step.to,
    inferred: step.inferred,
    reason: step.note === undefined ? step.reason : `${step.reason}: ${step.note}`,
    event_time: cause.eventTime,
    recorded_time: recordedTime,
    actor: cause.actor,
    attempt_id: attemptId,
  };
}

function grantOf({ grant_id, purpose, means, stop, expires_at, pin_verifier }: AccessCode) {
  return { grant_id, purpose, means, stop, expires_at, pin_verifier };
}
