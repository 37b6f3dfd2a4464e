import { toInstant } from "@kerbside/proto/base/time";
import { robotEnrolled, robotRevoked, transitionCompleted } from "@kerbside/proto/events/fleet";
import { connectivityChanged, robotStateChanged, robotSuspected, safetyChanged } from "@kerbside/proto/events/robots";
import { eq } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { delivery as deliveries, quote } from "./tables.ts";
import { ids, ops, partner } from "./people.fixture.ts";
import { makeWorld, type World } from "./world.fixture.ts";

const minute = 60_000;
let world: World;

beforeEach(async () => {
  await world?.[Symbol.asyncDispose]();
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

/** One round of the watchdog, as the host runs it, when this much time has gone by. */
async function watch(durationMs: number): Promise<void> {
  await world.clock.advance(durationMs);
  await world.watchOnce();
}

const about = () => ({
  subject_id: ids.robot,
  organization_id: ids.organization,
  event_time: toInstant(world.clock.now()),
  actor: { kind: "robot", id: ids.robot } as const,
});
const link = (from: string, to: string) =>
  world.started.deliver(connectivityChanged, { ...about(), body: { robot_id: ids.robot, from, to } });

const enrolAgain = (at: { event_time?: string } = {}) =>
  world.started.deliver(robotEnrolled, {
    ...about(),
    ...at,
    body: {
      robot_id: ids.robot,
      name: "Kaz 1",
      public_key: "k",
      market_id: ids.market,
      hub_id: ids.hub,
      compartments: 1,
    },
  });

describe("a robot that cannot come any more is taken off before loading", () => {
  test("when nobody can reach it for too long, whatever its link is called meanwhile", async () => {
    const { delivery_id } = await world.assigned();
    await link("online", "connection_broken");
    await world.clock.advance(minute);
    await link("connection_broken", "non_contactable");

    await watch(4 * minute);
    expect((await world.find(delivery_id)).state).toBe("confirmed");
    await watch(1);

    expect(await world.find(delivery_id)).toMatchObject({ state: "created", robot_id: null });
    expect((await world.attempts(delivery_id)).at(-1)?.happened).toBe("aborted");
    const { steps } = await world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
    expect(steps.at(-1)).toMatchObject({ reason: "robot_unreachable", actor: { kind: "service", id: "deliveries" } });
  });

  test("not when it is back in time", async () => {
    const { delivery_id } = await world.assigned();
    await link("online", "connection_broken");
    await world.clock.advance(4 * minute);
    await link("connection_broken", "online");

    await watch(minute);

    expect((await world.find(delivery_id)).state).toBe("confirmed");
  });

  test("when its credential is revoked, until it is enrolled again", async () => {
    const { delivery_id } = await world.assigned();
    await world.started.deliver(robotRevoked, { ...about(), body: { robot_id: ids.robot, reason: "lost" } });

    await watch(1);
    expect((await world.find(delivery_id)).state).toBe("created");
    await enrolAgain();
    await world.plan(delivery_id);
    await watch(1);

    expect((await world.find(delivery_id)).state).toBe("confirmed");
  });

  test("when it is taken out of service", async () => {
    const { delivery_id } = await world.assigned();
    const body = { robot_id: ids.robot, dimension: "service", from: "in_service", to: "out_of_service", reason: null };
    await world.started.deliver(transitionCompleted, { ...about(), body });

    await watch(1);

    expect((await world.find(delivery_id)).state).toBe("created");
  });

  test("when its disk seems to be copied, for then it opens for nobody", async () => {
    const { delivery_id } = await world.assigned();
    await world.started.deliver(robotSuspected, {
      ...about(),
      body: { robot_id: ids.robot, suspicion: "chain_forked" },
    });

    await watch(1);
    const { steps } = await world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
    expect(steps.at(-1)).toMatchObject({ to: "created", reason: "robot_suspected" });
    await enrolAgain();
    await world.plan(delivery_id);
    await watch(1);

    expect((await world.find(delivery_id)).state).toBe("confirmed");
  });

  test("not for what was suspected of the disk before, when that word comes after the new enrolment", async () => {
    const { delivery_id } = await world.assigned();
    const body = { robot_id: ids.robot, suspicion: "chain_forked" } as const;
    const before = about();
    await world.clock.advance(1);
    await enrolAgain();
    await world.started.deliver(robotSuspected, { ...before, body });

    await watch(1);

    expect((await world.find(delivery_id)).state).toBe("confirmed");
  });

  test("for what is suspected of its new disk, when the enrolment is heard of late", async () => {
    const { delivery_id } = await world.assigned();
    const { event_time } = about();
    await world.clock.advance(1);
    await world.started.deliver(robotSuspected, {
      ...about(),
      body: { robot_id: ids.robot, suspicion: "chain_forked" },
    });
    await enrolAgain({ event_time });

    await watch(1);

    expect((await world.find(delivery_id)).state).toBe("created");
  });

  test("when an error lasts, and not when it is over in time", async () => {
    const { delivery_id } = await world.assigned();
    const turns = (from: string, to: string) =>
      world.started.deliver(robotStateChanged, {
        ...about(),
        body: { robot_id: ids.robot, dimension: "operational_state", from, to, reason: null },
      });
    await turns("working", "error");
    await watch(4 * minute);
    await turns("error", "idle");
    await watch(2 * minute);
    expect((await world.find(delivery_id)).state).toBe("confirmed");

    await turns("idle", "error");
    await watch(5 * minute + 1);

    const { steps } = await world.started.client(ops).getDeliveryHistory({ params: { delivery_id } });
    expect(steps.at(-1)).toMatchObject({ to: "created", reason: "robot_in_error" });
    await turns("error", "idle");
  });

  test("when it lies on its side", async () => {
    const { delivery_id } = await world.assigned();
    const body = { robot_id: ids.robot, from: "moving", to: "tipped_over", cause: "tilt" };
    await world.started.deliver(safetyChanged, { ...about(), body });

    await watch(5 * minute + 1);

    expect((await world.find(delivery_id)).state).toBe("created");
  });

  test("but never with the goods aboard", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);
    await link("online", "connection_broken");

    await watch(30 * minute);

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "arrived_at_dropoff", robot_id: ids.robot });
  });
});

