import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import type { Clock } from "@kerbside/proto/base/clock";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { OpenOrder, Orders } from "./orders.ts";

export interface HttpOrdersOptions {
  /** `http://host:port`, for the customers' phones. */
  readonly baseUrl: string;
  /** The stores' tablets: asked anew each time, because the cloud behind them may be started again. */
  readonly store: () => Client<typeof deliveryRoutes>;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** What people see on their screens and do there: the store's tablet, and the tracking link over the same HTTP as a phone. */
export class HttpOrders implements Orders {
  readonly #options: HttpOrdersOptions;

  constructor(options: HttpOrdersOptions) {
    this.#options = options;
  }

  async open(): Promise<readonly OpenOrder[]> {
    const client = this.#options.store();
    const open: OpenOrder[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listDeliveries({
        query: { status: "open", limit: 200, ...(cursor !== undefined && { cursor }) },
      });
      open.push(
        ...page.items.map((delivery) => ({
          deliveryId: delivery.delivery_id,
          robotId: delivery.robot_id,
          trackingUrl: delivery.tracking_url,
          pickup: delivery.pickup.address.place,
          dropoff: delivery.dropoff.address.place,
        })),
      );
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return open;
  }

  async loadCode({ deliveryId }: OpenOrder): Promise<string> {
    const { code } = await this.#options.store().getLoadCode({ params: { delivery_id: deliveryId } });
    return code;
  }

  async pin(order: OpenOrder): Promise<string | null> {
    const { pin } = await this.#customer(order).getTracking({});
    return pin;
  }

  async pressOpen(order: OpenOrder): Promise<void> {
    const { clock, rng } = this.#options;
    await this.#customer(order).openForCustomer({ body: { request_id: uuidV7(clock, rng) } });
  }

  /** The link's secret is in the part of the address that browsers keep to themselves. */
  #customer({ trackingUrl }: OpenOrder): Client<typeof deliveryRoutes> {
    const token = new URL(trackingUrl ?? this.#options.baseUrl).hash.slice(1);
    return createClient(deliveryRoutes, {
      baseUrl: this.#options.baseUrl,
      headers: () => ({ authorization: `Bearer ${token}` }),
    });
  }
}
