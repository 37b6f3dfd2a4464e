import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { stateRoutes } from "@kerbside/proto/routes/state";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { expect, test, vi } from "vitest";
import { type RunningCity, startCity } from "./start-city.node.ts";

/** A short way between a store and a home, so that robots spend their time at stops. */
const shortWayM = 120;
const patience = { timeout: 120_000, interval: 200 };
const timeout = 150_000;

test("an order goes from the store to the customer by the hands of people who come by themselves", {
  timeout,
}, async () => {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "kerbside-city-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const city = undo.use(await startCity({ dataDir: folder, robots: 2, speedUp: 30, logLevel: "error" }));

  const delivery = await order(city);

  const { robot_id } = await reaches(city, delivery, "delivered");
  expect(city.robots.map(({ robotId }) => robotId)).toContain(robot_id);
  await expectOneWholeDelivery(city, delivery, robot_id ?? "");
});

/** The store is near a hub, and the customer lives around the corner from it. */
function order(city: RunningCity): Promise<Delivery> {
  const { plan, homes } = city.ground;
  const toHubM = (place: Place) => Math.min(...plan.hubs.map((hub) => distanceM(hub.place, place)));
  const near = plan.stores.toSorted((a, b) => toHubM(a.address.place) - toHubM(b.address.place)).slice(0, 2);
  const pairs = near.flatMap((store) => homes.map((home) => ({ store, home })));
  const away = ({ store, home }: (typeof pairs)[number]) => distanceM(store.address.place, home.stop);
  const short = pairs.filter((pair) => away(pair) >= shortWayM).toSorted((a, b) => away(a) - away(b));
  return city.traffic.order({ ...short[0] });
}

function reaches(city: RunningCity, { delivery_id }: Delivery, state: DeliveryState): Promise<Delivery> {
  return vi.waitFor(async () => {
    const now = await city.partnerClient.getDelivery({ params: { delivery_id } });
    expect(now).toMatchObject({ state, reason: null });
    return now;
  }, patience);
}

/** The cloud's lid cycles, the custody chain, the attempt and the trip: nothing missing, nothing twice. */
function expectOneWholeDelivery(city: RunningCity, { delivery_id }: Delivery, robot_id: string): Promise<void> {
  const states = city.platform.client("state", stateRoutes);
  const operations = city.platform.client("operations", operationsRoutes);
  return vi.waitFor(async () => {
    const cycles = await states.listLidCycles({ params: { robot_id }, query: { delivery_id } });
    const opened = cycles.items.filter(({ opened_at }) => opened_at !== null);
    expect(opened.map(({ purpose }) => purpose)).toEqual(["unload", "load"]);
    const custody = await states.getCustody({ params: { delivery_id } });
    expect(custody).toMatchObject({ is_whole: true, holder: "customer" });
    expect(custody.items.map(({ from, to }) => `${from} → ${to}`)).toEqual(["merchant → robot", "robot → customer"]);
    const history = await city.partnerClient.getDeliveryHistory({ params: { delivery_id } });
    expect(history.attempts).toMatchObject([{ state: "succeeded" }]);
    expect(history.steps.filter(({ inferred }) => inferred)).toEqual([]);
    const trips = await operations.listTrips({ query: { delivery_id } });
    expect(trips.items).toMatchObject([{ state: "ended" }]);
  }, patience);
}
