import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { waitLimitsMs } from "@kerbside/proto/robot/mission";
import type { deliveryRoutes, TrackingView } from "@kerbside/proto/routes/deliveries";
import { asc, eq } from "drizzle-orm";
import { isOpen } from "../attempt.ts";
import { hasEnded } from "../delivery.ts";
import { type Links, linksMax } from "../links.pg.ts";
import type { Vault } from "../ports.ts";
import { codesOf, findAttempt, findDelivery, lastUnlock, lockDelivery, silentSince } from "../rows.pg.ts";
import { type Delivery, deliveryStep, type TrackingLink } from "../tables.ts";
import { actorOf } from "../tenancy.ts";
import { purposeAt, whyNotOpen } from "../unlock.ts";
import type { Unlocking } from "../unlocking.pg.ts";
import { causeFor } from "./caller.ts";

export interface TrackingParts {
  readonly db: Database;
  readonly links: Links;
  readonly vault: Vault;
  readonly unlocking: Unlocking;
  readonly clock: Clock;
}

type Customer = Principal & { readonly kind: "customer" };

/** The customer's page: one delivery, without names and numbers of anybody. */
export function trackingHandlers(
  parts: TrackingParts,
): Pick<Handlers<typeof deliveryRoutes>, "getTracking" | "openForCustomer" | "shareTracking"> {
  const { db, clock, links, unlocking } = parts;
  return {
    async getTracking({ principal }) {
      const customer = holding(principal);
      const link = await links.find(db, customer.id);
      const row = await findDelivery(db, customer.deliveryId);
      if (!row || !link) throw new Fault("customer_link_refused");
      return trackingView(parts, row, link);
    },

    openForCustomer({ body, principal, requestId }) {
      const customer = holding(principal);
      if (customer.scope !== "unlock") throw new Fault("unlock_not_permitted");
      return db.transaction(async (tx) => {
        const row = await lockDelivery(tx, customer.deliveryId);
        // Revoking holds the delivery's row too: from its commit on no lid is asked to open.
        if (!row || !(await links.find(tx, customer.id))) throw new Fault("customer_link_refused");
        return unlocking.press(tx, row, {
          requestId: body.request_id,
          opener: "customer",
          actor: actorOf(customer),
          causationId: requestId,
        });
      });
    },

    shareTracking({ principal, operationId, requestId }) {
      const customer = holding(principal);
      return db.transaction(async (tx) => {
        const row = await lockDelivery(tx, customer.deliveryId);
        if (!row || !(await links.find(tx, customer.id))) throw new Fault("customer_link_refused");
        const cause = causeFor({ principal: customer, requestId }, toInstant(clock.now()));
        return links.add(tx, row, { linkId: operationId, scope: "view", max: linksMax.shared, cause });
      });
    },
  };
}

function holding(principal: Principal | null): Customer {
  const customer = asking(principal);
  if (customer.kind !== "customer") throw new Fault("customer_link_refused");
  return customer;
}

async function trackingView(parts: TrackingParts, row: Delivery, link: TrackingLink): Promise<TrackingView> {
  const { db } = parts;
  const [steps, last, pin, robot_silent_since] = await Promise.all([
    db
      .select({ state: deliveryStep.to_state, at: deliveryStep.event_time })
      .from(deliveryStep)
      .where(eq(deliveryStep.delivery_id, row.delivery_id))
      .orderBy(asc(deliveryStep.seq)),
    lastUnlock(db, row.delivery_id),
    link.scope === "unlock" ? pinOf(parts, row) : null,
    hasEnded(row) ? null : silentSince(db, row.robot_id),
  ]);
  const unload = last?.purpose === "unload" ? last : null;
  const whyNot = row.live
    ? whyNotOpen(row, { scope: link.scope, lastStatus: row.last_unlock_status })
    : "This is a test: no robot comes.";
  return {
    link_id: link.link_id,
    delivery_id: row.delivery_id,
    scope: link.scope,
    merchant_name: row.merchant_name,
    state: row.state,
    state_since: row.state_since,
    cancel_requested: row.cancel_requested,
    robot_name: row.robot_name,
    dropoff_text: row.dropoff_text,
    eta_dropoff_p50_at: row.eta_dropoff_p50_at,
    eta_dropoff_p90_at: row.eta_dropoff_p90_at,
    eta_promised_at: row.eta_promised_at,
    robot_silent_since,
    waits_until: waitsUntil(row),
    pin,
    can_open: whyNot === null,
    why_not: whyNot,
    last_unlock: unload && { request_id: unload.request_id, status: unload.status, at: unload.status_at },
    steps,
    link_expires_at: link.expires_at,
  };
}

/** The robot leaves by its own clock; this is the limit that its mission names. */
function waitsUntil({ state, state_since }: Delivery): string | null {
  if (purposeAt[state] !== "unload") return null;
  return toInstant(fromInstant(state_since) + waitLimitsMs.dropoff);
}

/** Shown from the moment a robot has it until the goods are out of its hands, or on their way back. */
async function pinOf({ db, vault }: TrackingParts, row: Delivery): Promise<string | null> {
  if (row.state === "enroute_to_return" || row.state === "arrived_at_return") return null;
  const attempt = await findAttempt(db, row.attempt_id);
  if (!attempt || !isOpen(attempt)) return null;
  const codes = await codesOf(db, { attemptId: attempt.attempt_id });
  const code = codes.find(({ purpose }) => purpose === "unload");
  return code ? vault.open(code.sealed_code) : null;
}
