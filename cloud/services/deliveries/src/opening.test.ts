import { auditEntry } from "@kerbside/proto/events/accounts";
import { unlockRequested } from "@kerbside/proto/events/deliveries";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { accessCode } from "./tables.ts";
import { ids, merchant, ops, partner } from "./people.fixture.ts";
import { makeWorld, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.freeRobots());

const open = ({ delivery_id }: Delivery, by: Parameters<World["started"]["client"]>[0], request_id: string) =>
  world.started.client(by).openLid({ params: { delivery_id }, body: { request_id } });
const requests = async ({ delivery_id }: Delivery) =>
  (await world.started.events(unlockRequested)).filter((one) => one.subject_id === delivery_id);
const status = async ({ delivery_id }: Delivery) => (await world.find(delivery_id)).last_unlock_status;

describe("the store's load code", () => {
  const code = ({ delivery_id }: Delivery, by = merchant) =>
    world.started.client(by).getLoadCode({ params: { delivery_id } });

  test("is there from the assignment on, six digits, for the store and whoever ordered", async () => {
    const delivery = await world.assigned();

    const shown = await code(delivery);

    expect(shown).toMatchObject({ purpose: "load", robot_name: "Kaz 1" });
    expect(shown.code).toMatch(/^\d{6}$/);
    expect(await code(delivery, partner)).toEqual(shown);
  });

  test("is not there before a robot has it, nor on the way to the customer", async () => {
    const waiting = await world.order();
    await expect(code(waiting)).rejects.toMatchObject({ code: "code_not_available" });
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await expect(code(delivery)).rejects.toMatchObject({ code: "code_not_available" });
  });

  test("is another one for what comes back", async () => {
    const delivery = await world.assigned();
    const toLoad = await code(delivery);
    await world.robot.reachesDoor(delivery);
    await world.robot.mission(delivery, "aborted", { stop: "dropoff", reason: "nobody_came" });

    const toTakeBack = await code(delivery);

    expect(toTakeBack.purpose).toBe("return_unload");
    expect(toTakeBack.code).not.toBe(toLoad.code);
  });

  test("ends with its time", async () => {
    const delivery = await world.assigned();

    await world.clock.advance(125 * 60_000);

    await expect(code(delivery)).rejects.toMatchObject({ code: "code_not_available" });
  });

  test("is nowhere in the database in the clear", async () => {
    const delivery = await world.assigned();
    const shown = await code(delivery);

    const rows = await world.started.db
      .select()
      .from(accessCode)
      .where(eq(accessCode.delivery_id, delivery.delivery_id));

    expect(rows).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain(`"${shown.code}"`);
  });
});

