import type { NewEvent } from "@kerbside/cloud-kit/service";
import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Actor } from "@kerbside/proto/base/actor";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { Call } from "@kerbside/proto/base/endpoint";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, deliveryEvent, planEvent } from "@kerbside/proto/events/deliveries";
import {
  commandChanged,
  custodyChanged,
  grantRevoked,
  lidChanged,
  missionProgressed,
} from "@kerbside/proto/events/robots";
import type { JournalBody } from "@kerbside/proto/robot/journal";
import type { Market, Store } from "@kerbside/proto/routes/config";
import type { Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { deliveries } from "./service.ts";

/** Fixed ids, so that a failing test reads the same each time. */
export const ids = {
  organization: "0198c000-0000-7000-8000-000000000001",
  otherOrganization: "0198c000-0000-7000-8000-000000000002",
  partner: "0198c000-0000-7000-8000-000000000011",
  otherPartner: "0198c000-0000-7000-8000-000000000012",
  market: "0198c000-0000-7000-8000-000000000021",
  merchant: "0198c000-0000-7000-8000-000000000031",
  store: "0198c000-0000-7000-8000-000000000041",
  otherStore: "0198c000-0000-7000-8000-000000000042",
  foreignStore: "0198c000-0000-7000-8000-000000000043",
  robot: "0198c000-0000-7000-8000-000000000051",
  otherRobot: "0198c000-0000-7000-8000-000000000052",
  hub: "0198c000-0000-7000-8000-000000000061",
} as const;

export const partner: Principal = {
  kind: "partner",
  id: ids.partner,
  organizationId: ids.organization,
  scopes: ["eats.deliveries"],
  live: true,
};
export const otherPartner: Principal = { ...partner, id: ids.otherPartner };
export const foreigner: Principal = { ...partner, id: ids.otherPartner, organizationId: ids.otherOrganization };
export const service: Principal = { kind: "service", id: "integrations", organizationId: null };
export const ops = person("ops", []);
export const admin = person("admin", []);
export const merchant = person("merchant", [ids.store]);
export const otherMerchant = person("merchant", [ids.otherStore]);

export const storePlace = { lat: 51.128, lng: 71.43 };
export const doorPlace = { lat: 51.136, lng: 71.44 };

/** An order that partners place in these tests. */
export const order: Order = {
  store_id: ids.store,
  dropoff: { address: { text: "Kabanbay Batyr 12" }, name: "Aigerim", phone: "+77172123456" },
  items: [{ name: "Soup", quantity: 2 }],
};
export type Order = Call<typeof deliveryRoutes.createDelivery>["body"];

/** The service on its own database, with fakes for those it asks, and a robot that reports what the test says. */
export interface World extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly started: Started<typeof deliveryRoutes>;
  readonly robot: ReportingRobot;
  readonly otherRobot: ReportingRobot;
  /** What dispatch is asked; a fault to answer with, where the test wants one. */
  readonly dispatch: { fault: Fault | null; asked: number };
  /** A delivery that waits for a robot. */
  order(changes?: Partial<Order>): Promise<Delivery>;
  /** The same, given to the robot. */
  assigned(changes?: Partial<Order>): Promise<Delivery>;
  plan(deliveryId: string, robotId?: string): Promise<void>;
  wait(deliveryId: string, reason: string): Promise<void>;
  find(deliveryId: string): Promise<Delivery>;
  /** The states that the delivery went through, as its history has them. */
  path(deliveryId: string): Promise<readonly string[]>;
  /** What was told of one delivery, oldest first: `from>to` of its steps, or what else happened. */
  told(deliveryId: string): Promise<readonly string[]>;
  attempts(deliveryId: string): Promise<readonly { happened: string; fencing_token: number; robot_id: string }[]>;
}

