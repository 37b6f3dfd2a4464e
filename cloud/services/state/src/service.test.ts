import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { EventOf } from "@kerbside/proto/base/event";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { auditEntry } from "@kerbside/proto/events/accounts";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { robotEnrolled, transitionCompleted } from "@kerbside/proto/events/fleet";
import { custodyChanged, lidChanged, robotStateChanged, safetyChanged } from "@kerbside/proto/events/robots";
import { stateRoutes } from "@kerbside/proto/routes/state";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { orderedEvent } from "./delivery.fixture.ts";
import { state } from "./service.ts";

const organizationId = crypto.randomUUID();
const admin: Principal = { kind: "user", id: "u1", organizationId, role: "admin", name: "Aliya", storeIds: [] };
const ops: Principal = { ...admin, id: "u2", role: "ops" };
const stranger: Principal = { ...ops, organizationId: crypto.randomUUID() };
const seeder: Principal = { kind: "service", id: "sim", organizationId: null };
const clock = new VirtualClock();

let started: Started<typeof stateRoutes>;
beforeAll(async () => {
  started = await startForTest(state, { postgresUrl: inject("postgresUrl"), clock });
});
afterAll(() => started[Symbol.asyncDispose]());

/** One robot and what it and others say of it. */
async function enrolled() {
  const robot_id = crypto.randomUUID();
  let last = 0;
  const spoken = (seq?: number) => {
    last = seq ?? last + 1;
    return {
      subject_id: robot_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now() + last * 1_000),
      actor: { kind: "robot", id: robot_id },
      robot_seq: { epoch: 1, stream: "p0", seq: last },
    } as const;
  };
  await started.deliver(robotEnrolled, {
    subject_id: robot_id,
    organization_id: organizationId,
    event_time: toInstant(clock.now()),
    actor: { kind: "service", id: "device" },
    body: {
      robot_id,
      name: "K1",
      public_key: "k",
      market_id: crypto.randomUUID(),
      hub_id: crypto.randomUUID(),
      compartments: 1,
    },
  });
  const lid = (
    from: string,
    to: string,
    change: Partial<EventOf<typeof lidChanged>["body"]> & { seq?: number } = {},
  ) => {
    const { seq, ...rest } = change;
    const base = { robot_id, compartment: 0, event: "x", from, to, flags: [], purpose: null };
    const body = { ...base, cycle_id: null, delivery_id: null, authorisation: null, ...rest };
    return started.deliver(lidChanged, { ...spoken(seq), body });
  };
  const works = (from: string, to: string, seq?: number) =>
    started.deliver(robotStateChanged, {
      ...spoken(seq),
      body: { robot_id, dimension: "operational_state", from, to, reason: null },
    });
  const value = async (dimension: string) => {
    const { dimensions } = await started.client(ops).getRobotState({ params: { robot_id } });
    return dimensions.find((each) => each.dimension === dimension)?.value;
  };
  const completed = async () =>
    (await started.events(transitionCompleted))
      .filter(({ body }) => body.robot_id === robot_id)
      .map(({ body }) => `${body.dimension} ${body.to}`);
  const history = async (violations?: boolean) =>
    (
      await started
        .client(ops)
        .listStateChanges({ params: { robot_id }, query: violations ? { violations: "true" } : {} })
    ).items;
  const ask = async (by: Principal, dimension: "service" | "asset", to: string) => {
    await clock.advance(1_000);
    return started.client(by).requestTransition({ params: { robot_id }, body: { dimension, to, reason: "because" } });
  };
  return { robot_id, spoken, lid, works, value, completed, history, ask };
}

describe("a robot", () => {
  test("that enrols is provisioned and out of service", async () => {
    const { robot_id, completed } = await enrolled();

    const { dimensions } = await started.client(admin).getRobotState({ params: { robot_id } });

    expect(dimensions).toMatchObject([
      { dimension: "asset", value: "provisioned", legal_next: ["commissioned"] },
      { dimension: "service", value: "out_of_service", legal_next: ["maintenance_on_site", "maintenance_depot"] },
    ]);
    expect(await completed()).toEqual(["asset provisioned"]);
  });

  test("is shown to its own organization only", async () => {
    const { robot_id } = await enrolled();

    const asked = started.client(stranger).getRobotState({ params: { robot_id } });

    await expect(asked).rejects.toMatchObject({ code: "robot_not_found" });
  });
});

