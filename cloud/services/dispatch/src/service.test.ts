import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { planEvent } from "@kerbside/proto/events/deliveries";
import { availabilityChanged } from "@kerbside/proto/events/fleet";
import { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type Dispatching, startDispatching } from "./dispatching.harness.ts";
import { at, hubId, id, marketId, organizationId, startMs } from "./town.harness.ts";

const service: Principal = { kind: "service", id: "deliveries", organizationId: null };
const ops = (organization: string): Principal => ({
  kind: "user",
  id: id(80),
  organizationId: organization,
  role: "ops",
  name: "Dana",
  storeIds: [],
});

let here: Dispatching;
beforeAll(async () => {
  here = await startDispatching(inject("postgresUrl"));
});
afterAll(() => here[Symbol.asyncDispose]());
beforeEach(() => here.clear());

test("nothing that people do here is privileged: all endpoints read, and an estimate reserves nothing", () => {
  const changing = Object.entries(dispatchRoutes).flatMap(([name, { method }]) => (method === "get" ? [] : [name]));

  expect(changing).toEqual(["estimate"]);
});

describe("dispatch", () => {
  test("sends the free robot, with the ways of its whole loop and when it should be where", async () => {
    await here.robot(10);
    await here.tell(1);

    const [told, ...more] = await here.settle();

    expect(more).toEqual([]);
    expect(told).toMatchObject({
      happened: "robot_assigned",
      delivery_id: id(1),
      robot_id: id(10),
      robot_name: "Robo-10",
      hub: { hub_id: hubId },
      legs: [
        { to: "pickup", distance_m: expect.closeTo(500, 0) },
        { to: "dropoff", distance_m: expect.closeTo(1_000, 0) },
        { to: "hub", distance_m: expect.closeTo(1_500, 0) },
      ],
      pace: { leg_factor: 1.08, leg_spread: 0.15, load_mean_s: expect.closeTo(113, 0) },
    });
  });

  test("nothing is told twice, however often it is solved", async () => {
    await here.robot(10, { available: false, reasons: ["its link is offline"] });
    await here.tell(1);
    await here.settle();
    await here.robot(10, { available: false, reasons: ["its link is offline"], place: at(30) });
    await here.tell(2);

    const told = await here.settle();

    expect(told.map(({ happened, delivery_id }) => [happened, delivery_id])).toEqual([
      ["waiting", id(1)],
      ["waiting", id(2)],
    ]);
    expect(told[0]).toMatchObject({ reason: "none of 1 robot can be sent: its link is offline" });
  });

  test("says why a delivery waits, and sends a robot as soon as one comes", async () => {
    await here.tell(1);
    const [first] = await here.settle();
    await here.robot(10);
    const [, then] = await here.settle();

    expect(first).toMatchObject({ happened: "waiting", reason: "no robot is in service in this market" });
    expect(then).toMatchObject({ happened: "robot_assigned", robot_id: id(10) });
  });

  test("several deliveries and robots are one assignment, and no robot gets two", async () => {
    await here.robot(10, { place: at(0) });
    await here.robot(11, { place: at(2_000) });
    for (const n of [1, 2, 3]) await here.tell(n, { pickup: { text: "store", place: at(600 * n) } });

    const told = await here.settle();

    const assigned = told.flatMap((each) =>
      each.happened === "robot_assigned" ? [[each.delivery_id, each.robot_id]] : [],
    );
    expect(assigned).toHaveLength(2);
    expect(new Set(assigned.map(([, robotId]) => robotId)).size).toBe(2);
    expect(told.filter(({ happened }) => happened === "waiting")).toHaveLength(1);
  });

  test("a robot that carries a delivery is not sent, and its end is what others wait for", async () => {
    await here.robot(10);
    const arrives = toInstant(startMs + 600_000);
    await here.tell(1, {
      state: "enroute_to_dropoff",
      robot_id: id(10),
      robot_name: "Robo-10",
      eta_dropoff_p50_at: arrives,
    });
    await here.tell(2);

    const told = await here.settle();

    expect(told).toMatchObject([
      {
        happened: "waiting",
        reason: expect.stringMatching(/^the only robot is busy; the next should be free at 14:1\d$/),
      },
    ]);
  });

  test("a delivery that lost its robot gets another one, and the lost one only when there is no other", async () => {
    await here.robot(10, { place: at(400) });
    await here.robot(11, { place: at(-3_000) });
    await here.tell(1);
    const [first] = await here.settle();
    await here.tell(1, { version: 2, state: "confirmed", robot_id: id(10), robot_name: "Robo-10" });
    await here.tell(1, { version: 3, state: "created" });

    const [, second] = await here.settle();

    expect(first).toMatchObject({ robot_id: id(10) });
    expect(second).toMatchObject({ happened: "robot_assigned", robot_id: id(11) });
  });

  test("what deliveries refuses is planned anew, and what it never answers is taken back", async () => {
    await here.robot(10, { place: at(400) });
    await here.robot(11, { place: at(-3_000) });
    await here.tell(1);
    const [first] = await here.settle();
    await here.tell(1, { version: 2 }, first?.event_id);
    const [, second] = await here.settle();

    await here.clock.advance(61_000);
    const [, , third] = await here.settle();

    expect(second).toMatchObject({ robot_id: id(11) });
    expect(third).toMatchObject({ happened: "robot_assigned", robot_id: id(10) });
  });

  test("a delivery that is to be cancelled gets no robot, and one that ended is forgotten", async () => {
    await here.robot(10);
    await here.tell(1, { cancel_requested: true });
    await here.tell(2);
    await here.tell(2, { version: 2, state: "cancelled" });

    expect(await here.settle()).toEqual([]);
    expect((await here.started.client(service).listPlans({ query: {} })).items).toMatchObject([
      { delivery_id: id(1), reason: "it is to be cancelled" },
    ]);
  });

  test("while maps is away nothing is decided, and all of it when maps is back", async () => {
    here.town.isMapsDown = true;
    await here.robot(10);
    await here.tell(1);
    const without = await here.settle();
    here.town.isMapsDown = false;
    await here.clock.advance(3_000);

    const [told] = await here.settle();

    expect(without).toEqual([]);
    expect(told).toMatchObject({ happened: "robot_assigned" });
  });

  test("a robot of another organization is never sent", async () => {
    await here.started.deliver(availabilityChanged, {
      subject_id: id(10),
      organization_id: id(77),
      event_time: toInstant(startMs),
      actor: { kind: "service", id: "fleet" },
      body: {
        robot_id: id(10),
        name: "Stranger",
        market_id: marketId,
        hub_id: hubId,
        available: true,
        reasons: [],
        place: at(0),
        battery_pct: 90,
      },
    });
    await here.tell(1);

    expect(await here.settle()).toMatchObject([
      { happened: "waiting", reason: "no robot is in service in this market" },
    ]);
  });

  test("of two processes one solves", async () => {
    await here.robot(10);
    await here.tell(1);
    await here.started.db.execute(sql`
      insert into solver (id, holder, held_until) values (1, ${id(99)}, now() + interval '1 minute')
      on conflict (id) do update set holder = excluded.holder, held_until = excluded.held_until`);
    const stop = new AbortController();
    const running = here.started.wired.background?.[0]?.run(stop.signal);
    await here.clock.advance(5_000);
    stop.abort();
    await running;
    const meanwhile = await here.started.events(planEvent);
    await here.started.db.execute(sql`update solver set held_until = now() - interval '1 second'`);

    const [told] = await here.settle();

    expect(meanwhile).toEqual([]);
    expect(told).toMatchObject({ happened: "robot_assigned" });
  });
});

