import type { RequestListener } from "node:http";
import type { Principal } from "@kerbside/proto/base/roles";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { Registry } from "prom-client";
import { Happenings } from "../happenings.ts";
import { partner, type World } from "../world.harness.ts";
import { Couriers } from "./couriers.pg.ts";
import { HttpPost } from "./post.http.ts";
import { PgQueue } from "./queue.pg.ts";
import { receiver } from "./receiver.harness.ts";
import { Sender } from "./sender.ts";

export const never: AbortSignal = new AbortController().signal;
/** How long to wait for real requests on real sockets. */
export const patience = { timeout: 5_000, interval: 5 };

/** A partner's servers, and the service's own senders in the hands of a test. */
export class Hooks {
  readonly sender: Sender;
  readonly couriers: Couriers;
  readonly #world: World;

  constructor(world: World, post = new HttpPost({ loopback: true })) {
    const { db, outbox, clock, log, newId } = world.context;
    const happenings = new Happenings({ log, metrics: new Registry() });
    this.#world = world;
    this.sender = new Sender({ queue: new PgQueue({ db, outbox }), post, clock, rng: systemRng, happenings });
    this.couriers = new Couriers({ db, clock, newId, happenings });
  }

  get mine() {
    return this.#world.started.client(partner);
  }

  /** Sends whatever is due now, and what becomes due by that. */
  async sendAll(): Promise<void> {
    while ((await this.sender.begin(never)) > 0) await this.sender.idle();
  }

  /** A server, an address for it, and what arrived there. Gone with the test. */
  async listening(
    answer: RequestListener = (_request, response) => response.end("ok"),
    kinds: ("event.delivery_status" | "event.courier_update")[] = ["event.delivery_status"],
    by: Principal = partner,
  ) {
    const mine = this.#world.started.client(by);
    const arrived: { body: string; headers: Record<string, string> }[] = [];
    const there = await receiver((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
        arrived.push({ body: Buffer.concat(chunks).toString("utf8"), headers: Object.fromEntries(headers) });
        answer(request, response);
      });
    });
    const endpoint = await mine.createWebhook({ body: { url: there.url, kinds } });
    const params = { endpoint_id: endpoint.endpoint_id };
    const isThis = (each: { readonly endpoint_id: string }) => each.endpoint_id === endpoint.endpoint_id;
    return {
      ...endpoint,
      params,
      arrived,
      test: () => mine.testWebhook({ params }),
      messages: async () => (await mine.listWebhookMessages({ params, query: {} })).items,
      look: async () => (await mine.listWebhooks({ query: {} })).items.find(isThis),
      async [Symbol.asyncDispose]() {
        const { items } = await mine.listWebhooks({ query: {} });
        if (items.some(isThis)) await mine.deleteWebhook({ params });
        await there[Symbol.asyncDispose]();
      },
    };
  }

  /** A delivery that this partner ordered by our own API. */
  async ordered({ live = true } = {}): Promise<string> {
    const { delivery_id } = await this.#world.deliveries.createDelivery({
      body: {
        on_behalf_of: { organization_id: partner.organizationId, partner_id: partner.id, live },
        pickup: { name: "Store", address: { text: "Store" } },
        dropoff: { name: "Aigerim", address: { text: "Door" } },
        items: [{ name: "Soup", quantity: 1 }],
      },
    });
    return delivery_id;
  }
}
