import type { CityRobot } from "@kerbside/sim/fleet/city-robot";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { createClient } from "@kerbside/proto/base/client.http";
import { expect, test } from "@playwright/test";
import { openCity } from "./city.node.ts";
import { liftTheLid, takeGoods } from "./customer.ts";
import { type Errand, shortErrands } from "./errands.ts";
import { Watch } from "./watch.ts";

const stepMs = 90_000;

interface Underway {
  readonly city: RunningCity;
  readonly watch: Watch;
  readonly robot: CityRobot;
  readonly pin: string;
}

test.setTimeout(240_000);

test("three deliveries survive a robot out of reach, a power cut at an open lid and a cloud that begins anew", async () => {
  await using stack = new AsyncDisposableStack();
  const city = await openCity({ robots: 3, present: { merchants: true, customers: false } }, stack);
  const [near, middle, far] = shortErrands(city.ground);
  if (!near || !middle || !far) throw new RangeError("this city has fewer than three hubs");

  const ends = await Promise.allSettled([
    test.step("offline from pickup to drop-off, opened by PIN", () => order(city, near).then(outOfReach)),
    test.step("the power fails while the lid is open", () => order(city, middle).then(powerCut)),
    test.step("the cloud begins anew on the way", () => order(city, far).then(cloudBeginsAnew)),
  ]);

  expect(ends.filter(({ status }) => status === "rejected")).toEqual([]);
});

/** The robot drives, opens, hands over and closes with nobody to ask, and tells it all afterwards. */
async function outOfReach({ watch, robot, pin }: Underway): Promise<void> {
  await watch.reaches("picked_up", stepMs);
  robot.body.hasAntenna = false;
  await atTheDoor(robot);
  robot.body.keypad.type(pin);
  await takeGoods(robot);
  await goneHome(robot);
  const handedOverMs = Date.now();
  expect((await watch.delivery()).state, "what the cloud knows of a robot that it cannot hear").toBe(
    "enroute_to_dropoff",
  );

  robot.body.hasAntenna = true;
  await watch.reaches("delivered", stepMs);

  const { steps } = await watch.history();
  const late = steps.filter(({ to }) => to === "arrived_at_dropoff" || to === "delivered");
  expect(late).toHaveLength(2);
  for (const { event_time, recorded_time, inferred } of late) {
    expect(Date.parse(event_time)).toBeLessThan(handedOverMs);
    expect(Date.parse(recorded_time)).toBeGreaterThan(handedOverMs);
    expect(inferred).toBe(false);
  }
  await watch.expectDelivered(robot);
}

/** The program dies at an open lid, and goods and lid move while nothing runs; the next one finds out by its sensors. */
async function powerCut({ watch, robot, pin }: Underway): Promise<void> {
  await watch.reaches("picked_up", stepMs);
  await atTheDoor(robot);
  robot.body.keypad.type(pin);
  const { lid } = robot.body;
  await liftTheLid(robot);
  await robot.crash();
  lid.takeGoods();
  expect(lid.closeLid(), `the lid of ${robot.name} can be shut`).toBe(true);
  await robot.reboot();

  await watch.reaches("delivered", stepMs);
  await watch.expectDelivered(robot);
}

/** Everything in the cloud stops and starts on the same data while robots are on the way. */
async function cloudBeginsAnew({ city, watch, robot, pin }: Underway): Promise<void> {
  await watch.reaches("enroute_to_dropoff", stepMs);
  await city.cloud.stop();
  await city.cloud.startAgain();
  await atTheDoor(robot);
  robot.body.keypad.type(pin);
  await takeGoods(robot);

  await watch.reaches("delivered", stepMs);
  await watch.expectDelivered(robot);
}

async function order(city: RunningCity, { store, home }: Errand): Promise<Underway> {
  const { delivery_id, tracking_url } = await city.traffic.order({
    store,
    home,
    externalId: `to ${home.address.text}`,
  });
  const watch = new Watch(city, delivery_id);
  await watch.reaches("confirmed", stepMs);
  return { city, watch, robot: await watch.robot(), pin: await pinOf(city.url, tracking_url ?? "") };
}

/** As the customer's page shows it from the moment that a robot comes. */
async function pinOf(baseUrl: string, trackingUrl: string): Promise<string> {
  const authorization = `Bearer ${new URL(trackingUrl).hash.slice(1)}`;
  const { pin } = await createClient(deliveryRoutes, { baseUrl, headers: () => ({ authorization }) }).getTracking({});
  if (pin === null) throw new Error(`${trackingUrl} shows no PIN`);
  return pin;
}

async function atTheDoor({ name, body }: CityRobot): Promise<void> {
  const message = `what ${name} shows when it is at the door`;
  await expect.poll(() => body.indicator.read(), { message, timeout: stepMs }).toBe("awaiting_customer");
}

async function goneHome({ name, body }: CityRobot): Promise<void> {
  const message = `what ${name} shows after its lid was closed`;
  await expect.poll(() => body.indicator.read(), { message, timeout: stepMs }).toBe("driving");
}
