import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

test("a delivery goes from order to door by what dispatch plans and its robot reports", async () => {
  const { robot } = world;
  const delivery = await world.assigned();

  await robot.reachesDoor(delivery);
  await robot.custody(delivery, ["robot", "customer"]);

  const ended = await world.find(delivery.delivery_id);
  expect(ended.state).toBe("delivered");
  expect(ended.ended_at).not.toBeNull();
  expect(await world.told(delivery.delivery_id)).toEqual([
    "created",
    "created>confirmed",
    "confirmed>enroute_to_pickup",
    "enroute_to_pickup>arrived_at_pickup",
    "arrived_at_pickup>picked_up",
    "picked_up>enroute_to_dropoff",
    "enroute_to_dropoff>arrived_at_dropoff",
    "arrived_at_dropoff>delivered",
  ]);
  expect((await world.attempts(delivery.delivery_id)).map(({ happened }) => happened)).toEqual([
    "accepted",
    "succeeded",
  ]);
});
