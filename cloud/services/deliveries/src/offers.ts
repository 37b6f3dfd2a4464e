import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import type { Money } from "@kerbside/proto/base/money";
import type { Address } from "@kerbside/proto/base/place";
import { toInstant } from "@kerbside/proto/base/time";
import type { configRoutes, Market, Store } from "@kerbside/proto/routes/config";
import type { AddressInput } from "@kerbside/proto/routes/deliveries";
import type { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { withUnit } from "./address.ts";
import { inUtc } from "./order.ts";
import { priceOf } from "./pricing.ts";

/** What somebody wants carried, before anybody worked it out. */
export interface Wish {
  readonly organizationId: string;
  readonly storeId: string | undefined;
  readonly pickup: AddressInput | undefined;
  readonly dropoff: AddressInput;
  readonly pickupReadyAt: string | undefined;
}

/** What it would cost and when it would be there, as things stand. */
export interface Offer {
  readonly store: Store | null;
  readonly pickup: Address;
  readonly dropoff: Address;
  readonly distance_m: number;
  readonly price: Money;
  readonly pickup_ready_at: string;
  readonly eta_pickup_at: string;
  readonly eta_dropoff_p50_at: string;
  readonly eta_dropoff_p90_at: string;
  readonly policy_version: string;
}

export interface OfferParts {
  readonly config: Pick<Client<typeof configRoutes>, "getStore" | "getMarket">;
  readonly dispatch: Pick<Client<typeof dispatchRoutes>, "estimate">;
  readonly clock: Clock;
}

/** Works offers out with those who know stores, fares and ways. Their refusals are the caller's. */
export class Offers {
  readonly #parts: OfferParts;

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  async workOut(wish: Wish): Promise<Offer> {
    const store = await this.store(wish);
    const pickup = wish.pickup ?? store?.address;
    if (!pickup) {
      throw new Fault("invalid_request", {}, [{ pointer: "/pickup", message: "give `pickup`, `store_id` or both" }]);
    }
    const pickupReadyAt = wish.pickupReadyAt === undefined ? this.#readyAt(store) : inUtc(wish.pickupReadyAt);
    const estimate = await this.#parts.dispatch.estimate({
      body: {
        organization_id: wish.organizationId,
        pickup,
        dropoff: wish.dropoff,
        pickup_ready_at: pickupReadyAt,
      },
    });
    const market = await this.#market(wish.organizationId, store?.market_id ?? estimate.market_id);
    return {
      store,
      pickup: withUnit(estimate.pickup, pickup.unit),
      dropoff: withUnit(estimate.dropoff, wish.dropoff.unit),
      distance_m: estimate.distance_m,
      price: priceOf(market.fare, estimate.distance_m),
      pickup_ready_at: pickupReadyAt,
      eta_pickup_at: estimate.eta_pickup_at,
      eta_dropoff_p50_at: estimate.eta_dropoff_p50_at,
      eta_dropoff_p90_at: estimate.eta_dropoff_p90_at,
      policy_version: estimate.policy_version,
    };
  }

  /** The store that the order names; another organization's is not there. */
  async store({ organizationId, storeId }: Pick<Wish, "organizationId" | "storeId">): Promise<Store | null> {
    if (storeId === undefined) return null;
    const store = await this.#parts.config.getStore({ params: { store_id: storeId } });
    if (store.organization_id !== organizationId) throw new Fault("store_not_found", { store_id: storeId });
    return store;
  }

  async #market(organizationId: string, marketId: string | null): Promise<Market> {
    const market = marketId === null ? null : await this.#parts.config.getMarket({ params: { market_id: marketId } });
    if (market?.organization_id === organizationId) return market;
    throw new Fault("address_undeliverable", { detail: "the pickup lies in no market of this organization" });
  }

  #readyAt(store: Store | null): string {
    return toInstant(this.#parts.clock.now() + (store?.prep_minutes ?? 0) * 60_000);
  }
}
