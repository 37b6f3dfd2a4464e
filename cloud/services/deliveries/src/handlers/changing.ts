import type { Database, Handlers, Outbox } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { eq } from "drizzle-orm";
import { giveUp, whyNotCancellable } from "../cancel.ts";
import { auditOf } from "../audit.ts";
import type { Cancelling } from "../cancelling.pg.ts";
import { hasEnded } from "../delivery.ts";
import type { Links } from "../links.pg.ts";
import type { Recorder } from "../record.pg.ts";
import { delivery as deliveries } from "../tables.ts";
import { isOperator } from "../tenancy.ts";
import { viewOf } from "../views.ts";
import { causeFor, seenLocked } from "./caller.ts";

export interface ChangingParts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly links: Links;
  readonly recorder: Recorder;
  readonly cancelling: Cancelling;
}

type Changing = Pick<Handlers<typeof deliveryRoutes>, "updateDelivery" | "cancelDelivery" | "endDelivery">;

export function changingHandlers({ db, outbox, links, recorder, cancelling }: ChangingParts): Changing {
  return {
    updateDelivery({ params, body, principal: caller, requestId }) {
      const principal = asking(caller);
      const cause = causeFor({ principal, requestId }, recorder.now(), body.on_behalf_of);
      return db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        if (hasEnded(row)) throw new Fault("delivery_ended", { delivery_id: row.delivery_id, state: row.state });
        const { pickup_notes = row.pickup_notes, dropoff_notes = row.dropoff_notes } = body;
        const change = { pickup_notes, dropoff_notes, version: row.version + 1, updated_at: recorder.now() };
        await tx.update(deliveries).set(change).where(eq(deliveries.delivery_id, row.delivery_id));
        const changed = Object.keys(body).filter((name) => name.endsWith("_notes"));
        const entry = auditOf(row, cause, { action: "deliveries/notes_changed", details: { changed } });
        if (changed.length > 0) await outbox.appendAll(tx, [entry]);
        return viewOf({ ...row, ...change }, links.urlOf(row));
      });
    },

    cancelDelivery({ params, body, principal: caller, requestId }) {
      const principal = asking(caller);
      const cause = causeFor({ principal, requestId }, recorder.now(), body.on_behalf_of);
      return db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        const by = { isOperator: isOperator(principal), note: body.note ?? null, cause };
        const cancelled = await cancelling.request(tx, row, by);
        if (!cancelled.ok) {
          const detail = whyNotCancellable(row.state, by.isOperator);
          throw new Fault(cancelled.error, { delivery_id: row.delivery_id, state: row.state, detail });
        }
        return viewOf(cancelled.value, links.urlOf(cancelled.value));
      });
    },

    endDelivery({ params, body, principal: caller, requestId }) {
      const principal = asking(caller);
      const cause = causeFor({ principal, requestId }, recorder.now());
      return db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        const steps = giveUp(row.state, body.reason);
        if (!steps.ok) {
          const detail = `a delivery that is ${row.state} cannot fail as ${body.reason}`;
          throw new Fault(steps.error, { delivery_id: row.delivery_id, state: row.state, detail });
        }
        const explained = steps.value.map((step) => ({ ...step, note: body.note }));
        const ended = await recorder.take(tx, row, explained, cause);
        const details = { reason: body.reason, note: body.note, from: row.state };
        await outbox.appendAll(tx, [auditOf(row, cause, { action: "deliveries/given_up", details })]);
        return viewOf(ended, links.urlOf(ended));
      });
    },
  };
}