export async function makeWorld(postgresUrl: string, settings: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5, 9));
  const dispatch: World["dispatch"] = { fault: null, asked: 0 };
  const started = await startForTest(deliveries, {
    postgresUrl,
    clock,
    clients: { config: fakeConfig(clock), dispatch: fakeDispatch(clock, dispatch) },
    settings: { deliveries: { pin_cost: { n: 256 }, ...settings } },
  });
  const find = (delivery_id: string) => started.client(ops).getDelivery({ params: { delivery_id } });
  const place = (changes: Partial<Order> = {}) =>
    started.client(partner).createDelivery({ body: { ...order, ...changes } });
  const plan = async (delivery_id: string, robotId: string = ids.robot): Promise<void> => {
    await started.deliver(planEvent, planned(clock, delivery_id, robotId));
  };
  return {
    clock,
    started,
    dispatch,
    robot: new ReportingRobot(ids.robot, started, clock),
    otherRobot: new ReportingRobot(ids.otherRobot, started, clock),
    find,
    plan,
    order: place,
    async assigned(changes) {
      const { delivery_id } = await place(changes);
      await plan(delivery_id);
      return find(delivery_id);
    },
    async wait(delivery_id, reason) {
      await started.deliver(planEvent, {
        subject_id: delivery_id,
        organization_id: ids.organization,
        event_time: toInstant(clock.now()),
        actor: { kind: "service", id: "dispatch" },
        body: { happened: "waiting", delivery_id, reason },
      });
    },
    async path(delivery_id) {
      const { steps } = await started.client(ops).getDeliveryHistory({ params: { delivery_id } });
      return steps.map(({ to, inferred }) => (inferred ? `${to}?` : to));
    },
    async told(deliveryId) {
      const events = await started.events(deliveryEvent);
      return events
        .filter(({ subject_id }) => subject_id === deliveryId)
        .map(({ body }) => (body.happened === "state_changed" ? `${body.from}>${body.delivery.state}` : body.happened));
    },
    async attempts(deliveryId) {
      const events = await started.events(attemptEvent);
      return events
        .filter(({ subject_id }) => subject_id === deliveryId)
        .map(({ body: { happened, fencing_token, robot_id } }) => ({ happened, fencing_token, robot_id }));
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** Says what a robot's journal would bring up, in the order and at the times that the test chooses. */
export class ReportingRobot {
  readonly id: string;
  readonly #started: World["started"];
  readonly #clock: VirtualClock;
  #seq = 0;

  constructor(id: string, started: World["started"], clock: VirtualClock) {
    this.id = id;
    this.#started = started;
    this.#clock = clock;
  }

  /** The next position of its mission stream, for reports that are to come in another order. */
  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  async mission(
    { delivery_id, attempt_id }: Pick<Delivery, "delivery_id" | "attempt_id">,
    happened: JournalBody<"mission_progressed">["happened"],
    about: {
      readonly stop: JournalBody<"mission_progressed">["stop"];
      readonly reason?: string;
      readonly at?: number;
      readonly seq?: number;
    },
  ): Promise<void> {
    await this.#started.deliver(missionProgressed, {
      ...this.#envelope(about.at),
      robot_seq: { epoch: 1, stream: "p1", seq: about.seq ?? this.nextSeq() },
      body: {
        robot_id: this.id,
        mission_id: crypto.randomUUID(),
        trip_id: null,
        delivery_id,
        attempt_id,
        happened,
        stop: about.stop,
        place: null,
        reason: about.reason ?? null,
      },
    });
  }

  async custody(
    { delivery_id, attempt_id }: Pick<Delivery, "delivery_id" | "attempt_id">,
    [from, to]: readonly [JournalBody<"custody_changed">["from"], JournalBody<"custody_changed">["to"]],
    at?: number,
  ): Promise<void> {
    await this.#started.deliver(custodyChanged, {
      ...this.#envelope(at),
      body: {
        robot_id: this.id,
        delivery_id,
        attempt_id: attempt_id ?? crypto.randomUUID(),
        fencing_token: 1,
        compartment: 0,
        from,
        to,
        cycle_id: crypto.randomUUID(),
        place: null,
      },
    });
  }

  async lid(
    { delivery_id }: Pick<Delivery, "delivery_id">,
    [from, to]: readonly [string, string],
    about: {
      readonly purpose: "load" | "unload";
      readonly authorisation: { kind: "command" | "grant"; id: string };
      readonly at?: number;
    },
  ): Promise<void> {
    const { purpose, authorisation } = about;
    await this.#started.deliver(lidChanged, {
      ...this.#envelope(about.at),
      body: {
        robot_id: this.id,
        cycle_id: crypto.randomUUID(),
        compartment: 0,
        event: "lid_opened",
        from,
        to,
        flags: [],
        purpose,
        delivery_id,
        authorisation,
      },
    });
  }

  async command(deliveryId: string, commandId: string, [from, to]: readonly [string, string]): Promise<void> {
    await this.#started.deliver(commandChanged, {
      ...this.#envelope(),
      body: {
        robot_id: this.id,
        command_id: commandId,
        kind: "open_lid",
        from,
        to,
        reason: null,
        delivery_id: deliveryId,
      },
    });
  }

  async revoked(grantId: string, wasUsed: boolean, at?: number): Promise<void> {
    await this.#started.deliver(grantRevoked, {
      ...this.#envelope(at),
      body: { robot_id: this.id, grant_id: grantId, delivery_id: null, was_used: wasUsed },
    });
  }

  /** As far as standing at the store. */
  async reachesStore(delivery: Delivery): Promise<void> {
    await this.mission(delivery, "accepted", { stop: "pickup" });
    await this.mission(delivery, "departed", { stop: "pickup" });
    await this.mission(delivery, "arrived", { stop: "pickup" });
  }

  /** As far as standing at the customer's door, loaded. */
  async reachesDoor(delivery: Delivery): Promise<void> {
    await this.reachesStore(delivery);
    await this.custody(delivery, ["merchant", "robot"]);
    await this.mission(delivery, "departed", { stop: "dropoff" });
    await this.mission(delivery, "arrived", { stop: "dropoff" });
  }

  #envelope(at = this.#clock.now()) {
    const actor: Actor = { kind: "robot", id: this.id };
    return { subject_id: this.id, organization_id: ids.organization, event_time: toInstant(at), actor };
  }
}

