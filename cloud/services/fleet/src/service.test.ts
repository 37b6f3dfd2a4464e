import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { EventOf, EventType } from "@kerbside/proto/base/event";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent } from "@kerbside/proto/events/deliveries";
import { availabilityChanged, robotEnrolled, robotRevoked, transitionCompleted } from "@kerbside/proto/events/fleet";
import {
  connectivityChanged,
  custodyChanged,
  lidChanged,
  positionChanged,
  robotStateChanged,
  robotSuspected,
} from "@kerbside/proto/events/robots";
import type { fleetRoutes } from "@kerbside/proto/routes/fleet";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { fleet } from "./service.ts";

const organizationId = crypto.randomUUID();
const market_id = crypto.randomUUID();
const hub_id = crypto.randomUUID();
const ops: Principal = { kind: "user", id: "u1", organizationId, role: "ops", name: "Olga", storeIds: [] };
const clock = new VirtualClock();

let started: Started<typeof fleetRoutes>;
beforeAll(async () => {
  started = await startForTest(fleet, { postgresUrl: inject("postgresUrl"), clock });
});
afterAll(() => started[Symbol.asyncDispose]());

/** A robot and the words about it, each with its place in the robot's journal or somebody's outbox. */
function robot(name = "K1", market = market_id) {
  const robot_id = crypto.randomUUID();
  let seq = 0;
  const hear = <E extends EventType>(type: E, body: EventOf<E>["body"], at?: number) => {
    seq += 1;
    return started.deliver(type, {
      subject_id: robot_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: "robot", id: robot_id },
      robot_seq: { epoch: 1, stream: "p0", seq: at ?? seq },
      body,
    });
  };
  const enrol = () =>
    hear(robotEnrolled, { robot_id, name, public_key: "k", market_id: market, hub_id, compartments: 1 });
  const suspect = (atMs = clock.now()) =>
    started.deliver(robotSuspected, {
      subject_id: robot_id,
      organization_id: organizationId,
      event_time: toInstant(atMs),
      actor: { kind: "service", id: "robot-gateway" },
      body: { robot_id, suspicion: "chain_forked" },
    });
  const serve = (to = "in_service") =>
    hear(transitionCompleted, { robot_id, dimension: "service", from: "out_of_service", to, reason: null });
  const connect = (to = "online") => hear(connectivityChanged, { robot_id, from: "never_seen", to });
  const stand = (north: number, battery_pct = 80) =>
    hear(positionChanged, {
      robot_id,
      place: { lat: 51.1 + north / 1000, lng: 71.4 },
      battery_pct,
      at: clock.now() + seq,
    });
  const lid = (to: string, at?: number) =>
    hear(
      lidChanged,
      {
        robot_id,
        compartment: 0,
        cycle_id: null,
        event: "x",
        from: "unknown",
        to,
        flags: [],
        purpose: null,
        delivery_id: null,
        authorisation: null,
      },
      at,
    );
  const idle = () =>
    hear(robotStateChanged, {
      robot_id,
      dimension: "operational_state",
      from: "uninitialized",
      to: "idle",
      reason: null,
    });
  const attempt = (happened: "accepted" | "failed" | "succeeded", delivery_id: string) =>
    hear(attemptEvent, {
      happened,
      attempt_id: crypto.randomUUID(),
      delivery_id,
      robot_id,
      fencing_token: 1,
      compartment: 0,
      pickup: { text: "Store", place: { lat: 51.1, lng: 71.4 } },
      dropoff: { text: "Door", place: { lat: 51.1, lng: 71.4 } },
      hub: { hub_id, place: { lat: 51.1, lng: 71.4 } },
      legs: [],
      grants: [],
      reason: null,
    });
  const passes = (to: "robot" | "customer", delivery_id: string) =>
    hear(custodyChanged, {
      robot_id,
      delivery_id,
      attempt_id: crypto.randomUUID(),
      fencing_token: 1,
      compartment: 0,
      from: to === "robot" ? "merchant" : "robot",
      to,
      cycle_id: crypto.randomUUID(),
      place: null,
    });
  const ready = async (north = 0) => {
    await enrol();
    await serve();
    await connect();
    await idle();
    await lid("closed_locked");
    await stand(north);
  };
  const told = async () =>
    (await started.events(availabilityChanged))
      .filter(({ body }) => body.robot_id === robot_id)
      .map(({ body }) => body);
  const shown = () => started.client(ops).getRobot({ params: { robot_id } });
  return { robot_id, hear, enrol, suspect, serve, connect, stand, lid, idle, attempt, passes, ready, told, shown };
}

