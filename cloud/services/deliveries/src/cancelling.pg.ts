import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Result } from "@kerbside/proto/base/result";
import { ok } from "@kerbside/proto/base/result";
import { fromInstant } from "@kerbside/proto/base/time";
import { isLoaded } from "@kerbside/proto/states/delivery";
import { and, eq, isNull, lt } from "drizzle-orm";
import { isOpen } from "./attempt.ts";
import { auditOf } from "./audit.ts";
import { type Cancellable, cancel, cancelSteps, isCertainlyUnloaded } from "./cancel.ts";
import { hasEnded } from "./delivery.ts";
import type { Happenings } from "./happenings.ts";
import type { Step } from "./progress.ts";
import type { Cause, Recorder } from "./record.pg.ts";
import { codesOf, findAttempt, lastUnlock, lockDelivery } from "./rows.pg.ts";
import { accessCode, type Delivery } from "./tables.ts";

export interface CancellingParts {
  readonly recorder: Recorder;
  readonly outbox: Outbox;
  readonly happenings: Happenings;
}

export interface CancelRequest {
  readonly isOperator: boolean;
  readonly note: string | null;
  readonly cause: Cause;
}

/** Ends deliveries that somebody does not want any more, as soon as no robot can be loading them. */
export class Cancelling {
  readonly #parts: CancellingParts;

  constructor(parts: CancellingParts) {
    this.#parts = parts;
  }

  async request(
    tx: Transaction,
    row: Delivery,
    { isOperator, note, cause }: CancelRequest,
  ): Promise<Result<Delivery, "delivery_not_cancellable">> {
    const nowMs = fromInstant(cause.eventTime);
    const decision = cancel(await this.#cancellable(tx, row), { isOperator, nowMs });
    if (!decision.ok) return decision;
    const audit = auditOf(row, cause, { action: "deliveries/cancel_requested", details: { note } });
    switch (decision.value.type) {
      case "unchanged":
        return ok(row);
      case "cancelled": {
        const ended = await this.#parts.recorder.take(tx, row, explained(decision.value.steps, note), cause);
        await this.#parts.outbox.appendAll(tx, [audit]);
        return ok(ended);
      }
      case "requested":
      case "return": {
        const asked = await this.#ask(tx, row, note, cause);
        await this.#parts.outbox.appendAll(tx, [audit]);
        return ok(asked);
      }
    }
  }

  /** The robot has noted that a grant is void. */
  async grantRevoked(
    tx: Transaction,
    { grantId, robotId, wasUsed }: { readonly grantId: string; readonly robotId: string; readonly wasUsed: boolean },
    cause: Cause,
  ): Promise<void> {
    const mine = and(eq(accessCode.grant_id, grantId), eq(accessCode.robot_id, robotId), isNull(accessCode.settled_at));
    const settled = await tx
      .update(accessCode)
      .set({ settled_at: cause.eventTime, was_used: wasUsed })
      .where(mine)
      .returning({ deliveryId: accessCode.delivery_id });
    for (const { deliveryId } of settled) await this.complete(tx, deliveryId, cause);
  }

  /**
   * A robot's P0 stream tells everything in order: a fact of this time says that all before it are here, so that codes
   * which had run out by then opened nothing that we do not know of.
   */
  async drainedPast(tx: Transaction, robotId: string, cause: Cause): Promise<void> {
    const settled = await tx
      .update(accessCode)
      .set({ settled_at: cause.eventTime })
      .where(
        and(
          eq(accessCode.robot_id, robotId),
          isNull(accessCode.settled_at),
          lt(accessCode.expires_at, cause.eventTime),
        ),
      )
      .returning({ deliveryId: accessCode.delivery_id });
    for (const deliveryId of new Set(settled.map((code) => code.deliveryId))) {
      await this.complete(tx, deliveryId, cause);
    }
  }

  /** A requested cancel becomes one when it has become certain that nothing was loaded. */
  async complete(tx: Transaction, deliveryId: string, cause: Cause): Promise<void> {
    const row = await lockDelivery(tx, deliveryId);
    if (!row?.cancel_requested || hasEnded(row) || isLoaded(row.state)) return;
    if (!isCertainlyUnloaded(await this.#cancellable(tx, row))) return;
    const by = { ...cause, actor: row.cancel_requested_by ?? cause.actor };
    await this.#parts.recorder.take(tx, row, explained(cancelSteps(row.state), row.cancel_note), by);
  }

  /** Before loading the attempt ends at once, which voids its codes and calls the robot away; then its word is waited for. */
  async #ask(tx: Transaction, row: Delivery, note: string | null, cause: Cause): Promise<Delivery> {
    const { recorder, happenings } = this.#parts;
    const attempt = await findAttempt(tx, row.attempt_id);
    const change = {
      cancel_requested: true,
      cancel_requested_at: cause.eventTime,
      cancel_requested_by: cause.actor,
      cancel_note: note,
    };
    const asked = await recorder.announce(tx, row, change, { happened: "cancel_requested", cause });
    if (attempt && isOpen(attempt) && !isLoaded(row.state)) {
      await recorder.abort(tx, asked, attempt, "cancel_requested", cause);
    }
    happenings.cancelRequested(asked);
    return asked;
  }

  async #cancellable(tx: Transaction, row: Delivery): Promise<Cancellable> {
    const codes = await codesOf(tx, { deliveryId: row.delivery_id });
    return {
      state: row.state,
      isCancelRequested: row.cancel_requested,
      loadGrants: codes.filter(({ purpose }) => purpose === "load"),
      lastUnlock: await lastUnlock(tx, row.delivery_id),
      lidStatus: row.last_unlock_status,
    };
  }
}

function explained(steps: readonly Step[], note: string | null): readonly Step[] {
  return note === null ? steps : steps.map((step) => ({ ...step, note }));
}
