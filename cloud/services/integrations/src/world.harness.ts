import assert from "node:assert/strict";
import { defineService, type ServiceContext } from "@kerbside/cloud-kit/service";
import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { type DeliverySnapshot, deliveryEvent, testDeliveryEvent } from "@kerbside/proto/events/deliveries";
import { deliveryRoutes, type Delivery } from "@kerbside/proto/routes/deliveries";
import type { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { integrations } from "./service.ts";

export const partner = {
  kind: "partner",
  id: crypto.randomUUID(),
  organizationId: crypto.randomUUID(),
  scopes: ["eats.deliveries"],
  live: true,
} as const satisfies Principal;
export const stranger: Principal = { ...partner, id: crypto.randomUUID() };

/** Everybody whom a bearer token of this world speaks for; `hasty` asks too often. */
const bearers: Readonly<Record<string, Principal>> = {
  good: partner,
  stranger,
  rehearsing: { ...partner, live: false },
  scopeless: { ...partner, scopes: [] },
};

export interface World extends AsyncDisposable {
  readonly started: Started<typeof integrationsRoutes>;
  readonly clock: VirtualClock;
  readonly deliveries: FakeDeliveries;
  /** What the service was wired with. */
  readonly context: ServiceContext;
  /** Deliveries says that a delivery took a step. */
  step(deliveryId: string, state: DeliveryState, change?: Partial<DeliverySnapshot>): Promise<void>;
}

/** The service on real Postgres, with the services that it calls as fakes. */
export async function world(postgresUrl: string): Promise<World> {
  const clock = new VirtualClock();
  const deliveries = new FakeDeliveries(clock);
  let context: ServiceContext | null = null;
  const known = defineService({
    ...integrations,
    wire: async (given) => {
      context = given;
      const authenticate = async (request: Request) => bearerOf(request);
      return { ...(await integrations.wire(given)), authenticators: [{ name: "partner", authenticate }] };
    },
  });
  const started = await startForTest(known, {
    postgresUrl,
    clock,
    settings: { integrations: { webhooksToLoopback: true } },
    clients: { deliveries: deliveries.client, accounts: fakeAccounts, config: { listStores: noStores } },
  });
  assert(context, "a started service was wired");
  return {
    started,
    clock,
    deliveries,
    context,
    async step(deliveryId, state, change = {}) {
      const delivery = deliveries.step(deliveryId, state, change);
      const { live } = await deliveries.getDelivery({ params: { delivery_id: deliveryId } });
      await started.deliver(live ? deliveryEvent : testDeliveryEvent, {
        subject_id: deliveryId,
        organization_id: partner.organizationId,
        event_time: toInstant(clock.now()),
        actor: { kind: "service", id: "deliveries" },
        body: { happened: state === "created" ? "created" : "state_changed", from: null, delivery },
      });
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

function bearerOf({ headers }: Request): Principal | null {
  const token = /^Bearer (?<token>.+)$/.exec(headers.get("authorization") ?? "")?.groups?.["token"];
  if (token === "hasty") throw new Fault("rate_limited", { retry_after_s: 9 });
  return token === undefined ? null : (bearers[token] ?? null);
}

const fakeAccounts = {
  async authenticateApiKey({
    body,
  }: {
    readonly body: { readonly client_id: string; readonly client_secret: string };
  }) {
    if (body.client_id !== "client" || body.client_secret !== "secret") throw new Fault("key_refused");
    const { id, organizationId, scopes, live } = partner;
    return { partner_id: id, organization_id: organizationId, key_id: id, scopes: [...scopes], live };
  },
  async listApiKeys({ query }: { readonly query: { readonly partner_id: string; readonly organization_id: string } }) {
    const isKnown = query.partner_id === partner.id || query.partner_id === stranger.id;
    const { organizationId } = partner;
    return { items: isKnown && query.organization_id === organizationId ? [query] : [], next_cursor: null };
  },
  async issuePartnerToken({ body }: { readonly body: { readonly scopes?: readonly string[] } }) {
    return { access_token: "good", expires_in_s: 2_592_000, scopes: body.scopes };
  },
};

const noStores = async () => ({ items: [], next_cursor: null });

const { createQuote, createDelivery } = deliveryRoutes;

/** Deliveries as far as this service asks it, in memory: the same id again is the same delivery. */
class FakeDeliveries {
  readonly byId = new Map<string, Delivery>();
  readonly asked: string[] = [];
  /** The next call fails with this. */
  fails: Error | null = null;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get client() {
    return {
      createQuote: this.createQuote.bind(this),
      createDelivery: this.createDelivery.bind(this),
      getDelivery: this.getDelivery.bind(this),
      updateDelivery: this.updateDelivery.bind(this),
      cancelDelivery: this.cancelDelivery.bind(this),
    };
  }

  async createQuote({ body }: { readonly body: unknown }) {
    this.#ask("createQuote");
    const { pickup, dropoff } = createQuote.body.parse(body);
    return createQuote.reply.parse({
      quote_id: crypto.randomUUID(),
      state: "offered",
      price: { amount_minor: 95_000, currency: "KZT" },
      pickup: addressOf(pickup?.text),
      dropoff: addressOf(dropoff.text),
      distance_m: 900,
      eta_pickup_at: this.#in(10),
      eta_dropoff_p50_at: this.#in(25),
      eta_dropoff_p90_at: this.#in(40),
      policy_version: "1",
      created_at: this.#in(0),
      expires_at: this.#in(15),
      delivery_id: null,
    });
  }

  async createDelivery({ body }: { readonly body: unknown }): Promise<Delivery> {
    this.#ask("createDelivery");
    const order = createDelivery.body.parse(body);
    const delivery_id = order.delivery_id ?? crypto.randomUUID();
    const there = this.byId.get(delivery_id);
    if (there) return there;
    const contact = { notes: null, phone: null, name: "" };
    const made = createDelivery.reply.parse({
      delivery_id,
      external_id: order.external_id ?? null,
      partner_id: order.on_behalf_of?.partner_id ?? null,
      live: order.on_behalf_of?.live ?? true,
      store_id: null,
      merchant_id: null,
      merchant_name: "Store",
      state: "created",
      state_since: this.#in(0),
      version: 1,
      cancel_requested: false,
      reason: null,
      waiting_reason: null,
      pickup: { ...contact, ...order.pickup, address: addressOf(order.pickup?.address?.text) },
      dropoff: { ...contact, ...order.dropoff, address: addressOf(order.dropoff.address.text) },
      items: order.items,
      undeliverable_action: order.undeliverable_action,
      price: { amount_minor: 95_000, currency: "KZT" },
      quote_id: order.quote_id ?? null,
      pickup_ready_at: order.pickup_ready_at ?? this.#in(15),
      dropoff_deadline_at: order.dropoff_deadline_at ?? this.#in(60),
      robot_id: null,
      robot_name: null,
      attempt_id: null,
      eta_pickup_at: this.#in(10),
      eta_dropoff_p50_at: this.#in(25),
      eta_dropoff_p90_at: this.#in(40),
      last_unlock_status: null,
      tracking_url: `https://track.test/${delivery_id}`,
      created_at: this.#in(0),
      updated_at: this.#in(0),
      ended_at: null,
    });
    this.byId.set(delivery_id, made);
    return made;
  }

  async getDelivery({ params }: { readonly params: { readonly delivery_id: string } }): Promise<Delivery> {
    this.#ask("getDelivery");
    const found = this.byId.get(params.delivery_id);
    if (!found) throw new Fault("delivery_not_found");
    return found;
  }

  async updateDelivery(call: {
    readonly params: { readonly delivery_id: string };
    readonly body: { readonly pickup_notes?: string; readonly dropoff_notes?: string };
  }): Promise<Delivery> {
    const found = await this.getDelivery(call);
    const { pickup_notes = found.pickup.notes, dropoff_notes = found.dropoff.notes } = call.body;
    const pickup = { ...found.pickup, notes: pickup_notes };
    return this.#keep({ ...found, pickup, dropoff: { ...found.dropoff, notes: dropoff_notes } });
  }

  async cancelDelivery(call: { readonly params: { readonly delivery_id: string } }): Promise<Delivery> {
    const found = await this.getDelivery(call);
    if (found.state !== "created") throw new Fault("delivery_not_cancellable");
    return this.#keep({ ...found, state: "cancelled", reason: "cancelled_by_creator" });
  }

  /** A step of the delivery, as its event tells it. */
  step(deliveryId: string, state: DeliveryState, change: Partial<DeliverySnapshot>): DeliverySnapshot {
    const found = this.byId.get(deliveryId);
    if (!found) throw new Fault("delivery_not_found");
    const robot = state === "created" ? {} : { robot_id: robotId, robot_name: "K1", attempt_id: robotId };
    const moved = this.#keep({ ...found, ...robot, state, state_since: this.#in(0) });
    const { pickup, dropoff, waiting_reason: _waiting, ...rest } = moved;
    return { ...rest, pickup: pickup.address, dropoff: dropoff.address, ...change };
  }

  #keep(delivery: Delivery): Delivery {
    const kept = { ...delivery, version: delivery.version + 1, updated_at: this.#in(0) };
    this.byId.set(delivery.delivery_id, kept);
    return kept;
  }

  #ask(method: string): void {
    this.asked.push(method);
    const { fails } = this;
    this.fails = null;
    if (fails) throw fails;
  }

  #in(minutes: number): string {
    return toInstant(this.#clock.now() + minutes * 60_000);
  }
}

export const robotId = "01890000-0000-7000-8000-00000000000a";

function addressOf(text = "") {
  return { text, place: { lat: 51.1, lng: 71.4 } };
}
