import { appended, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import { Fault } from "@kerbside/proto/base/fault";
import { unlockRequested } from "@kerbside/proto/events/deliveries";
import { isUnlockUnderWay, type UnlockStatus } from "@kerbside/proto/states/unlock";
import { eq } from "drizzle-orm";
import { isOpen } from "./attempt.ts";
import { auditOf } from "./audit.ts";
import type { Happenings } from "./happenings.ts";
import type { Recorder } from "./record.pg.ts";
import { findAttempt, lastUnlock } from "./rows.pg.ts";
import { type Delivery, delivery as deliveries, type Unlock, unlock } from "./tables.ts";
import { type Opener, purposeFor } from "./unlock.ts";

export interface UnlockingParts {
  readonly outbox: Outbox;
  readonly recorder: Recorder;
  readonly happenings: Happenings;
}

export interface Press {
  readonly requestId: string;
  readonly opener: Opener;
  readonly actor: Actor;
  readonly causationId: string;
}

interface Answer {
  readonly request_id: string;
  readonly status: UnlockStatus;
}

/** Somebody pressed open. One press, or several while the lid is at work, make one command. */
export class Unlocking {
  readonly #parts: UnlockingParts;

  constructor(parts: UnlockingParts) {
    this.#parts = parts;
  }

  async press(tx: Transaction, row: Delivery, press: Press): Promise<Answer> {
    const [same] = await tx.select().from(unlock).where(eq(unlock.request_id, press.requestId));
    if (same) return repeated(same, row);
    const attempt = await findAttempt(tx, row.attempt_id);
    const hasRobot = attempt !== null && isOpen(attempt);
    const purpose = purposeFor({ state: row.state, isCancelRequested: row.cancel_requested, hasRobot }, press.opener);
    if (!purpose.ok) throw new Fault(purpose.error, { delivery_id: row.delivery_id, state: row.state });
    if (!attempt) throw new Fault("robot_not_at_stop", { delivery_id: row.delivery_id });
    const last = await lastUnlock(tx, row.delivery_id);
    if (last?.purpose === purpose.value && isUnlockUnderWay[last.status]) return answer(last);
    const now = this.#parts.recorder.now();
    const request: Unlock = {
      request_id: press.requestId,
      delivery_id: row.delivery_id,
      organization_id: row.organization_id,
      robot_id: attempt.robot_id,
      purpose: purpose.value,
      requested_by: press.actor,
      status: "requested",
      requested_at: now,
      status_at: now,
    };
    await tx.insert(unlock).values(request);
    const shown = { last_unlock_status: request.status, updated_at: now };
    await tx.update(deliveries).set(shown).where(eq(deliveries.delivery_id, row.delivery_id));
    await this.#tell(tx, row, { request, compartment: attempt.compartment, causationId: press.causationId });
    this.#parts.happenings.unlockRequested(row.delivery_id, request.purpose, press.opener);
    return answer(request);
  }

  async #tell(
    tx: Transaction,
    row: Delivery,
    { request, compartment, causationId }: { request: Unlock; compartment: number; causationId: string },
  ): Promise<void> {
    const { request_id, delivery_id, robot_id, purpose, requested_by, requested_at } = request;
    const cause = { actor: requested_by, eventTime: requested_at, causationId };
    await this.#parts.outbox.appendAll(tx, [
      appended(unlockRequested, {
        subject_id: delivery_id,
        organization_id: row.organization_id,
        event_time: requested_at,
        actor: requested_by,
        causation_id: causationId,
        body: { request_id, delivery_id, robot_id, compartment, purpose, requested_by },
      }),
      auditOf(row, cause, { action: "deliveries/lid_opening_requested", details: { purpose, robot_id, request_id } }),
    ]);
  }
}

function answer({ request_id, status }: Unlock): Answer {
  return { request_id, status };
}

/** The same press again; an id that somebody else used is as good as a wrong one. */
function repeated(request: Unlock, row: Delivery): Answer {
  if (request.delivery_id === row.delivery_id) return answer(request);
  throw new Fault("invalid_request", {}, [{ pointer: "/request_id", message: "this id was used for something else" }]);
}
