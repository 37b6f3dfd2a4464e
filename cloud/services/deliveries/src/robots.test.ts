import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, deliveryEvent, planEvent } from "@kerbside/proto/events/deliveries";
import { custodyChanged } from "@kerbside/proto/events/robots";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { planned } from "./neighbours.fake.ts";
import { ids, ops } from "./people.fixture.ts";
import { codesIn, makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

/** Robots of earlier tests are free again. */
beforeEach(async () => {
  await world.freeRobots();
});

const minute = 60_000;
const history = (delivery_id: string) => world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
const incidents = (deliveryId: string) => world.incidents(deliveryId);

describe("a plan of dispatch", () => {
  test("gives the delivery its robot, with three codes that differ and a fencing token", async () => {
    const { delivery_id } = await world.order();

    await world.plan(delivery_id);

    const delivery = await world.find(delivery_id);
    expect(delivery).toMatchObject({
      state: "confirmed",
      robot_id: ids.robot,
      robot_name: "Kaz 1",
      waiting_reason: null,
    });
    expect(delivery.eta_dropoff_p50_at).toBe(toInstant(world.clock.now() + 25 * minute));
    const [accepted] = (await world.started.events(attemptEvent)).filter((one) => one.subject_id === delivery_id);
    expect(accepted?.body).toMatchObject({
      happened: "accepted",
      attempt_id: delivery.attempt_id,
      fencing_token: 1,
      compartment: 0,
      hub: { hub_id: ids.hub },
      grants: [
        { purpose: "load", means: "load_code", stop: "pickup" },
        { purpose: "unload", means: "pin", stop: "dropoff" },
        { purpose: "return_unload", means: "load_code", stop: "return" },
      ],
    });
    expect(accepted?.body.legs.map(({ to }) => to)).toEqual(["pickup", "dropoff", "hub"]);
    expect(JSON.stringify(accepted)).not.toMatch(/"code"|sealed/);
  });

  test("that comes twice is taken up once", async () => {
    const { delivery_id } = await world.order();
    const event_id = crypto.randomUUID();
    const event = { ...planned(world.clock, delivery_id, ids.robot), event_id };

    await world.started.deliver(planEvent, event);
    await world.started.deliver(planEvent, event);

    expect(await world.attempts(delivery_id)).toHaveLength(1);
  });

  test("that has no robot says why the delivery waits", async () => {
    const { delivery_id, version } = await world.order();

    await world.wait(delivery_id, "no robot is free");

    expect(await world.find(delivery_id)).toMatchObject({
      state: "created",
      waiting_reason: "no robot is free",
      version,
    });
    await world.plan(delivery_id);
    expect((await world.find(delivery_id)).waiting_reason).toBeNull();
  });

  test("with a robot that carries another delivery is refused, and dispatch looks again", async () => {
    const first = await world.assigned();
    const second = await world.order();

    await world.plan(second.delivery_id);

    expect((await world.find(second.delivery_id)).state).toBe("created");
    expect((await world.find(first.delivery_id)).robot_id).toBe(ids.robot);
    expect(await world.told(second.delivery_id)).toEqual(["created", "estimate_changed"]);
  });

  test("for a delivery that has a robot, has ended or is nobody's changes nothing", async () => {
    const delivery = await world.assigned();

    await world.plan(delivery.delivery_id, ids.otherRobot);
    await world.plan(crypto.randomUUID(), ids.otherRobot);

    expect((await world.find(delivery.delivery_id)).robot_id).toBe(ids.robot);
    expect(await world.attempts(delivery.delivery_id)).toHaveLength(1);
  });
});

describe("a robot out of reach between store and door", () => {
  test("tells an hour at once, custody before missions, and the delivery is delivered once with its true times", async () => {
    const { robot, clock } = world;
    const delivery = await world.assigned();
    const start = clock.now();
    await robot.reachesStore(delivery);
    await clock.advance(60 * minute);

    await robot.custody(delivery, ["merchant", "robot"], start + 5 * minute);
    await robot.custody(delivery, ["robot", "customer"], start + 40 * minute);
    await robot.mission(delivery, "departed", { stop: "dropoff", at: start + 6 * minute });
    await robot.mission(delivery, "arrived", { stop: "dropoff", at: start + 35 * minute });
    await robot.mission(delivery, "stop_completed", { stop: "dropoff", at: start + 40 * minute });
    await robot.mission(delivery, "departed", { stop: "hub", at: start + 41 * minute });

    expect(await world.path(delivery.delivery_id)).toEqual([
      "created",
      "confirmed",
      "enroute_to_pickup",
      "arrived_at_pickup",
      "picked_up",
      "enroute_to_dropoff",
      "arrived_at_dropoff",
      "delivered",
    ]);
    const { steps } = await history(delivery.delivery_id);
    expect(steps.slice(4).map(({ event_time }) => event_time)).toEqual(
      [5, 6, 35, 40].map((minutes) => toInstant(start + minutes * minute)),
    );
    expect(steps.at(-1)?.recorded_time).toBe(toInstant(clock.now()));
    expect(await world.find(delivery.delivery_id)).toMatchObject({
      state: "delivered",
      state_since: toInstant(start + 40 * minute),
      ended_at: toInstant(clock.now()),
    });
    expect((await world.told(delivery.delivery_id)).filter((one) => one.endsWith(">delivered"))).toHaveLength(1);
    expect(await incidents(delivery.delivery_id)).toEqual([]);
  });

  test("tells of its missions first: they wait for the custody record that they rest on", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesStore(delivery);

    await robot.mission(delivery, "departed", { stop: "dropoff" });
    await robot.mission(delivery, "arrived", { stop: "dropoff" });
    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_pickup");
    await robot.custody(delivery, ["merchant", "robot"]);

    expect((await world.path(delivery.delivery_id)).slice(-3)).toEqual([
      "picked_up",
      "enroute_to_dropoff",
      "arrived_at_dropoff",
    ]);
  });

  test("tells of a door where nobody came before the loading: it turns back once that is known", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesStore(delivery);

    await robot.mission(delivery, "aborted", { stop: "dropoff", reason: "nobody_came" });
    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_pickup");
    await robot.custody(delivery, ["merchant", "robot"]);

    expect((await world.find(delivery.delivery_id)).state).toBe("enroute_to_return");
  });

  test("whose reports come twice, in reverse and from another life ends the delivery once", async () => {
    const { robot, started } = world;
    const delivery = await world.assigned();
    const event_id = crypto.randomUUID();
    const seqs = [1, 2, 3, 4].map(() => robot.nextSeq());

    await robot.mission(delivery, "arrived", { stop: "dropoff", seq: seqs[3] ?? 0 });
    await robot.mission(delivery, "departed", { stop: "dropoff", seq: seqs[2] ?? 0 });
    await robot.custody(delivery, ["merchant", "robot"]);
    await robot.mission(delivery, "arrived", { stop: "pickup", seq: seqs[1] ?? 0 });
    await robot.mission(delivery, "departed", { stop: "pickup", seq: seqs[0] ?? 0 });
    for (const _ of [1, 2]) {
      await started.deliver(custodyChanged, {
        event_id,
        subject_id: robot.id,
        organization_id: ids.organization,
        event_time: toInstant(world.clock.now()),
        actor: { kind: "robot", id: robot.id },
        body: {
          robot_id: robot.id,
          delivery_id: delivery.delivery_id,
          attempt_id: delivery.attempt_id ?? "",
          fencing_token: 1,
          compartment: 0,
          from: "robot",
          to: "customer",
          cycle_id: crypto.randomUUID(),
          place: null,
        },
      });
    }
    await robot.custody(delivery, ["robot", "customer"]);

    const told = await world.told(delivery.delivery_id);
    expect(told.filter((one) => one.endsWith(">delivered"))).toHaveLength(1);
    expect((await world.find(delivery.delivery_id)).state).toBe("delivered");
    expect((await world.attempts(delivery.delivery_id)).map(({ happened }) => happened)).toEqual([
      "accepted",
      "succeeded",
    ]);
    const versions = (await started.events(deliveryEvent))
      .filter((one) => one.subject_id === delivery.delivery_id)
      .map(({ body }) => body.delivery.version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
  });
});