describe("people are called", () => {
  test("once for a delivery that waits too long, again as it goes on, and no more when it moves", async () => {
    const { delivery_id } = await world.order();

    await watch(15 * minute);
    expect(await world.incidents(delivery_id)).toEqual([]);
    await watch(1);
    await watch(1);
    expect(await world.incidents(delivery_id)).toEqual(["no_robot"]);
    expect(await counted("no_robot")).toBe(1);
    await watch(10 * minute);
    expect(await counted("no_robot")).toBe(2);
    await world.plan(delivery_id);

    expect(await world.incidents(delivery_id)).toEqual([]);
  });

  test("when no robot answers a cancel", async () => {
    const { delivery_id } = await world.assigned();
    await world.started.client(partner).cancelDelivery({ params: { delivery_id }, body: {} });

    await watch(2 * minute + 1);

    expect(await world.incidents(delivery_id)).toEqual(["cancel_unanswered"]);
  });

  async function counted(kind: string): Promise<number> {
    const metric = await world.started.registry.getSingleMetric("kerbside_delivery_incidents_total")?.get();
    return metric?.values.find(({ labels }) => labels["kind"] === kind)?.value ?? 0;
  }
});

test("a quote whose time is over is written down as expired", async () => {
  const client = world.started.client(partner);
  const { quote_id } = await client.createQuote({
    body: { store_id: ids.store, dropoff: { text: "Kabanbay Batyr 12" } },
  });

  await watch(5 * minute + 1);

  const [row] = await world.started.db.select().from(quote).where(eq(quote.quote_id, quote_id));
  expect(row?.state).toBe("expired");
});

test("a delivery leaves the board a day after its end", async () => {
  const { delivery_id } = await world.order();
  await world.started.client(partner).cancelDelivery({ params: { delivery_id }, body: {} });
  const left = async () => {
    const [row] = await world.started.db.select().from(deliveries).where(eq(deliveries.delivery_id, delivery_id));
    return row?.left_board_at;
  };

  await watch(24 * 60 * minute);
  expect(await left()).toBeNull();
  await watch(1);

  expect(await left()).not.toBeNull();
});