describe("store staff and operators press open", () => {
  test("at the store to load: one order to the robot, in the audit log", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    const request_id = crypto.randomUUID();

    const answer = await open(delivery, merchant, request_id);

    expect(answer).toEqual({ request_id, status: "requested" });
    expect(await requests(delivery)).toMatchObject([
      {
        body: { request_id, robot_id: ids.robot, purpose: "load", compartment: 0, requested_by: { kind: "merchant" } },
      },
    ]);
    const audit = (await world.started.events(auditEntry)).filter((one) => one.subject_id === delivery.delivery_id);
    expect(audit).toMatchObject([
      {
        actor: { kind: "merchant" },
        body: { action: "deliveries/lid_opening_requested", details: { purpose: "load" } },
      },
    ]);
  });

  test("twice in a row, with the same id or another: still one order", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    const request_id = crypto.randomUUID();
    await open(delivery, merchant, request_id);

    const same = await open(delivery, merchant, request_id);
    const other = await open(delivery, ops, crypto.randomUUID());

    expect([same, other]).toEqual([
      { request_id, status: "requested" },
      { request_id, status: "requested" },
    ]);
    expect(await requests(delivery)).toHaveLength(1);
  });

  test("again after a refusal: a new order", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesStore(delivery);
    const first = crypto.randomUUID();
    await open(delivery, merchant, first);
    await world.robot.command(delivery.delivery_id, first, ["delivered", "rejected"]);
    expect(await status(delivery)).toBe("refused");

    const second = await open(delivery, merchant, crypto.randomUUID());

    expect(second.status).toBe("requested");
    expect(await requests(delivery)).toHaveLength(2);
  });

  test("at the door only for the customer's sake, which is for operators", async () => {
    const delivery = await world.assigned();
    await world.robot.reachesDoor(delivery);

    await expect(open(delivery, merchant, crypto.randomUUID())).rejects.toMatchObject({ code: "forbidden" });
    await open(delivery, ops, crypto.randomUUID());

    expect(await requests(delivery)).toMatchObject([{ body: { purpose: "unload" } }]);
  });

  test("nowhere else", async () => {
    const delivery = await world.assigned();

    await expect(open(delivery, ops, crypto.randomUUID())).rejects.toMatchObject({ code: "robot_not_at_stop" });
    await expect(open(delivery, partner, crypto.randomUUID())).rejects.toMatchObject({ code: "forbidden" });
  });

  test("with an id that another delivery used: refused by the field's name", async () => {
    const first = await world.assigned();
    await world.robot.reachesStore(first);
    const request_id = crypto.randomUUID();
    await open(first, merchant, request_id);
    await world.freeRobots();
    const second = await world.assigned();
    await world.robot.reachesStore(second);

    await expect(open(second, merchant, request_id)).rejects.toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/request_id" }],
    });
  });
});

describe("how far an opening has come", () => {
  test("follows the command, then the lid", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesStore(delivery);
    const id = crypto.randomUUID();
    const authorisation = { kind: "command", id } as const;
    const seen: unknown[] = [];
    const look = async () => seen.push(await status(delivery));

    await open(delivery, merchant, id);
    await look();
    await robot.command(delivery.delivery_id, id, ["queued", "sent"]);
    await look();
    await robot.command(delivery.delivery_id, id, ["accepted", "executing"]);
    await look();
    await robot.lid(delivery, ["unlock_authorised", "closed_unlocked"], { purpose: "load", authorisation });
    await look();
    await robot.lid(delivery, ["closed_unlocked", "open"], { purpose: "load", authorisation });
    await look();
    await robot.command(delivery.delivery_id, id, ["executing", "succeeded"]);
    await look();
    await robot.lid(delivery, ["closed_unlocked", "closed_locked"], { purpose: "load", authorisation });
    await look();

    expect(seen).toEqual(["requested", "sent", "opening", "unlatched", "opened", "opened", "closed"]);
  });

  test("shows an opening by PIN, which nobody asked us for", async () => {
    const { robot } = world;
    const delivery = await world.assigned();
    await robot.reachesDoor(delivery);
    const authorisation = { kind: "grant", id: crypto.randomUUID() } as const;

    await robot.lid(delivery, ["closed_unlocked", "open"], { purpose: "unload", authorisation });
    expect(await status(delivery)).toBe("opened");
    await robot.lid(delivery, ["open", "closed_locked"], { purpose: "unload", authorisation });

    expect(await status(delivery)).toBe("closed");
  });

  test("is not moved by another robot's lid, nor by evidence of an older press", async () => {
    const { robot, otherRobot } = world;
    const delivery = await world.assigned();
    await robot.reachesStore(delivery);
    const [old, young] = [crypto.randomUUID(), crypto.randomUUID()];
    await open(delivery, merchant, old);
    await robot.command(delivery.delivery_id, old, ["sent", "expired"]);
    await world.clock.advance(1_000);
    await open(delivery, merchant, young);

    const authorisation = { kind: "grant", id: crypto.randomUUID() } as const;
    await otherRobot.lid(delivery, ["closed_unlocked", "open"], { purpose: "load", authorisation });
    await robot.command(delivery.delivery_id, old, ["expired", "outcome_unknown"]);

    expect(await status(delivery)).toBe("requested");
  });
});
