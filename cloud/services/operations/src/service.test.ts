import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { EventOf } from "@kerbside/proto/base/event";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, type DeliverySnapshot, deliveryEvent } from "@kerbside/proto/events/deliveries";
import { missionIssued, missionWithdrawn, tripEvent } from "@kerbside/proto/events/operations";
import { custodyChanged, missionProgressed } from "@kerbside/proto/events/robots";
import type { Mission } from "@kerbside/proto/robot/mission";
import type { operationsRoutes } from "@kerbside/proto/routes/operations";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { operations } from "./service.ts";

const organizationId = crypto.randomUUID();
const ops: Principal = { kind: "user", id: "u1", organizationId, role: "ops", name: "Olga", storeIds: [] };
const stranger: Principal = { ...ops, organizationId: crypto.randomUUID() };
const at = (north: number) => ({ lat: 51.1 + north / 1000, lng: 71.4 });
const pairs = (...norths: number[]) => norths.map((north): [number, number] => [at(north).lat, 71.4]);
const clock = new VirtualClock();

let started: Started<typeof operationsRoutes>;
beforeAll(async () => {
  started = await startForTest(operations, { postgresUrl: inject("postgresUrl"), clock });
});
afterAll(() => started[Symbol.asyncDispose]());

type Attempt = EventOf<typeof attemptEvent>["body"];
type Progress = EventOf<typeof missionProgressed>["body"];

/** One robot with one delivery, and the words that deliveries and the robot say about them. */
function errand() {
  const ids = { robot_id: crypto.randomUUID(), delivery_id: crypto.randomUUID(), attempt_id: crypto.randomUUID() };
  let seq = 0;
  const attempt = (happened: Attempt["happened"], change: Partial<Attempt> = {}) =>
    started.deliver(attemptEvent, {
      subject_id: ids.delivery_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: "service", id: "deliveries" },
      body: {
        happened,
        ...ids,
        fencing_token: 1,
        compartment: 0,
        pickup: { text: "Store", place: at(2) },
        dropoff: { text: "Door", place: at(6) },
        hub: { hub_id: crypto.randomUUID(), place: at(0) },
        legs: [
          { to: "pickup", distance_m: 200, duration_s: 200, line: pairs(0, 1, 2) },
          { to: "dropoff", distance_m: 400, duration_s: 400, line: pairs(2, 4, 6) },
          { to: "hub", distance_m: 600, duration_s: 600, line: pairs(6, 3, 0) },
        ],
        grants: [],
        reason: null,
        ...change,
      },
    });
  const delivery = (state: DeliverySnapshot["state"], change: Partial<DeliverySnapshot> = {}) =>
    started.deliver(deliveryEvent, {
      subject_id: ids.delivery_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: "service", id: "deliveries" },
      body: {
        happened: change.cancel_requested ? "cancel_requested" : "state_changed",
        from: null,
        delivery: {
          ...ids,
          external_id: null,
          partner_id: null,
          merchant_id: null,
          store_id: null,
          state,
          state_since: toInstant(clock.now()),
          version: 1,
          cancel_requested: false,
          reason: null,
          pickup: { text: "Store", place: at(2) },
          dropoff: { text: "Door", place: at(6) },
          pickup_ready_at: toInstant(clock.now()),
          dropoff_deadline_at: toInstant(clock.now()),
          robot_name: "K1",
          eta_pickup_at: null,
          eta_dropoff_p50_at: null,
          eta_dropoff_p90_at: null,
          ...change,
        },
      },
    });
  const says = async (
    mission: Mission,
    word: string,
    change: Partial<Progress> & { north?: number; seq?: number } = {},
  ) => {
    const { north = 0, seq: given, ...rest } = change;
    const [happened, stop] = word.split(" ");
    seq += 1;
    await clock.advance(1_000);
    return started.deliver(missionProgressed, {
      subject_id: ids.robot_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: "robot", id: ids.robot_id },
      robot_seq: { epoch: 1, stream: "p1", seq: given ?? seq },
      body: missionProgressed.body.parse({
        robot_id: ids.robot_id,
        mission_id: mission.mission_id,
        trip_id: mission.trip_id,
        delivery_id: mission.delivery_id,
        attempt_id: mission.attempt_id,
        happened,
        stop,
        place: at(north),
        reason: null,
        ...rest,
      }),
    });
  };
  return {
    ...ids,
    attempt,
    delivery,
    says,
    missions: async () =>
      (await started.events(missionIssued))
        .filter(({ body }) => body.robot_id === ids.robot_id)
        .map(({ body }) => body),
    youngest: async () => {
      const issued = await started.events(missionIssued);
      const last = issued.findLast(({ body }) => body.robot_id === ids.robot_id);
      if (!last) throw new Error("no mission was issued");
      return last.body;
    },
    trips: async () =>
      (await started.client(ops).listTrips({ query: { robot_id: ids.robot_id } })).items.map(
        ({ trip_type, state }) => `${trip_type} ${state}`,
      ),
    tripSteps: async () =>
      (await started.events(tripEvent))
        .filter(({ body }) => body.robot_id === ids.robot_id)
        .map(({ body }) => `${body.trip_type} ${body.to}`),
  };
}