describe("what a robot reports", () => {
  test("is told to others where it is a legal step", async () => {
    const { works, lid, value, completed } = await enrolled();

    await works("uninitialized", "idle");
    await works("idle", "working");
    await lid("unknown", "closed_locked");
    await lid("closed_locked", "closed_locked", { flags: ["power_low"] });

    expect(await value("operational_state")).toBe("working");
    expect(await value("lid")).toBe("closed_locked");
    expect((await completed()).slice(1)).toEqual([
      "operational_state idle",
      "operational_state working",
      "lid closed_locked",
    ]);
  });

  test("is recorded and believed where it is not, and told to nobody", async () => {
    const { works, value, completed, history } = await enrolled();

    await works("idle", "working");
    await works("shutdown", "charging");

    expect(await value("operational_state")).toBe("charging");
    expect(await completed()).toEqual(["asset provisioned", "operational_state working"]);
    expect(await history(true)).toMatchObject([
      { to: "charging", violation: "begins at shutdown, but working was known" },
    ]);
  });

  test("too late corrects what was thought of the step after it", async () => {
    const { works, value, history } = await enrolled();

    await works("uninitialized", "idle", 1);
    await works("working", "idle", 3);
    const before = await history(true);
    await works("idle", "working", 2);

    expect(before).toHaveLength(1);
    expect(await history(true)).toEqual([]);
    expect(await value("operational_state")).toBe("idle");
  });

  test("of its safety has its cause as reason", async () => {
    const { robot_id, spoken, history } = await enrolled();

    await started.deliver(safetyChanged, {
      ...spoken(),
      body: { robot_id, from: "stopped", to: "e_stop", cause: "button" },
    });

    expect((await history())[0]).toMatchObject({ dimension: "motion_safety", to: "e_stop", reason: "button" });
  });
});

describe("a transition", () => {
  test("is applied at once when it is legal, for the seeder too", async () => {
    const { ask, value, completed } = await enrolled();

    await ask(seeder, "asset", "commissioned");
    const request = await ask(ops, "service", "in_service");

    expect(request).toMatchObject({ from: "out_of_service", to: "in_service", state: "applied", rejection: null });
    expect(await value("service")).toBe("in_service");
    expect(await completed()).toEqual(["asset provisioned", "asset commissioned", "service in_service"]);
  });

  test("that is not is refused with the reason, and kept", async () => {
    const { ask, robot_id } = await enrolled();

    await expect(ask(ops, "service", "in_service")).rejects.toMatchObject({
      code: "transition_not_legal",
      details: { reason: "the robot is provisioned" },
    });
    await expect(ask(ops, "asset", "commissioned")).rejects.toMatchObject({ code: "transition_not_legal" });

    const { items } = await started.client(ops).listTransitionRequests({ params: { robot_id }, query: {} });
    expect(items.map(({ state, rejection }) => `${state}: ${rejection}`)).toEqual([
      "rejected: only an administrator changes what a robot is",
      "rejected: the robot is provisioned",
    ]);
  });

  test("of a robot that a technician took out on the spot goes on from there", async () => {
    const { ask, robot_id, spoken, value } = await enrolled();
    await ask(admin, "asset", "commissioned");
    await ask(admin, "service", "in_service");
    await started.deliver(robotStateChanged, {
      ...spoken(),
      body: { robot_id, dimension: "service", from: "in_service", to: "out_of_service", reason: "by hand" },
    });

    await ask(ops, "service", "maintenance_depot");

    expect(await value("service")).toBe("maintenance_depot");
  });
});

describe("the audit log", () => {
  const entriesOf = async (robotId: string) =>
    (await started.events(auditEntry)).filter(({ subject_id }) => subject_id === robotId);

  test("has every transition that somebody asked for, what it was for and what became of it", async () => {
    const { ask, robot_id } = await enrolled();

    await ask(admin, "asset", "commissioned");
    await expect(ask(ops, "asset", "retired")).rejects.toMatchObject({ code: "transition_not_legal" });

    const action = "robots/transition_requested";
    expect(await entriesOf(robot_id)).toMatchObject([
      {
        organization_id: organizationId,
        actor: { kind: "user", id: admin.id },
        body: { action, subject_kind: "robot", details: { to: "commissioned", reason: "because", state: "applied" } },
      },
      {
        actor: { kind: "user", id: ops.id },
        body: { action, details: { to: "retired", state: "rejected", rejection: expect.any(String) } },
      },
    ]);
  });

  test("has every opening of a lid with the right that it was opened by, and those that nobody had a right to", async () => {
    const { lid, robot_id } = await enrolled();
    const right = {
      cycle_id: crypto.randomUUID(),
      delivery_id: crypto.randomUUID(),
      purpose: "unload",
      authorisation: { kind: "grant", id: crypto.randomUUID() },
    } as const;

    await lid("closed_unlocked", "open", { ...right, event: "lid_opened" });
    await lid("open", "open", { ...right, event: "flagged", flags: ["ajar"] });
    await lid("open", "unknown", { ...right, event: "sensor_lost" });
    await lid("unknown", "open", { ...right, event: "recovered_open" });
    await lid("open", "closed_locked", right);
    await lid("closed_locked", "open", { event: "opened_unauthorised", flags: ["forced_open"] });

    const action = "robots/lid_opened";
    const actor = { kind: "robot", id: robot_id };
    expect(await entriesOf(robot_id)).toMatchObject([
      { organization_id: organizationId, actor, body: { action, details: { event: "lid_opened", ...right } } },
      { actor, body: { action, details: { event: "opened_unauthorised", authorisation: null } } },
    ]);
  });

  test("misses no endpoint: whatever else there is only reads", () => {
    const changing = Object.entries(stateRoutes).flatMap(([name, { method }]) => (method === "get" ? [] : [name]));

    expect(changing).toEqual(["requestTransition"]);
  });
});

