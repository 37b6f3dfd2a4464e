import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { ids, ops } from "./people.fixture.ts";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

/** Robots of earlier tests are free again. */
beforeEach(async () => {
  await world.freeRobots();
});

const history = (delivery_id: string) => world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
const incidents = (deliveryId: string) => world.incidents(deliveryId);

describe("goods that turn up where nobody looked for them", () => {
  test("in a robot that was taken off while out of reach: it gets the delivery back with a new token", async () => {
    const { robot } = world;
    const first = await world.assigned();
    await robot.mission(first, "aborted", { stop: "pickup", reason: "cancelled" });

    await robot.custody(first, ["merchant", "robot"]);

    const adopted = await world.find(first.delivery_id);
    expect(adopted).toMatchObject({ state: "picked_up", robot_id: ids.robot });
    expect(adopted.attempt_id).not.toBe(first.attempt_id);
    expect((await world.attempts(first.delivery_id)).at(-1)).toEqual({
      happened: "accepted",
      fencing_token: 2,
      robot_id: ids.robot,
    });
    // Until it hears of its new mission it goes on with the old one, and means this delivery by it.
    await robot.mission(first, "departed", { stop: "dropoff" });
    await robot.mission(first, "arrived", { stop: "dropoff" });
    await robot.custody(first, ["robot", "customer"]);
    expect((await world.find(first.delivery_id)).state).toBe("delivered");
  });

  test("in a technician's hands, by the word of a robot that was taken off: nothing moves and people are called", async () => {
    const { robot } = world;
    const first = await world.assigned();
    await robot.mission(first, "aborted", { stop: "pickup", reason: "cancelled" });

    await robot.custody(first, ["robot", "technician"]);

    expect(await world.find(first.delivery_id)).toMatchObject({ state: "created", robot_id: null });
    expect(await incidents(first.delivery_id)).toEqual(["evidence_contradicts"]);
  });

  test("while another robot is on its way for them: that one is let go", async () => {
    const { robot, otherRobot } = world;
    const first = await world.assigned();
    await robot.mission(first, "aborted", { stop: "pickup", reason: "cancelled" });
    await world.plan(first.delivery_id, ids.otherRobot);
    const second = await world.find(first.delivery_id);
    await otherRobot.mission(second, "departed", { stop: "pickup" });

    await robot.custody(first, ["merchant", "robot"]);

    expect(await world.find(first.delivery_id)).toMatchObject({ state: "picked_up", robot_id: ids.robot });
    expect((await world.attempts(first.delivery_id)).slice(-2)).toEqual([
      { happened: "aborted", fencing_token: 2, robot_id: ids.otherRobot },
      { happened: "accepted", fencing_token: 3, robot_id: ids.robot },
    ]);
  });

  test("in a robot that was to fetch something else: that goes to another", async () => {
    const { robot } = world;
    const first = await world.assigned();
    await robot.mission(first, "aborted", { stop: "pickup", reason: "cancelled" });
    const other = await world.assigned();

    await robot.custody(first, ["merchant", "robot"]);

    expect((await world.find(first.delivery_id)).state).toBe("picked_up");
    expect(await world.find(other.delivery_id)).toMatchObject({ state: "created", robot_id: null });
  });

  test("after the delivery had been given up: it stays ended, the fact is kept and people are called", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesDoor(delivery);
    const params = { delivery_id: delivery.delivery_id };
    await world.started.client(ops).endDelivery({ params, body: { reason: "lost", note: "nobody has seen it" } });

    await robot.custody(delivery, ["robot", "customer"]);

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "failed", reason: "lost" });
    const { amendments, steps } = await history(delivery.delivery_id);
    expect(amendments).toMatchObject([{ actor: { kind: "robot" }, fact: "the goods went from robot to customer" }]);
    expect(steps.at(-1)?.reason).toBe("lost: nobody has seen it");
    expect(await incidents(delivery.delivery_id)).toEqual(["evidence_contradicts"]);
  });

  test("by the word of a robot that never had them: nothing moves and people are called", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await world.otherRobot.custody(delivery, ["robot", "customer"]);

    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_dropoff");
    expect(await incidents(delivery.delivery_id)).toEqual(["evidence_contradicts"]);
  });

  test("with a technician: a flag for people, never an end", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await world.robot.custody(delivery, ["robot", "technician"]);

    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_dropoff");
    expect(await incidents(delivery.delivery_id)).toEqual(["evidence_contradicts"]);
  });
});
