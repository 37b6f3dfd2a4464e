import type { Database, Handlers, Outbox } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { eq } from "drizzle-orm";
import { auditOf } from "../audit.ts";
import { hasEnded } from "../delivery.ts";
import { type Links, linksMax } from "../links.pg.ts";
import type { Recorder } from "../record.pg.ts";
import { delivery as deliveries } from "../tables.ts";
import { causeFor, seenLocked } from "./caller.ts";

export interface LinkingParts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly links: Links;
  readonly recorder: Recorder;
}

/** Links for the customer, made and voided by whoever ordered and by ops. */
export function linkingHandlers({
  db,
  outbox,
  links,
  recorder,
}: LinkingParts): Pick<Handlers<typeof deliveryRoutes>, "createTrackingLink" | "revokeTrackingLinks"> {
  return {
    createTrackingLink({ params, body: { scope }, principal: caller, operationId, requestId }) {
      const principal = asking(caller);
      const cause = causeFor({ principal, requestId }, recorder.now());
      return db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        if (hasEnded(row)) throw new Fault("delivery_ended", { delivery_id: row.delivery_id, state: row.state });
        const link = await links.add(tx, row, { linkId: operationId, scope, max: linksMax.made, cause });
        if (row.link_id === null && scope === "unlock") {
          const change = { link_id: link.link_id, updated_at: recorder.now() };
          await tx.update(deliveries).set(change).where(eq(deliveries.delivery_id, row.delivery_id));
        }
        return link;
      });
    },

    async revokeTrackingLinks({ params, principal: caller, requestId }) {
      const principal = asking(caller);
      await db.transaction(async (tx) => {
        const row = await seenLocked(tx, params.delivery_id, principal);
        const count = await links.revokeAll(tx, row.delivery_id);
        const change = { link_id: null, updated_at: recorder.now() };
        await tx.update(deliveries).set(change).where(eq(deliveries.delivery_id, row.delivery_id));
        const cause = causeFor({ principal, requestId }, change.updated_at);
        await outbox.appendAll(tx, [auditOf(row, cause, { action: "deliveries/links_revoked", details: { count } })]);
      });
    },
  };
}
