import { toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { connectivityChanged, positionChanged } from "@kerbside/proto/events/robots";
import { between } from "@kerbside/proto/geo/geo";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { doorPlace, ids, storePlace } from "./people.fixture.ts";
import { delivery as deliveries } from "./tables.ts";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.freeRobots());

/** The robot says that it has come so far from the store to the door. */
async function seenAt(share: number, robotId: string = ids.robot): Promise<void> {
  const { started, clock } = world;
  await started.deliver(positionChanged, {
    subject_id: robotId,
    organization_id: ids.organization,
    event_time: toInstant(clock.now()),
    actor: { kind: "robot", id: robotId },
    body: { robot_id: robotId, place: between(storePlace, doorPlace, share), battery_pct: 80, at: clock.now() },
  });
}

async function underWay(): Promise<Delivery> {
  const delivery = await world.assigned();
  await world.robot.reachesStore(delivery);
  await world.robot.custody(delivery, ["merchant", "robot"]);
  await world.robot.mission(delivery, "departed", { stop: "dropoff" });
  return world.find(delivery.delivery_id);
}

/** In seconds from now. */
const leftOf = ({ eta_dropoff_p50_at: at }: Delivery): number =>
  Math.round((Date.parse(at ?? "") - world.clock.now()) / 1_000);
const estimates = async ({ delivery_id }: Delivery): Promise<number> =>
  (await world.told(delivery_id)).filter((happened) => happened === "estimate_changed").length;

test("a robot that is ten times as fast as the plan is expected when it comes, well before it is there", async () => {
  const { clock } = world;
  const delivery = await underWay();
  expect(leftOf(delivery)).toBe(900);

  for (let second = 0; second < 72; second += 6) {
    await clock.advance(6_000);
    await seenAt((second + 6) / 90);
  }

  const near = await world.find(delivery.delivery_id);
  expect(leftOf(near)).toBeGreaterThan(10);
  expect(leftOf(near)).toBeLessThan(60);
  await world.robot.mission(near, "arrived", { stop: "dropoff" });
  const there = await world.find(delivery.delivery_id);
  expect(there.eta_dropoff_p90_at).toBe(there.state_since);
});

test("others hear of a new estimate, and of no other change", async () => {
  const delivery = await underWay();
  await world.clock.advance(60_000);
  await seenAt(0.6);

  const [told] = (await world.started.events(deliveryEvent)).filter(
    ({ subject_id, body }) => subject_id === delivery.delivery_id && body.happened === "estimate_changed",
  );

  const now = await world.find(delivery.delivery_id);
  expect(told).toMatchObject({
    actor: { kind: "service", id: "deliveries" },
    body: { from: null, delivery: { state: "enroute_to_dropoff", eta_dropoff_p50_at: now.eta_dropoff_p50_at } },
  });
  expect({ ...now, eta_dropoff_p50_at: 0, eta_dropoff_p90_at: 0, updated_at: 0, version: 0 }).toEqual({
    ...delivery,
    eta_dropoff_p50_at: 0,
    eta_dropoff_p90_at: 0,
    updated_at: 0,
    version: 0,
  });
});

test("a robot that goes as planned is mentioned no more, and one that stands is expected ever later", async () => {
  const delivery = await underWay();
  for (let minute = 1; minute <= 5; minute += 1) {
    await world.clock.advance(60_000);
    await seenAt(minute / 15);
  }
  const steady = await world.find(delivery.delivery_id);
  expect(steady.eta_dropoff_p50_at).toBe(delivery.eta_dropoff_p50_at);

  for (let minute = 1; minute <= 10; minute += 1) {
    await world.clock.advance(60_000);
    await seenAt(5 / 15);
  }

  const stuck = await world.find(delivery.delivery_id);
  expect(leftOf(stuck)).toBeGreaterThan(500);
  await world.clock.advance(20 * 60_000);
  await seenAt(5 / 15);
  await world.watchOnce();
  expect(await world.incidents(delivery.delivery_id)).toEqual(["late_to_dropoff"]);
});

test("a store that takes its time makes it later, and the robot need not move for that", async () => {
  const delivery = await world.assigned();
  await world.robot.reachesStore(delivery);
  const before = await world.find(delivery.delivery_id);

  await world.clock.advance(25 * 60_000);
  await seenAt(0);

  const after = await world.find(delivery.delivery_id);
  expect(leftOf(after)).toBeGreaterThan(900);
  expect(after.eta_pickup_at).toBe(before.eta_pickup_at);
});

test.each<[string, () => Promise<unknown>]>([
  ["another robot's place", () => seenAt(0.9, ids.otherRobot)],
  [
    "a place from before it left",
    async () => {
      const { started, clock } = world;
      const at = clock.now() - 60_000;
      await started.deliver(positionChanged, {
        subject_id: ids.robot,
        organization_id: ids.organization,
        event_time: toInstant(at),
        actor: { kind: "robot", id: ids.robot },
        body: { robot_id: ids.robot, place: doorPlace, battery_pct: 80, at },
      });
    },
  ],
])("%s changes nothing", async (_what, tell) => {
  const delivery = await underWay();

  await tell();

  expect(await world.find(delivery.delivery_id)).toEqual(delivery);
});

test("of a robot out of reach the last estimate stands, and the customer is told since when it is silent", async () => {
  const { started, clock } = world;
  const delivery = await underWay();
  const authorization = `Bearer ${new URL(delivery.tracking_url ?? "").hash.slice(1)}`;
  const ask = async () => (await started.request("/v1/tracking", { headers: { authorization } })).json();
  expect(await ask()).toMatchObject({ robot_silent_since: null });
  const since = toInstant(clock.now());
  await started.deliver(connectivityChanged, {
    subject_id: ids.robot,
    organization_id: ids.organization,
    event_time: since,
    actor: { kind: "service", id: "robot-gateway" },
    body: { robot_id: ids.robot, from: "online", to: "connection_broken" },
  });

  await clock.advance(30 * 60_000);

  expect(await ask()).toMatchObject({
    robot_silent_since: since,
    eta_dropoff_p50_at: delivery.eta_dropoff_p50_at,
    eta_promised_at: expect.any(String),
  });
});

test("what was promised with the order stays, whatever is expected later", async () => {
  const delivery = await world.assigned();
  const mine = eq(deliveries.delivery_id, delivery.delivery_id);
  const [row] = await world.started.db.select().from(deliveries).where(mine);

  await world.clock.advance(60 * 60_000);
  await seenAt(0);

  const late = await world.find(delivery.delivery_id);
  expect(await estimates(delivery)).toBe(1);
  expect(row?.eta_promised_at).toBe(toInstant(Date.parse(delivery.created_at) + 42 * 60_000));
  expect(Date.parse(late.eta_dropoff_p50_at ?? "")).toBeGreaterThan(Date.parse(row?.eta_promised_at ?? ""));
});