describe("dispatch is told", () => {
  test("of a new robot with every reason why not, and of each change until it is available", async () => {
    const { ready, told } = robot();

    await ready();

    const words = await told();
    expect(words[0]).toMatchObject({ available: false, place: null, battery_pct: null, market_id, hub_id });
    expect(words[0]?.reasons).toHaveLength(6);
    expect(words.at(-1)).toMatchObject({
      available: true,
      reasons: [],
      battery_pct: 80,
      place: { lat: 51.1, lng: 71.4 },
    });
  });

  test("nothing when nothing changed that it cares about", async () => {
    const { ready, told, connect, idle } = robot();
    await ready();
    const before = (await told()).length;

    await connect("degraded");
    await idle();

    expect(await told()).toHaveLength(before);
  });

  test("when a robot gets a delivery and when it is free again", async () => {
    const { ready, attempt, told, shown } = robot();
    const delivery = crypto.randomUUID();
    await ready();

    await attempt("accepted", delivery);
    const busy = (await told()).at(-1);
    const carrying = await shown();
    await attempt("succeeded", delivery);

    expect(busy?.reasons).toEqual(["it has a delivery"]);
    expect(carrying.delivery_id).toBe(delivery);
    expect((await told()).at(-1)?.available).toBe(true);
  });

  test("that a robot with goods aboard is not free, though its attempt has ended", async () => {
    const { ready, attempt, passes, told } = robot();
    const delivery = crypto.randomUUID();
    await ready();
    await attempt("accepted", delivery);
    await passes("robot", delivery);

    await attempt("failed", delivery);

    expect((await told()).at(-1)?.reasons).toEqual(["it carries goods"]);
  });

  test("when a credential is revoked, and when the robot enrols anew", async () => {
    const { ready, hear, told, enrol, robot_id } = robot();
    await ready();

    await hear(robotRevoked, { robot_id, reason: "stolen" });
    const revoked = (await told()).at(-1);
    await enrol();

    expect(revoked?.reasons).toEqual(["its credential was revoked"]);
    expect((await told()).at(-1)?.available).toBe(true);
  });

  test("when a robot is suspected to be two, until it enrols anew", async () => {
    const { ready, suspect, told, shown, enrol } = robot();
    await ready();

    await suspect();
    await suspect();
    const suspected = await shown();
    await clock.advance(1_000);
    await enrol();

    expect(suspected).toMatchObject({ available: false, reasons: [expect.stringContaining("copied")] });
    expect((await told()).at(-1)?.available).toBe(true);
  });

  test("nothing of a suspicion that is older than the enrolment", async () => {
    const { ready, suspect, shown } = robot();
    const before = clock.now();
    await clock.advance(1_000);
    await ready();

    await suspect(before);

    expect((await shown()).available).toBe(true);
  });
});

describe("words", () => {
  test("that come late change nothing", async () => {
    const { ready, lid, shown } = robot();
    await ready();

    await lid("open", 20);
    await lid("closed_locked", 19);

    expect(await shown()).toMatchObject({ lid: "open", available: false });
  });

  test("about a robot that has not enrolled are kept until it has", async () => {
    const { connect, enrol, shown, told } = robot();

    await connect();
    const before = await told();
    const hidden = shown();
    await expect(hidden).rejects.toMatchObject({ code: "robot_not_found" });
    await enrol();

    expect(before).toEqual([]);
    expect(await shown()).toMatchObject({ connectivity: "online", name: "K1" });
    expect(await told()).toHaveLength(1);
  });

  test("say since when a robot is as available as it is", async () => {
    const { ready, shown, connect } = robot();
    await ready();
    const since = (await shown()).available_since;
    await clock.advance(60_000);

    await connect("degraded");
    const still = await shown();
    await connect("connection_broken");

    expect(still.available_since).toBe(since);
    expect((await shown()).available_since).toBe(toInstant(clock.now()));
  });
});

describe("the roster", () => {
  const market = crypto.randomUUID();
  const query = { market_id: market };
  const near = robot("B-near", market);
  const far = robot("A-far", market);
  const out = robot("C-out", market);
  beforeAll(async () => {
    await near.ready(1);
    await far.ready(5);
    await out.enrol();
  });

  test("is in the order of names, page by page", async () => {
    const client = started.client(ops);

    const first = await client.listRobots({ query: { ...query, limit: 2 } });
    const second = await client.listRobots({ query: { ...query, limit: 2, cursor: first.next_cursor ?? "" } });

    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["A-far", "B-near", "C-out"]);
    expect(second.next_cursor).toBeNull();
    await expect(client.listRobots({ query: { cursor: "x" } })).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("can be asked for those that are available, or not", async () => {
    const { items } = await started.client(ops).listRobots({ query: { ...query, available: "false" } });

    expect(items).toMatchObject([{ name: "C-out", service: "out_of_service", operational_state: null, lid: null }]);
  });

  test("counts each state", async () => {
    expect(await started.client(ops).countRobots({ query })).toEqual({
      robots: 3,
      available: 2,
      on_delivery: 0,
      by_connectivity: { online: 2, never_seen: 1 },
      by_operational_state: { idle: 2, unknown: 1 },
      by_service: { in_service: 2, out_of_service: 1 },
    });
  });

  test("knows the nearest", async () => {
    const { items } = await started.client(ops).nearestRobots({ query: { ...query, lat: 51.1, lng: 71.4 } });

    expect(items.map(({ name, distance_m }) => `${name} ${Math.round(distance_m)}`)).toEqual([
      "B-near 111",
      "A-far 556",
    ]);
  });

  test("takes no place of another organization's roster for a cursor", async () => {
    const stranger = started.client({ ...ops, organizationId: crypto.randomUUID() });

    const asked = stranger.listRobots({ query: { cursor: near.robot_id } });

    await expect(asked).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/query/cursor" }] });
  });

  test("is its own organization's", async () => {
    const stranger = started.client({ ...ops, organizationId: crypto.randomUUID() });

    expect((await stranger.listRobots({ query })).items).toEqual([]);
    expect((await stranger.countRobots({ query })).robots).toBe(0);
    await expect(stranger.getRobot({ params: { robot_id: near.robot_id } })).rejects.toMatchObject({
      code: "robot_not_found",
    });
  });
});
