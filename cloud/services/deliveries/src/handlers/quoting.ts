import type { Database, Handlers } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { asking } from "@kerbside/proto/base/refuse";
import { toInstant } from "@kerbside/proto/base/time";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { eq } from "drizzle-orm";
import { wordsOf } from "../address.ts";
import type { Happenings } from "../happenings.ts";
import type { Offers } from "../offers.ts";
import { stateAt } from "../quote.ts";
import { type Quote, quote } from "../tables.ts";
import { type Scope, scopeOf, sees } from "../tenancy.ts";
import { quoteViewOf } from "../views.ts";
import { orderer } from "./caller.ts";

export interface QuotingParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly offers: Offers;
  readonly happenings: Happenings;
  readonly quoteLifeMs: number;
}

export function quotingHandlers(
  parts: QuotingParts,
): Pick<Handlers<typeof deliveryRoutes>, "createQuote" | "getQuote"> {
  const { db, clock, offers, happenings, quoteLifeMs } = parts;
  return {
    async createQuote({ body, principal: caller, operationId }) {
      const principal = asking(caller);
      const owner = orderer(principal, body);
      const wish = {
        organizationId: owner.organizationId,
        storeId: body.store_id,
        pickup: body.pickup,
        dropoff: body.dropoff,
        pickupReadyAt: body.pickup_ready_at,
      };
      const offer = await offers.workOut(wish).catch((error: unknown) => {
        if (error instanceof Fault) happenings.quoteDeclined(error.code);
        throw error;
      });
      const nowMs = clock.now();
      const row: Quote = {
        quote_id: operationId,
        organization_id: owner.organizationId,
        partner_id: owner.partnerId,
        live: owner.live,
        store_id: offer.store?.store_id ?? null,
        state: "offered",
        asked_pickup: body.pickup ? wordsOf(body.pickup) : null,
        asked_dropoff: wordsOf(body.dropoff),
        pickup_text: offer.pickup.text,
        pickup_unit: offer.pickup.unit ?? null,
        pickup_lat: offer.pickup.place.lat,
        pickup_lng: offer.pickup.place.lng,
        dropoff_text: offer.dropoff.text,
        dropoff_unit: offer.dropoff.unit ?? null,
        dropoff_lat: offer.dropoff.place.lat,
        dropoff_lng: offer.dropoff.place.lng,
        price_minor: offer.price.amount_minor,
        currency: offer.price.currency,
        distance_m: offer.distance_m,
        pickup_ready_at: offer.pickup_ready_at,
        eta_pickup_at: offer.eta_pickup_at,
        eta_dropoff_p50_at: offer.eta_dropoff_p50_at,
        eta_dropoff_p90_at: offer.eta_dropoff_p90_at,
        policy_version: offer.policy_version,
        created_at: toInstant(nowMs),
        expires_at: toInstant(nowMs + quoteLifeMs),
        delivery_id: null,
      };
      const written = await db.insert(quote).values(row).onConflictDoNothing().returning();
      return quoteViewOf(written[0] ?? (await findQuote(db, row.quote_id, scopeOf(principal))), "offered");
    },

    async getQuote({ params, principal }) {
      const row = await findQuote(db, params.quote_id, scopeOf(asking(principal)));
      return quoteViewOf(row, stateAt(row, clock.now()));
    },
  };
}

/** A quote that the caller may see; others' are not there. */
export async function findQuote(db: Database, quoteId: string, scope: Scope): Promise<Quote> {
  const [row] = await db.select().from(quote).where(eq(quote.quote_id, quoteId));
  if (!row || !sees(scope, row)) throw new Fault("quote_not_found", { quote_id: quoteId });
  return row;
}
