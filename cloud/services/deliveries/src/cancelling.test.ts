import { toInstant } from "@kerbside/proto/base/time";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { safetyChanged } from "@kerbside/proto/events/robots";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { admin, ids, merchant, ops, partner, service } from "./people.fixture.ts";
import { codesIn, makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.freeRobots());

const minute = 60_000;
const cancel = ({ delivery_id }: Delivery, by = partner, note?: string) =>
  world.started.client(by).cancelDelivery({ params: { delivery_id }, body: note === undefined ? {} : { note } });
const loadGrant = async ({ delivery_id }: Delivery): Promise<string> => {
  const code = (await codesIn(world, delivery_id)).find(({ purpose }) => purpose === "load");
  return code?.grant_id ?? "";
};

describe("a cancel before any robot has the delivery", () => {
  test("ends it, by whoever ordered, and says why", async () => {
    const delivery = await world.order();

    const cancelled = await cancel(delivery, partner, "the kitchen is closed");

    expect(cancelled).toMatchObject({ state: "cancelled", reason: "cancelled_by_creator", cancel_requested: false });
    expect(await world.told(delivery.delivery_id)).toEqual(["created", "created>cancelled"]);
    const { steps } = await world.started.client(partner).getDeliveryHistory({ params: delivery });
    expect(steps.at(-1)).toMatchObject({
      actor: { kind: "partner", id: ids.partner },
      reason: "cancelled_by_creator: the kitchen is closed",
    });
  });

  test("asked for again answers the same", async () => {
    const delivery = await world.order();
    const first = await cancel(delivery);

    expect(await cancel(delivery)).toEqual(first);
    expect(await world.told(delivery.delivery_id)).toHaveLength(2);
  });

  test("is not touched by a plan that comes too late", async () => {
    const delivery = await world.order();
    const ended = await cancel(delivery);

    await world.plan(delivery.delivery_id);

    expect(await world.find(delivery.delivery_id)).toEqual(ended);
    expect((await world.told(delivery.delivery_id)).at(-1)).toBe("created>cancelled");
  });

  test("is in the audit log with its actor", async () => {
    const delivery = await world.order();

    await cancel(delivery, merchant);

    const entries = (await world.started.events(auditEntry)).filter((one) => one.subject_id === delivery.delivery_id);
    expect(entries).toMatchObject([
      { actor: { kind: "merchant" }, body: { action: "deliveries/cancel_requested", subject_kind: "delivery" } },
    ]);
  });
});

describe("a cancel while a robot may be loading", () => {
  test("is a flag until the robot has noted that the load grant is void", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    const grant = await loadGrant(delivery);

    const asked = await cancel(delivery);

    expect(asked).toMatchObject({ state: "arrived_at_pickup", cancel_requested: true });
    expect((await world.attempts(delivery.delivery_id)).at(-1)?.happened).toBe("aborted");
    await world.robot.revoked(grant, false);
    expect(await world.find(delivery.delivery_id)).toMatchObject({
      state: "cancelled",
      reason: "cancelled_by_creator",
      cancel_requested: false,
    });
    const told = (await world.started.events(deliveryEvent)).filter((one) => one.subject_id === delivery.delivery_id);
    expect(told.slice(-2)).toMatchObject([
      { body: { happened: "cancel_requested", delivery: { cancel_requested: true } } },
      { actor: { kind: "partner", id: ids.partner }, body: { happened: "state_changed", from: "arrived_at_pickup" } },
    ]);
  });

  test("is not ended by another robot's word, nor by the word about another grant", async () => {
    const delivery = await world.assigned();
    const codes = await codesIn(world, delivery.delivery_id);
    await cancel(delivery);

    await world.otherRobot.revoked(await loadGrant(delivery), false);
    await world.robot.revoked(codes.find(({ purpose }) => purpose === "unload")?.grant_id ?? "", false);
    await world.robot.revoked(crypto.randomUUID(), false);

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "confirmed", cancel_requested: true });
  });

  test("ends too when the grant has run out and the robot's journal is drained past that time", async () => {
    const { clock, robot, started } = world;
    const delivery = await world.assigned();
    await cancel(delivery);
    const heartOfIt = (at: number) =>
      started.deliver(safetyChanged, {
        subject_id: robot.id,
        organization_id: ids.organization,
        event_time: toInstant(at),
        actor: { kind: "robot", id: robot.id },
        body: { robot_id: robot.id, from: "moving", to: "stopped", cause: "arrived" },
      });
    const until = clock.now() + 125 * minute;

    await heartOfIt(until);
    expect((await world.find(delivery.delivery_id)).state).toBe("confirmed");
    await heartOfIt(until + 1);

    expect((await world.find(delivery.delivery_id)).state).toBe("cancelled");
  });

  test("finds the goods loaded: the robot gets them back as its own and is asked to return them", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesStore(delivery);
    const grant = await loadGrant(delivery);
    await cancel(delivery);

    await robot.revoked(grant, true);
    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_pickup");
    await robot.custody(delivery, ["merchant", "robot"]);

    const loaded = await world.find(delivery.delivery_id);
    expect(loaded).toMatchObject({ state: "picked_up", cancel_requested: true });
    expect((await world.attempts(delivery.delivery_id)).at(-1)).toMatchObject({
      happened: "accepted",
      fencing_token: 2,
    });
    await robot.mission(loaded, "departed", { stop: "return" });
    await robot.mission(loaded, "arrived", { stop: "return" });
    await robot.custody(loaded, ["robot", "merchant"]);
    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "returned", cancel_requested: false });
  });

  test("waits for the store's own press too", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    const request_id = crypto.randomUUID();
    await world.started.client(merchant).openLid({ params: delivery, body: { request_id } });
    const grant = await loadGrant(delivery);
    await cancel(delivery);

    await world.robot.revoked(grant, false);
    expect((await world.find(delivery.delivery_id)).state).toBe("arrived_at_pickup");
    await world.robot.command(delivery.delivery_id, request_id, ["delivered", "rejected"]);

    expect((await world.find(delivery.delivery_id)).state).toBe("cancelled");
  });

  test("takes no new robot, loads nothing more and shows no code", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    await cancel(delivery);

    await world.plan(delivery.delivery_id, ids.otherRobot);
    const body = { request_id: crypto.randomUUID() };
    const outcomes = await Promise.allSettled([
      world.started.client(merchant).openLid({ params: delivery, body }),
      world.started.client(merchant).getLoadCode({ params: delivery }),
    ]);

    expect(outcomes).toMatchObject([
      { reason: { code: "robot_not_at_stop" } },
      { reason: { code: "code_not_available" } },
    ]);
    expect((await world.find(delivery.delivery_id)).robot_id).toBe(ids.robot);
  });

  test("that no robot answers is ended by an operator when the grant has run out, and not before", async () => {
    const delivery = await world.assigned();
    await cancel(delivery, ops);

    expect(await cancel(delivery, ops)).toMatchObject({ state: "confirmed", cancel_requested: true });
    await world.clock.advance(126 * minute);

    expect(await cancel(delivery, partner)).toMatchObject({ state: "confirmed" });
    expect(await cancel(delivery, ops)).toMatchObject({ state: "cancelled" });
  });

  test("of a delivery that waits again still waits for the robot that was taken off", async () => {
    const delivery = await world.assigned();
    const grant = await loadGrant(delivery);
    await world.robot.mission(delivery, "aborted", { stop: "pickup", reason: "cancelled" });

    const asked = await cancel(delivery);
    await world.robot.revoked(grant, false);

    expect(asked).toMatchObject({ state: "created", cancel_requested: true });
    expect((await world.find(delivery.delivery_id)).state).toBe("cancelled");
  });
});

