import type { NewEvent } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { toInstant } from "@kerbside/proto/base/time";
import type { planEvent } from "@kerbside/proto/events/deliveries";
import type { Market, Store } from "@kerbside/proto/routes/config";
import { doorPlace, ids, storePlace } from "./people.fixture.ts";

/** Dispatch as a test holds it: a fault to answer with, where there is to be one, and how often it was asked. */
export interface FakeDispatch {
  fault: Fault | null;
  asked: number;
}

export function fakeConfig(clock: Clock) {
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

export function fakeDispatch(clock: Clock, told: FakeDispatch) {
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

/** What dispatch says when it has found a robot. */
export function planned(clock: Clock, delivery_id: string, robotId: string): NewEvent<typeof planEvent> {
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
