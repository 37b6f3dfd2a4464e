import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { fromInstant } from "@kerbside/proto/base/time";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { and, eq, isNull, notInArray } from "drizzle-orm";
import { dropoffOf, pickupOf } from "../address.ts";
import type { Happenings } from "../happenings.ts";
import type { Links } from "../links.pg.ts";
import type { Offers } from "../offers.ts";
import { fingerprintOf, newDelivery, type OrderBody, type Terms, whatIsMissing } from "../order.ts";
import { refuseQuote } from "../quote.ts";
import type { Recorder } from "../record.pg.ts";
import { findDelivery } from "../rows.pg.ts";
import { type Delivery, delivery as deliveries, type Quote, quote } from "../tables.ts";
import { type Owner, scopeOf, sees } from "../tenancy.ts";
import { viewOf } from "../views.ts";
import { causeFor, orderer } from "./caller.ts";
import { findQuote } from "./quoting.ts";

export interface OrderingParts {
  readonly db: Database;
  readonly offers: Offers;
  readonly recorder: Recorder;
  readonly links: Links;
  readonly happenings: Happenings;
  readonly newId: () => string;
  readonly deadlineRoomMs: number;
}

/** Orders. The same order again, by its own id, its external id or its Idempotency-Key, is the same delivery. */
export function orderingHandlers(parts: OrderingParts): Pick<Handlers<typeof deliveryRoutes>, "createDelivery"> {
  const { db, recorder, links, happenings } = parts;
  return {
    async createDelivery({ body, principal: caller, operationId, requestId }) {
      const principal = asking(caller);
      const owner = orderer(principal, body);
      if (owner.live && body.rehearsal !== undefined) throw new Fault("invalid_request", {}, [needsTestKey]);
      const deliveryId = body.delivery_id ?? operationId;
      const known = await findOrdered(db, { body, deliveryId, owner, principal });
      if (known) return viewOf(known, links.urlOf(known));
      const missing = whatIsMissing(body);
      if (missing && body.quote_id === undefined) throw new Fault("invalid_request", {}, [missing]);
      const terms = await agree(parts, { body, owner, principal });
      const now = recorder.now();
      const birth = { deliveryId, linkId: parts.newId(), owner, now, deadlineRoomMs: parts.deadlineRoomMs };
      const row = newDelivery(body, terms, birth);
      const cause = causeFor({ principal, requestId }, now, body.on_behalf_of);
      const isCreated = await db.transaction(async (tx) => {
        if (!(await recorder.create(tx, row, cause))) return false;
        if (terms.quoteId !== null) await useQuote(tx, terms.quoteId, deliveryId);
        await links.make(tx, row, { linkId: birth.linkId, scope: "unlock" });
        return true;
      });
      if (isCreated) {
        happenings.created(row);
        return viewOf(row, links.urlOf(row));
      }
      const first = await findOrdered(db, { body, deliveryId, owner, principal });
      if (!first) throw new Fault("unavailable", { detail: "the same order is being taken by another request" });
      return viewOf(first, links.urlOf(first));
    },
  };
}

const needsTestKey = { pointer: "/rehearsal", message: "a live key orders a real robot; send this with a test key" };

interface Ordered {
  readonly body: OrderBody;
  readonly deliveryId: string;
  readonly owner: Owner;
  readonly principal: Principal;
}

/** The delivery that this order already became; a refusal where its ids belong to another order. */
async function findOrdered(db: Database, { body, deliveryId, owner, principal }: Ordered): Promise<Delivery | null> {
  const fingerprint = fingerprintOf(body);
  const byId = await findDelivery(db, deliveryId);
  if (byId) {
    const isMine = sees(scopeOf(principal), byId) && isOf(owner, byId);
    if (!isMine || byId.fingerprint !== fingerprint) throw new Fault("idempotency_conflict");
    return byId;
  }
  if (body.external_id === undefined) return null;
  const [byName] = await db
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.organization_id, owner.organizationId),
        owner.partnerId === null ? isNull(deliveries.partner_id) : eq(deliveries.partner_id, owner.partnerId),
        eq(deliveries.live, owner.live),
        eq(deliveries.external_id, body.external_id),
        notInArray(deliveries.state, ["cancelled", "failed", "returned"]),
      ),
    );
  if (!byName) return null;
  if (byName.fingerprint === fingerprint && sees(scopeOf(principal), byName)) return byName;
  throw new Fault("duplicate_delivery", {
    external_id: body.external_id,
    ...(sees(scopeOf(principal), byName) ? { delivery_id: byName.delivery_id } : {}),
  });
}

async function agree(
  { db, offers, recorder }: OrderingParts,
  { body, owner, principal }: Omit<Ordered, "deliveryId">,
): Promise<Terms> {
  const wish = {
    organizationId: owner.organizationId,
    storeId: body.store_id,
    pickup: body.pickup?.address,
    dropoff: body.dropoff.address,
    pickupReadyAt: body.pickup_ready_at,
  };
  if (body.quote_id === undefined) {
    const offer = await offers.workOut(wish);
    return { ...offer, quoteId: null };
  }
  const quoted = await findQuote(db, body.quote_id, scopeOf(principal));
  if (!isOf(owner, quoted) || quoted.partner_id !== owner.partnerId) {
    throw new Fault("quote_not_found", { quote_id: body.quote_id });
  }
  const refusal = refuseQuote(quoted, wish, fromInstant(recorder.now()));
  if (!refusal.ok) throw new Fault(refusal.error, { quote_id: body.quote_id });
  const storeId = quoted.store_id ?? body.store_id;
  const store = await offers.store({ organizationId: owner.organizationId, storeId });
  const missing = store ? null : whatIsMissing(body);
  if (missing) throw new Fault("invalid_request", {}, [missing]);
  return termsOf(quoted, { store, pickupReadyAt: body.pickup_ready_at });
}

function isOf(owner: Owner, row: Pick<Delivery, "organization_id" | "live">): boolean {
  return row.organization_id === owner.organizationId && row.live === owner.live;
}

function termsOf(
  row: Quote,
  { store, pickupReadyAt }: Pick<Terms, "store"> & { pickupReadyAt: string | undefined },
): Terms {
  return {
    quoteId: row.quote_id,
    store,
    pickup: pickupOf(row),
    dropoff: dropoffOf(row),
    price: { amount_minor: row.price_minor, currency: row.currency },
    pickup_ready_at: pickupReadyAt ?? row.pickup_ready_at,
    eta_pickup_at: row.eta_pickup_at,
    eta_dropoff_p50_at: row.eta_dropoff_p50_at,
    eta_dropoff_p90_at: row.eta_dropoff_p90_at,
  };
}

/** Two orders may race for one quote: the row decides. */
async function useQuote(
  tx: Parameters<Parameters<Database["transaction"]>[0]>[0],
  quoteId: string,
  deliveryId: string,
): Promise<void> {
  const used = await tx
    .update(quote)
    .set({ state: "accepted", delivery_id: deliveryId })
    .where(and(eq(quote.quote_id, quoteId), eq(quote.state, "offered")))
    .returning({ id: quote.quote_id });
  if (used.length === 0) throw new Fault("quote_used", { quote_id: quoteId });
}