describe("a robot that gives up", () => {
  test("before loading leaves the delivery to the next, with a higher fencing token and new codes", async () => {
    const { robot, otherRobot } = world;
    const first = await world.assigned();
    await robot.reachesStore(first);
    const codes = await codesIn(world, first.delivery_id);

    await robot.mission(first, "aborted", { stop: "pickup", reason: "nobody_came" });
    expect(await world.find(first.delivery_id)).toMatchObject({ state: "created", robot_id: null, attempt_id: null });
    await world.plan(first.delivery_id, ids.otherRobot);
    const second = await world.find(first.delivery_id);
    await otherRobot.reachesDoor(second);

    expect((await world.find(first.delivery_id)).state).toBe("arrived_at_dropoff");
    expect(await world.attempts(first.delivery_id)).toMatchObject([
      { happened: "accepted", fencing_token: 1, robot_id: ids.robot },
      { happened: "aborted", fencing_token: 1, robot_id: ids.robot },
      { happened: "accepted", fencing_token: 2, robot_id: ids.otherRobot },
    ]);
    expect(await codesIn(world, first.delivery_id)).not.toEqual(codes);
  });

  test("a second time because nobody loads ends the delivery", async () => {
    const delivery = await world.assigned();
    await world.robot.mission(delivery, "aborted", { stop: "pickup", reason: "nobody_came" });
    await world.plan(delivery.delivery_id);
    const again = await world.find(delivery.delivery_id);

    await world.robot.mission(again, "aborted", { stop: "pickup", reason: "nobody_came" });

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "cancelled", reason: "failed_to_pickup" });
  });

  test("at the door brings the goods back to the store", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesDoor(delivery);

    await robot.mission(delivery, "aborted", { stop: "dropoff", reason: "nobody_came" });
    expect(await world.find(delivery.delivery_id)).toMatchObject({
      state: "enroute_to_return",
      reason: "nobody_came",
      robot_id: ids.robot,
      eta_dropoff_p50_at: null,
    });
    await robot.mission(delivery, "departed", { stop: "return" });
    await robot.mission(delivery, "arrived", { stop: "return" });
    await robot.custody(delivery, ["robot", "merchant"]);

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "returned", reason: "nobody_came" });
    expect((await world.attempts(delivery.delivery_id)).at(-1)).toMatchObject({ happened: "failed" });
  });

  test("for a younger mission of ours changes nothing", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await world.robot.mission(delivery, "aborted", { stop: "dropoff", reason: "replaced" });

    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_dropoff");
  });
});

test("a late report of an attempt that ended says nothing about the present one", async () => {
  const { robot } = world;
  const first = await world.assigned();
  await robot.mission(first, "aborted", { stop: "pickup", reason: "cancelled" });
  await world.plan(first.delivery_id, ids.otherRobot);

  await robot.mission(first, "arrived", { stop: "pickup" });
  await robot.mission(first, "aborted", { stop: "pickup", reason: "nobody_came" });

  expect(await world.find(first.delivery_id)).toMatchObject({ state: "confirmed", robot_id: ids.otherRobot });
});

test("a report about a delivery that is not here is passed over", async () => {
  const stranger = { delivery_id: crypto.randomUUID(), attempt_id: crypto.randomUUID() };

  await world.robot.custody(stranger, ["robot", "customer"]);
  await world.robot.mission(stranger, "departed", { stop: "pickup" });
  await world.robot.mission({ delivery_id: stranger.delivery_id, attempt_id: null }, "arrived", { stop: "hub" });

  expect(await world.told(stranger.delivery_id)).toEqual([]);
});