describe("an estimate", () => {
  const asked = {
    organization_id: organizationId,
    pickup: { text: "the corner" },
    dropoff: { place: at(1_100), unit: "4" },
  };

  test("normalises the addresses and promises times by the robots there are", async () => {
    await here.robot(10, { place: at(-900) });

    const told = await here.started.client(service).estimate({ body: asked });

    expect(told).toMatchObject({
      pickup: { text: "the corner", place: at(100) },
      dropoff: { text: "somewhere", unit: "4" },
      market_id: marketId,
      distance_m: expect.closeTo(1_000, 0),
      legs: [{ to: "dropoff", duration_s: expect.closeTo(800, 0) }],
      policy_version: "map plain, rules 1",
      robots_free: 1,
    });
    const times = [told.eta_pickup_at, told.eta_dropoff_p50_at, told.eta_dropoff_p90_at].map((at) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(here.clock.now() + 800_000);
  });

  test("promises later times for goods that are ready later, and where a robot is still busy", async () => {
    const without = await here.started.client(service).estimate({ body: asked });
    await here.robot(10);
    const free = await here.started.client(service).estimate({ body: asked });
    const later = await here.started
      .client(service)
      .estimate({ body: { ...asked, pickup_ready_at: toInstant(here.clock.now() + 3_600_000) } });
    const arrives = toInstant(here.clock.now() + 900_000);
    await here.tell(1, {
      state: "enroute_to_dropoff",
      robot_id: id(10),
      robot_name: "Robo-10",
      eta_dropoff_p50_at: arrives,
    });
    const busy = await here.started.client(service).estimate({ body: asked });

    const p50 = (told: { eta_dropoff_p50_at: string }): number => Date.parse(told.eta_dropoff_p50_at);
    expect(p50(later)).toBeGreaterThan(p50(free) + 3_000_000);
    expect(p50(busy)).toBeGreaterThan(p50(free) + 900_000);
    expect(without.robots_free).toBe(0);
  });

  test.each([
    [{ ...asked, pickup: { text: "Baker Street" } }, { which: "pickup" }],
    [{ ...asked, dropoff: { place: { lat: 37.79, lng: -122.4 } } }, { which: "dropoff" }],
    [{ ...asked, dropoff: { place: at(9_000) } }, { which: "dropoff" }],
  ])("an address that no robot serves is refused: %j", async (body, details) => {
    await expect(here.started.client(service).estimate({ body })).rejects.toMatchObject({
      code: "address_undeliverable",
      details,
    });
  });

  test("while maps is away there is none", async () => {
    here.town.isMapsDown = true;

    await expect(here.started.client(service).estimate({ body: asked })).rejects.toMatchObject({ code: "unavailable" });
  });

  test("only services ask", async () => {
    await expect(here.started.client(ops(organizationId)).estimate({ body: asked })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("an explanation", () => {
  test("names every robot of the market with what speaks for or against it", async () => {
    await here.robot(10, { place: at(400) });
    await here.robot(11, { available: false, reasons: ["its link is offline", "its battery is unknown"] });
    await here.robot(12, { battery_pct: 15, place: at(-2_000) });
    await here.tell(1, { pickup_ready_at: toInstant(startMs + 7_200_000) });
    await here.settle();

    const { plan, candidates } = await here.started
      .client(ops(organizationId))
      .explainPlan({ params: { delivery_id: id(1) } });

    expect(plan).toMatchObject({ state: "waiting", reason: "the order is ready at 16:00; a robot sets out in time" });
    expect(candidates).toMatchObject([
      { robot_name: "Robo-10", usable: true, reason: "it can be sent", loop_m: expect.closeTo(2_600, 0) },
      { robot_name: "Robo-11", usable: false, reason: "its link is offline, its battery is unknown" },
      { robot_name: "Robo-12", usable: false, reason: expect.stringContaining("12 % have to be left") },
    ]);
  });

  test("is not there for another organization, nor for what nobody ordered", async () => {
    await here.tell(1);

    for (const [who, n] of [
      [ops(id(77)), 1],
      [ops(organizationId), 2],
    ] as const) {
      await expect(here.started.client(who).explainPlan({ params: { delivery_id: id(n) } })).rejects.toMatchObject({
        code: "delivery_not_found",
      });
    }
    expect((await here.started.client(ops(id(77))).listPlans({ query: {} })).items).toEqual([]);
  });
});