describe("a delivery that goes well", () => {
  test("is one mission, and a trip for the delivery and one home", async () => {
    const { attempt, says, youngest, trips, tripSteps, missions, delivery_id } = errand();

    await attempt("accepted");
    const mission = await youngest();
    for (const word of ["accepted pickup", "departed pickup", "arrived pickup", "stop_completed pickup"]) {
      await says(mission, word, { north: 2 });
    }
    for (const word of ["departed dropoff", "arrived dropoff"]) await says(mission, word, { north: 6 });
    await attempt("succeeded");
    for (const word of ["stop_completed dropoff", "departed hub", "arrived hub", "completed hub"]) {
      await says(mission, word);
    }

    expect(await missions()).toHaveLength(1);
    expect(await trips()).toEqual(["roaming ended", "delivery ended"]);
    expect(await tripSteps()).toEqual([
      ...["planned", "reserved", "stopped", "on_trip", "stopped", "on_trip", "stopped"].map((to) => `delivery ${to}`),
      "delivery ended",
      ...["planned", "reserved", "stopped", "on_trip", "stopped", "ended"].map((to) => `roaming ${to}`),
    ]);
    const listed = await started.client(ops).listMissions({ query: { delivery_id } });
    expect(listed.items).toMatchObject([{ status: "completed", heads_for: null, ended_at: toInstant(clock.now()) }]);
  });

  test("that is told twice is one mission all the same", async () => {
    const { attempt, missions } = errand();

    await attempt("accepted");
    await attempt("accepted");

    expect(await missions()).toHaveLength(1);
  });
});

describe("a delivery that nobody takes", () => {
  test("turns round, and the return is a trip of its own", async () => {
    const { attempt, delivery, says, youngest, trips } = errand();
    await attempt("accepted");
    const there = await youngest();
    for (const word of ["departed pickup", "stop_completed pickup"]) await says(there, word, { north: 2 });
    for (const word of ["departed dropoff", "arrived dropoff"]) await says(there, word, { north: 6 });
    await says(there, "aborted dropoff", { north: 6, reason: "nobody_came" });

    await delivery("enroute_to_return");
    const back = await youngest();
    await says(back, "departed return", { north: 6 });

    expect(back.stops.map(({ kind }) => kind)).toEqual(["return", "hub"]);
    expect(back.stops[0]?.route).toEqual([at(6), at(4), at(2)]);
    expect(back.issued_at).toBeGreaterThan(there.issued_at);
    expect(await trips()).toEqual(["return on_trip", "delivery ended"]);
  });

  test("turns round on the way when ops want it back, once", async () => {
    const { attempt, delivery, says, youngest, missions } = errand();
    await attempt("accepted");
    const there = await youngest();
    for (const word of ["departed pickup", "stop_completed pickup"]) await says(there, word, { north: 2 });
    await says(there, "departed dropoff", { north: 4 });

    await delivery("enroute_to_dropoff", { cancel_requested: true });
    await delivery("enroute_to_return", { cancel_requested: true });

    expect((await missions()).map(({ stops }) => stops[0]?.kind)).toEqual(["pickup", "return"]);
    expect((await youngest()).stops[0]?.route).toEqual([at(4), at(2)]);
  });

  test("is left alone while it waits to be cancelled before loading", async () => {
    const { attempt, delivery, missions } = errand();
    await attempt("accepted");

    await delivery("enroute_to_pickup", { cancel_requested: true });

    expect(await missions()).toHaveLength(1);
  });

  test("and that is given up with the goods aboard brings them to the hub", async () => {
    const { attempt, says, youngest, ...ids } = errand();
    await attempt("accepted");
    const there = await youngest();
    await says(there, "departed dropoff", { north: 4 });
    await started.deliver(custodyChanged, {
      subject_id: ids.robot_id,
      organization_id: organizationId,
      event_time: toInstant(clock.now()),
      actor: { kind: "robot", id: ids.robot_id },
      robot_seq: { epoch: 1, stream: "p0", seq: 1 },
      body: {
        robot_id: ids.robot_id,
        delivery_id: ids.delivery_id,
        attempt_id: ids.attempt_id,
        fencing_token: 1,
        compartment: 0,
        from: "merchant",
        to: "robot",
        cycle_id: crypto.randomUUID(),
        place: null,
      },
    });

    await attempt("failed");

    expect(await youngest()).toMatchObject({ delivery_id: ids.delivery_id, stops: [{ kind: "hub" }] });
  });
});

