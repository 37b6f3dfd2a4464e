import { createClient } from "@kerbside/proto/base/client.http";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { CityRobot } from "@kerbside/sim/fleet/city-robot";
import { ProcessRobot } from "@kerbside/sim/fleet/process-robot.node";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { expect, test } from "@playwright/test";
import { openCity } from "./city.node.ts";
import { driven, takeGoods, unlatched } from "./customer.ts";
import { type Errand, shortErrands } from "./errands.ts";
import { Receiver, subscribe } from "./receiver.node.ts";
import { readRobotsPage } from "./robots-page.ts";
import { Watch } from "./watch.ts";

const stepMs = 90_000;
/** The first one is looked for from here on. */
const anyFreePort = 42_000;

interface Underway {
  readonly city: RunningCity;
  readonly watch: Watch;
  readonly robot: CityRobot;
  readonly pin: string;
}

test.setTimeout(240_000);

test("three deliveries survive a robot out of reach, a program killed at its lid and a cloud that begins anew", async ({
  browser,
}) => {
  await using stack = new AsyncDisposableStack();
  const present = { merchants: true, customers: false };
  const city = await openCity({ robots: 3, processRobots: 1, diagnosticsPort: anyFreePort, present }, stack);
  const receiver = await Receiver.open(stack);
  const key = await subscribe(city, receiver.url);
  const errands = shortErrands(city.ground).slice(0, city.robots.length);
  const underway = await Promise.all(errands.map((errand) => order(city, errand)));
  const killed = underway.find(({ robot }) => robot instanceof ProcessRobot);
  const [offline, restarted] = underway.filter((one) => one !== killed);
  if (!offline || !killed || !restarted) throw new Error("each robot of this city was to get one of three orders");

  const ends = await Promise.allSettled([
    test.step("offline from pickup to drop-off, opened by PIN", () => outOfReach(offline)),
    test.step("killed between the shot and the word of it", () => killedAtTheLid(killed)),
    test.step("the cloud begins anew on the way", () => cloudBeginsAnew(restarted)),
    test.step("a technician reads a robot's own page", () => readRobotsPage(browser, city.diagnosticsUrl ?? "")),
  ]);

  expect(ends.filter(({ status }) => status === "rejected")).toEqual([]);
  await test.step("the partner was told the whole of each, signed", async () => {
    for (const errand of errands) await receiver.expectWhole(externalIdOf(errand), key);
  });
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

/**
 * SIGKILL hits the program when its lid's controller has begun to drive the latch: the intent is on the disk and what came
 * of it is not. The customer lifts the lid meanwhile, and the next program finds out by asking the controller.
 */
async function killedAtTheLid({ watch, robot, pin }: Underway): Promise<void> {
  await watch.reaches("picked_up", stepMs);
  await atTheDoor(robot);
  const killed = driven(robot.body).then(() => robot.crash());
  robot.body.keypad.type(pin);
  await killed;
  await unlatched(robot.body);
  expect(robot.body.lid.openLid(), `the lid of ${robot.name} can be lifted`).toBe(true);
  await robot.reboot();
  await takeGoods(robot);

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

function externalIdOf({ home }: Errand): string {
  return `to ${home.address.text}`;
}

async function order(city: RunningCity, errand: Errand): Promise<Underway> {
  const { store, home } = errand;
  const { delivery_id, tracking_url } = await city.traffic.order({ store, home, externalId: externalIdOf(errand) });
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
