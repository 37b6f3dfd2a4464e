import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { below, type Rng } from "@kerbside/proto/base/rng";
import { toInstant } from "@kerbside/proto/base/time";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { PlannedStore, Spot } from "../seed/plan.ts";
import { drawOrder, one } from "./demand.ts";

export interface TrafficOptions {
  /** The partner whose customers these are. */
  readonly partner: Client<typeof deliveryRoutes>;
  readonly stores: readonly PlannedStore[];
  readonly homes: readonly Spot[];
  readonly clock: Clock;
  readonly rng: Rng;
  /** Kitchens cook as much faster as robots drive. */
  readonly speedUp: number;
}

/** What an order may leave to chance. */
export interface Wish {
  readonly store?: PlannedStore;
  readonly home?: Spot;
  readonly externalId?: string;
}

/** Straight metres between store and home: walks of 400 to 1500 m. */
const nearM = 250;
const farM = 950;
const cookMs = { least: 3 * 60_000, most: 9 * 60_000 } as const;

/** Orders, as a marketplace sends them to us. */
export class Traffic {
  readonly #options: TrafficOptions;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  async order(wish: Wish = {}): Promise<Delivery> {
    const { partner, stores, rng, clock, speedUp } = this.#options;
    const store = wish.store ?? one(rng, stores);
    const home = wish.home ?? one(rng, this.homesNear(store));
    const { customer, items } = drawOrder(rng);
    const readyMs = (cookMs.least + below(rng, cookMs.most - cookMs.least)) / speedUp;
    return partner.createDelivery({
      body: {
        store_id: store.storeId,
        dropoff: {
          address: home.address,
          name: customer,
          phone: `+7701${String(1_000_000 + below(rng, 9_000_000))}`,
        },
        items: items.map((item) => ({ ...item, price_minor: (5 + below(rng, 40)) * 10_000 })),
        pickup_ready_at: toInstant(Math.round(clock.now() + readyMs)),
        external_id: wish.externalId ?? `NE-${clock.now().toString(36).toUpperCase()}`,
      },
    });
  }

  /** Where this store's customers live. */
  homesNear(store: PlannedStore): readonly Spot[] {
    const { homes } = this.#options;
    const away = ({ stop }: Spot): number => distanceM(stop, store.address.place);
    const near = homes.filter((home) => away(home) >= nearM && away(home) <= farM);
    return near.length > 0 ? near : homes;
  }
}