describe("a cancel after loading", () => {
  test.each([
    ["the partner", partner],
    ["the store", merchant],
    ["our façade for partners", service],
  ])("is refused to %s", async (_title, by) => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await expect(cancel(delivery, by)).rejects.toMatchObject({
      code: "delivery_not_cancellable",
      details: { state: "arrived_at_dropoff", detail: expect.stringMatching(/^the goods are aboard/) },
    });
  });

  test.each([
    ["ops", ops],
    ["an admin", admin],
  ])("by %s wants the goods back, and the return begins when the robot sets out for it", async (_title, by) => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    const asked = await cancel(delivery, by);

    expect(asked).toMatchObject({ state: "arrived_at_dropoff", cancel_requested: true });
    expect((await world.told(delivery.delivery_id)).at(-1)).toBe("cancel_requested");
    expect((await world.attempts(delivery.delivery_id)).at(-1)?.happened).toBe("accepted");
    await world.robot.mission(delivery, "departed", { stop: "return" });
    expect(await world.find(delivery.delivery_id)).toMatchObject({
      state: "enroute_to_return",
      cancel_requested: false,
    });
  });

  test("loses to the customer who had it already", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);
    await cancel(delivery, ops);

    await world.robot.custody(delivery, ["robot", "customer"]);

    expect(await world.find(delivery.delivery_id)).toMatchObject({ state: "delivered", cancel_requested: false });
  });

  test("is refused once the customer's lid is at work", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);
    const authorisation = { kind: "grant", id: crypto.randomUUID() } as const;
    await world.robot.lid(delivery, ["closed_unlocked", "open"], { purpose: "unload", authorisation });

    await expect(cancel(delivery, ops)).rejects.toMatchObject({
      code: "delivery_not_cancellable",
      details: { detail: "its customer is opening the lid" },
    });
  });
});

describe("an operator gives a delivery up", () => {
  test("by name, for a reason that fits, and the robot is free", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    const body = { reason: "tampered", note: "the lid was forced" } as const;
    const ended = await world.started.client(ops).endDelivery({ params: delivery, body });

    expect(ended).toMatchObject({ state: "failed", reason: "tampered" });
    expect((await world.attempts(delivery.delivery_id)).at(-1)?.happened).toBe("failed");
    const [entry] = (await world.started.events(auditEntry)).filter((one) => one.subject_id === delivery.delivery_id);
    expect(entry).toMatchObject({ actor: { kind: "user" }, body: { action: "deliveries/given_up", details: body } });
  });

  test("not for a reason that does not, not twice, and nobody else may", async () => {
    const delivery = await world.assigned();
    const give = (by: typeof ops, reason: "lost" | "failed_to_assign") =>
      world.started.client(by).endDelivery({ params: delivery, body: { reason, note: "x" } });

    await expect(give(ops, "lost")).rejects.toMatchObject({ code: "transition_not_legal" });
    await expect(give(partner, "lost")).rejects.toMatchObject({ code: "forbidden" });
    const waiting = await world.order();
    const params = { delivery_id: waiting.delivery_id };
    const body = { reason: "failed_to_assign", note: "no robot all day" } as const;
    await world.started.client(ops).endDelivery({ params, body });
    await expect(world.started.client(ops).endDelivery({ params, body })).rejects.toMatchObject({
      code: "transition_not_legal",
    });
  });
});
