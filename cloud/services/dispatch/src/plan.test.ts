import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignedMaxMs, avoids, hear, type News, type Plan, takeBack } from "./plan.ts";
import { id, organizationId, snapshot, startMs } from "./town.harness.ts";

type Snapshot = Parameters<typeof snapshot>[1];

function news(change: Snapshot, more: Partial<News> = {}): News {
  return { organizationId, delivery: snapshot(1, change), causationId: null, heardMs: startMs, ...more };
}

function waiting(): Plan {
  const plan = hear(null, news({}));
  if (!plan) throw new Error("a new delivery waits");
  return plan;
}

const assigned: Plan = { ...waiting(), state: "assigned", robotId: id(50), robotName: "Robo", assignedBy: id(90) };
const carried = hear(assigned, news({ version: 2, state: "confirmed", robot_id: id(50), robot_name: "Robo" }));

describe("a plan", () => {
  test("stands where the youngest word has it, whatever comes twice, late or never", () => {
    const robots = {
      first: { robot_id: id(50), robot_name: "Robo" },
      second: { robot_id: id(51), robot_name: "Other" },
    };
    const life: readonly Snapshot[] = [
      { state: "created" },
      { state: "confirmed", ...robots.first },
      { state: "enroute_to_pickup", ...robots.first },
      { state: "created" },
      { state: "confirmed", ...robots.second },
      { state: "picked_up", ...robots.second },
    ];
    const words = life.map((change, index) => news({ ...change, version: index + 1 }));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { minLength: 1 }), (heard) => {
        const plan = heard.reduce<Plan | null>((before, word) => hear(before, word), null);

        const youngest = heard.toSorted((a, b) => b.delivery.version - a.delivery.version)[0]?.delivery;
        expect(plan).toMatchObject({
          version: youngest?.version,
          deliveryState: youngest?.state,
          robotId: youngest?.robot_id,
          state: youngest?.state === "created" ? "waiting" : "carried",
        });
      }),
    );
  });

  test("begins with a delivery that waits", () => {
    expect(waiting()).toMatchObject({ state: "waiting", waitingSinceMs: startMs, robotId: null, avoided: [] });
  });

  test("is not moved by old news, nor by the same twice", () => {
    expect(hear(carried, news({ version: 1 }))).toBe(carried);
    expect(hear(carried, news({ version: 2, state: "created" }))).toBe(carried);
  });

  test.each(["delivered", "returned", "cancelled", "failed"] as const)("is over when the delivery is %s", (state) => {
    expect(hear(carried, news({ version: 9, state }))).toBeNull();
  });

  test("knows from deliveries who carries it, whoever we had assigned", () => {
    const other = hear(
      assigned,
      news({ version: 2, state: "enroute_to_pickup", robot_id: id(51), robot_name: "Other" }),
    );

    expect(carried).toMatchObject({ state: "carried", robotId: id(50) });
    expect(other).toMatchObject({ state: "carried", robotId: id(51), robotName: "Other" });
  });

  test("that lost its robot waits again, from when it first did, and spares that robot for minutes", () => {
    const again = carried && hear(carried, news({ version: 5 }, { heardMs: startMs + 90_000 }));

    expect(again).toMatchObject({ state: "waiting", robotId: null, waitingSinceMs: startMs });
    expect(again && avoids(again, id(50), startMs + 4 * 60_000)).toBeDefined();
    expect(again && avoids(again, id(50), startMs + 10 * 60_000)).toBeUndefined();
  });

  test("that deliveries refused waits again; other news leave the assignment as it is", () => {
    const refused = hear(assigned, news({ version: 2 }, { causationId: id(90) }));
    const noted = hear(assigned, news({ version: 2 }, { causationId: id(91) }));

    expect(refused).toMatchObject({ state: "waiting", robotId: null, avoided: [{ robotId: id(50) }] });
    expect(noted).toMatchObject({ state: "assigned", robotId: id(50), version: 2 });
  });

  test("of which deliveries says nothing for a minute is taken back", () => {
    expect(takeBack(assigned, startMs + assignedMaxMs - 1)).toBeNull();
    expect(takeBack(assigned, startMs + assignedMaxMs)).toMatchObject({ state: "waiting", avoided: [] });
    expect(takeBack(waiting(), startMs + 1e9)).toBeNull();
  });

  test("works its way out anew when the addresses change", () => {
    const errand = { hub: { hub_id: id(3), place: { lat: 1, lng: 1 } }, toDropoff: walk, toHub: walk };
    const known = { ...waiting(), errand };
    const moved = { text: "elsewhere", place: { lat: 51.17, lng: 71.44 } };

    expect(hear(known, news({ version: 2 }))?.errand).toBe(errand);
    expect(hear(known, news({ version: 2, dropoff: moved }))?.errand).toBeNull();
  });
});

const walk = { distanceM: 1, durationS: 1 };