describe("a robot that is taken off", () => {
  test("is called back and sent home, empty", async () => {
    const { attempt, says, youngest, trips, robot_id } = errand();
    await attempt("accepted");
    const mission = await youngest();
    await says(mission, "departed pickup", { north: 1 });

    await attempt("aborted");

    const withdrawn = (await started.events(missionWithdrawn)).filter(({ body }) => body.robot_id === robot_id);
    expect(withdrawn.map(({ body }) => body.mission_id)).toEqual([mission.mission_id]);
    expect(await youngest()).toMatchObject({ delivery_id: null, stops: [{ kind: "hub", route: [at(1), at(0)] }] });
    expect(await trips()).toEqual(["roaming reserved", "delivery on_trip"]);

    await says(mission, "aborted pickup", { north: 1, reason: "withdrawn" });

    expect(await trips()).toEqual(["roaming reserved", "delivery cancelled"]);
  });

  test("before it began stays where it is until it says that it is elsewhere", async () => {
    const { attempt, says, youngest, trips, missions } = errand();
    await attempt("accepted");
    const mission = await youngest();

    await attempt("aborted");
    const before = await missions();
    await says(mission, "aborted pickup", { north: 2, reason: "withdrawn" });

    expect(before).toHaveLength(1);
    expect(await youngest()).toMatchObject({ stops: [{ kind: "hub" }] });
    expect(await trips()).toEqual(["roaming reserved", "delivery cancelled"]);
  });

  test("takes a new delivery on its way home", async () => {
    const first = errand();
    await first.attempt("accepted");
    await first.says(await first.youngest(), "departed pickup", { north: 1 });
    await first.attempt("aborted");
    const home = await first.youngest();

    await first.attempt("accepted", {
      attempt_id: crypto.randomUUID(),
      delivery_id: crypto.randomUUID(),
      fencing_token: 2,
    });

    const withdrawn = await started.events(missionWithdrawn);
    expect(withdrawn.at(-1)?.body).toMatchObject({ mission_id: home.mission_id, reason: "replaced" });
    expect((await first.youngest()).stops).toHaveLength(3);
  });
});

describe("words in the wrong order", () => {
  test("of the robot tell the same trip", async () => {
    const { attempt, says, youngest, trips } = errand();
    await attempt("accepted");
    const mission = await youngest();

    await says(mission, "departed dropoff", { seq: 4 });
    await says(mission, "departed pickup", { seq: 1 });
    await says(mission, "arrived dropoff", { seq: 5 });
    await says(mission, "arrived pickup", { seq: 2 });

    expect(await trips()).toEqual(["delivery stopped"]);
  });

  test("an end that overtook its beginning is not begun", async () => {
    const { attempt, missions } = errand();

    await attempt("aborted");
    await attempt("accepted");

    expect(await missions()).toEqual([]);
  });

  test("a mission that nobody issued changes nothing", async () => {
    const { says, trips } = errand();
    const unknown = { mission_id: crypto.randomUUID(), trip_id: null, delivery_id: null, attempt_id: null };

    await says(
      { v: 1, robot_id: "", fencing_token: null, compartment: 0, stops: [], issued_at: 0, ...unknown },
      "departed hub",
    );

    expect(await trips()).toEqual([]);
  });
});

describe("the endpoints", () => {
  test("show nothing to another organization", async () => {
    const { attempt, trips, robot_id } = errand();
    await attempt("accepted");
    const [trip] = (await started.client(ops).listTrips({ query: { robot_id } })).items;

    const theirs = started.client(stranger);

    expect(await trips()).toHaveLength(1);
    expect((await theirs.listTrips({ query: { robot_id } })).items).toEqual([]);
    expect((await theirs.listMissions({ query: { robot_id } })).items).toEqual([]);
    await expect(theirs.getTrip({ params: { trip_id: trip?.trip_id ?? "" } })).rejects.toMatchObject({
      code: "trip_not_found",
    });
    expect(await started.client(ops).getTrip({ params: { trip_id: trip?.trip_id ?? "" } })).toEqual(trip);
  });

  test("turn pages without skipping or repeating", async () => {
    const client = started.client(ops);
    const all = (await client.listTrips({ query: { limit: 200 } })).items;

    const paged = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await client.listTrips({ query: { limit: 3, ...(cursor ? { cursor } : {}) } });
      paged.push(...page.items);
      cursor = page.next_cursor ?? undefined;
      more = cursor !== undefined;
    }

    expect(paged).toEqual(all);
  });

  test("tell open trips from those that ended", async () => {
    const client = started.client(ops);

    const open = (await client.listTrips({ query: { status: "open", limit: 200 } })).items;
    const ended = (await client.listTrips({ query: { status: "ended", limit: 200 } })).items;

    expect(open.every(({ ended_at }) => ended_at === null)).toBe(true);
    expect(ended.every(({ ended_at }) => ended_at !== null)).toBe(true);
    expect(open.length * ended.length).toBeGreaterThan(0);
  });

  test("refuse what is no cursor", async () => {
    await expect(started.client(ops).listMissions({ query: { cursor: "x" } })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
