import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@kerbside/proto/base/client.http";
import { systemClock as clock } from "@kerbside/proto/base/clock.system";
import { uuidV7 } from "@kerbside/proto/base/ids";
import { systemRng as rng } from "@kerbside/proto/base/rng.system";
import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import { type Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { stateRoutes } from "@kerbside/proto/routes/state";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { CityRobot } from "./fleet/city-robot.ts";
import { type RunningCity, startCity } from "./start-city.node.ts";

/** A short way between a store and a home, so that robots spend their time at stops. */
const shortWayM = 120;
const patience = { timeout: 60_000, interval: 100 };
const timeout = 150_000;

let folder: string;
let city: RunningCity;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-city-"));
  const present = { merchants: true, customers: false };
  city = await startCity({ dataDir: folder, robots: 3, speedUp: 30, present, logLevel: "error" });
}, 60_000);
afterAll(async () => {
  await city[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent("on the streets", () => {
  test("an order of a partner goes from the store to the customer, and every record agrees about it", {
    timeout,
  }, async () => {
    const delivery = await order();
    const robot = await standsAtDropoff(delivery);

    await customerOf(delivery).openForCustomer({ body: { request_id: uuidV7(clock, rng) } });
    await takeOut(robot);

    expect(await reaches(delivery, "delivered")).toMatchObject({ reason: null, robot_id: robot.robotId });
    await expectOneWholeDelivery(delivery, robot);
  });

  test("a robot without a network opens to the customer's digits, and tells of it when it is back", {
    timeout,
  }, async () => {
    const delivery = await order();
    const robot = await reaches(delivery, "enroute_to_dropoff").then(robotOf);
    const { pin } = await customerOf(delivery).getTracking({});
    robot.body.hasAntenna = false;
    await vi.waitFor(() => expect(robot.body.indicator.read()).toBe("awaiting_customer"), patience);

    robot.body.keypad.type(pin ?? "");
    await takeOut(robot);
    expect(await stateOf(delivery)).toBe("enroute_to_dropoff");
    robot.body.hasAntenna = true;

    await reaches(delivery, "delivered");
    await expectOneWholeDelivery(delivery, robot);
  });

  test("a robot whose power goes while its lid is open goes on where it was", { timeout }, async () => {
    const delivery = await order();
    const robot = await standsAtDropoff(delivery);
    const { lid } = robot.body;
    await customerOf(delivery).openForCustomer({ body: { request_id: uuidV7(clock, rng) } });
    await vi.waitFor(() => expect(lid.openLid()).toBe(true), patience);
    await vi.waitFor(() => expect(robot.body.indicator.read()).toBe("please_close"), patience);

    await robot.crash();
    lid.takeGoods();
    lid.closeLid();
    await robot.reboot();

    await reaches(delivery, "delivered");
    await expectOneWholeDelivery(delivery, robot);
  });
});

test("a cloud that starts again in the middle of a trip has forgotten nothing", { timeout }, async () => {
  const delivery = await order();
  const robot = await reaches(delivery, "enroute_to_dropoff").then(robotOf);

  await city.cloud.stop();
  await vi.waitFor(() => expect(robot.body.indicator.read()).toBe("awaiting_customer"), patience);
  await city.cloud.startAgain();
  await reaches(delivery, "arrived_at_dropoff");
  await customerOf(delivery).openForCustomer({ body: { request_id: uuidV7(clock, rng) } });
  await takeOut(robot);

  await reaches(delivery, "delivered");
  await expectOneWholeDelivery(delivery, robot);
});

/** The store is near a hub, and the customer lives around the corner from it. */
async function order(): Promise<Delivery> {
  const { plan, homes } = city.ground;
  const toHubM = (place: Place) => Math.min(...plan.hubs.map((hub) => distanceM(hub.place, place)));
  const near = plan.stores.toSorted((a, b) => toHubM(a.address.place) - toHubM(b.address.place)).slice(0, 2);
  const pairs = near.flatMap((store) => homes.map((home) => ({ store, home })));
  const away = ({ store, home }: (typeof pairs)[number]) => distanceM(store.address.place, home.stop);
  const short = pairs.filter((pair) => away(pair) >= shortWayM).toSorted((a, b) => away(a) - away(b));
  return city.traffic.order({ ...short[0] });
}

const current = ({ delivery_id }: Delivery) => city.partnerClient.getDelivery({ params: { delivery_id } });
const stateOf = async (delivery: Delivery) => (await current(delivery)).state;

function reaches(delivery: Delivery, state: DeliveryState): Promise<Delivery> {
  return vi.waitFor(async () => {
    const now = await current(delivery);
    expect(now).toMatchObject({ state });
    return now;
  }, patience);
}

function robotOf({ robot_id }: Delivery): CityRobot {
  const robot = city.robots.find(({ robotId }) => robotId === robot_id);
  if (!robot) throw new Error(`no robot ${robot_id} in this city`);
  return robot;
}

const standsAtDropoff = (delivery: Delivery) => reaches(delivery, "arrived_at_dropoff").then(robotOf);

function customerOf({ tracking_url }: Delivery) {
  const token = new URL(tracking_url ?? "").hash.slice(1);
  return createClient(deliveryRoutes, { baseUrl: city.url, headers: () => ({ authorization: `Bearer ${token}` }) });
}

/** Slowly enough for the robot to see it, as everybody is. */
async function takeOut({ body: { lid, indicator } }: CityRobot): Promise<void> {
  await vi.waitFor(() => expect(lid.openLid()).toBe(true), patience);
  await vi.waitFor(() => expect(indicator.read()).toBe("please_close"), patience);
  lid.takeGoods();
  lid.closeLid();
  await vi.waitFor(() => expect(lid.isLatched).toBe(true), patience);
}

/** The cloud's lid cycles, the custody chain, the attempt and the trip: nothing missing, nothing twice. */
function expectOneWholeDelivery({ delivery_id }: Delivery, { robotId }: CityRobot): Promise<void> {
  const states = city.platform.client("state", stateRoutes);
  const operations = city.platform.client("operations", operationsRoutes);
  return vi.waitFor(async () => {
    const cycles = await states.listLidCycles({ params: { robot_id: robotId }, query: { delivery_id } });
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