describe("lid cycles and custody", () => {
  async function loaded() {
    const robot = await enrolled();
    const ids = { delivery_id: crypto.randomUUID(), attempt_id: crypto.randomUUID(), cycle_id: crypto.randomUUID() };
    const load = {
      cycle_id: ids.cycle_id,
      purpose: "load",
      delivery_id: ids.delivery_id,
      authorisation: { kind: "grant", id: crypto.randomUUID() },
    } as const;
    const passes = (from: "merchant" | "robot", to: "robot" | "customer", cycle_id = ids.cycle_id) =>
      started.deliver(custodyChanged, {
        ...robot.spoken(),
        body: { robot_id: robot.robot_id, ...ids, cycle_id, fencing_token: 1, compartment: 0, from, to, place: null },
      });
    await started.deliver(deliveryEvent, orderedEvent(ids.delivery_id, organizationId));
    const chain = () => started.client(ops).getCustody({ params: { delivery_id: ids.delivery_id } });
    return { ...robot, ...ids, load, passes, chain };
  }

  test("a cycle is put together from what the lid reported, in any order", async () => {
    const { lid, load, robot_id, delivery_id, cycle_id } = await loaded();

    await lid("closed_unlocked", "open", { ...load, seq: 3, flags: ["ajar"] });
    await lid("closed_locked", "unlock_authorised", { ...load, seq: 1 });
    await lid("open", "closed_unlocked", { ...load, seq: 4 });
    await lid("unlock_authorised", "closed_unlocked", { ...load, seq: 2 });
    await lid("closed_unlocked", "closed_locked", { ...load, seq: 5 });

    const { items } = await started.client(ops).listLidCycles({ params: { robot_id }, query: { delivery_id } });
    const at = (seconds: number) => toInstant(clock.now() + seconds * 1_000);
    expect(items).toMatchObject([
      {
        cycle_id,
        purpose: "load",
        authorised_at: at(1),
        unlatched_at: at(2),
        opened_at: at(3),
        closed_at: at(4),
        ended_at: at(5),
      },
    ]);
    expect(items[0]?.flags).toEqual(["ajar"]);
  });

  test("goods that pass through open lids make a whole chain", async () => {
    const { lid, load, passes, chain } = await loaded();
    const unload = crypto.randomUUID();
    await lid("closed_unlocked", "open", load);
    await passes("merchant", "robot");
    await lid("closed_unlocked", "open", { ...load, cycle_id: unload, purpose: "unload" });
    await passes("robot", "customer", unload);

    expect(await chain()).toMatchObject({
      holder: "customer",
      is_whole: true,
      items: [{ to: "robot" }, { to: "customer" }],
    });
  });

  test("goods that pass from a hand that had none break it", async () => {
    const { lid, load, passes, chain } = await loaded();
    await lid("closed_unlocked", "open", load);

    await passes("robot", "customer");

    const { is_whole, items } = await chain();
    expect(is_whole).toBe(false);
    expect(items[0]?.violation).toBe("robot hands over what merchant holds");
  });

  test("a delivery of another organization, or none at all, is not found", async () => {
    const { passes, delivery_id } = await loaded();
    await passes("merchant", "robot");

    const theirs = started.client(stranger).getCustody({ params: { delivery_id } });
    const none = started.client(ops).getCustody({ params: { delivery_id: crypto.randomUUID() } });

    await expect(theirs).rejects.toMatchObject({ code: "delivery_not_found" });
    await expect(none).rejects.toMatchObject({ code: "delivery_not_found" });
  });
});