export function planned(clock: VirtualClock, delivery_id: string, robotId: string): NewEvent<typeof planEvent> {
  const later = (minutes: number) => toInstant(clock.now() + minutes * 60_000);
  return {
    subject_id: delivery_id,
    organization_id: ids.organization,
    event_time: toInstant(clock.now()),
    actor: { kind: "service", id: "dispatch" },
    body: {
      happened: "robot_assigned",
      delivery_id,
      robot_id: robotId,
      robot_name: robotId === ids.robot ? "Kaz 1" : "Kaz 2",
      hub: { hub_id: ids.hub, place: storePlace },
      legs: [
        { to: "pickup", distance_m: 300, duration_s: 250, line: [[51.127, 71.43], pair(storePlace)] },
        { to: "dropoff", distance_m: 1_200, duration_s: 900, line: [pair(storePlace), pair(doorPlace)] },
        { to: "hub", distance_m: 1_300, duration_s: 950, line: [pair(doorPlace), pair(storePlace)] },
      ],
      eta_pickup_at: later(5),
      eta_dropoff_p50_at: later(25),
      eta_dropoff_p90_at: later(35),
    },
  };
}

function pair({ lat, lng }: { lat: number; lng: number }): [number, number] {
  return [lat, lng];
}

function person(role: "ops" | "admin" | "merchant", storeIds: readonly string[]): Principal {
  const id = `0198c000-0000-7000-8000-0000000000${{ ops: "71", admin: "72", merchant: "73" }[role]}`;
  return { kind: "user", id, organizationId: ids.organization, role, name: role, storeIds };
}

function fakeConfig(clock: VirtualClock) {
  const born = { created_at: toInstant(clock.now()), updated_at: toInstant(clock.now()) };
  const store = (store_id: string, organization_id: string): Store => ({
    store_id,
    organization_id,
    market_id: ids.market,
    merchant_id: ids.merchant,
    merchant_name: "Plov Central",
    name: "Plov Central, Left Bank",
    address: { text: "Mangilik El 1", place: storePlace },
    phone: "+77172000000",
    prep_minutes: 10,
    external_id: null,
    ...born,
  });
  const stores = [
    store(ids.store, ids.organization),
    store(ids.otherStore, ids.organization),
    store(ids.foreignStore, ids.otherOrganization),
  ];
  const market: Market = {
    market_id: ids.market,
    organization_id: ids.organization,
    name: "Astana",
    timezone: "Asia/Almaty",
    center: storePlace,
    radius_m: 10_000,
    fare: { currency: "KZT", base_minor: 50_000, per_km_minor: 20_000 },
    ...born,
  };
  return {
    getStore: async ({ params }: { params: { store_id: string } }) => {
      const found = stores.find(({ store_id }) => store_id === params.store_id);
      if (!found) throw new Fault("store_not_found", params);
      return found;
    },
    getMarket: async () => market,
  };
}

function fakeDispatch(clock: VirtualClock, told: World["dispatch"]) {
  return {
    estimate: async ({ body }: { body: { pickup: { text?: string }; dropoff: { text?: string } } }) => {
      told.asked += 1;
      if (told.fault) throw told.fault;
      const later = (minutes: number) => toInstant(clock.now() + minutes * 60_000);
      return {
        pickup: { text: body.pickup.text ?? "near Mangilik El", place: storePlace },
        dropoff: { text: body.dropoff.text ?? "near Kabanbay Batyr", place: doorPlace },
        market_id: ids.market,
        distance_m: 1_250,
        legs: [],
        eta_pickup_at: later(15),
        eta_dropoff_p50_at: later(30),
        eta_dropoff_p90_at: later(42),
        policy_version: "map-1",
        robots_free: 3,
      };
    },
  };
}
