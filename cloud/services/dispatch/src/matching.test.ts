import { describe, expect, test } from "vitest";
import { type Decision, match, type Order, type Situation } from "./matching.ts";
import { hear } from "./plan.ts";
import type { UsableRobot } from "./robot.ts";
import { readRules } from "./settings.ts";
import { at, center, hubId, id, marketId, organizationId, snapshot, startMs } from "./town.harness.ts";

const rules = readRules({});

function order(n: number, change: Partial<Order> = {}): Order {
  const plan = hear(null, { organizationId, delivery: snapshot(n), causationId: null, heardMs: startMs });
  if (!plan) throw new Error("a new delivery waits");
  const walk = { distanceM: 1_000, durationS: 800 };
  return { ...plan, errand: { hub: { hub_id: hubId, place: center }, toDropoff: walk, toHub: walk }, ...change };
}

function robot(n: number, batteryPct = 90): UsableRobot {
  return {
    robotId: id(n),
    organizationId,
    name: `Robo-${n}`,
    marketId,
    isAvailable: true,
    reasons: [],
    place: at(0),
    batteryPct,
  };
}

/** Metres by robot and order; null for no way. */
function situation(orders: Order[], robots: UsableRobot[], metres: (number | null)[][]): Situation {
  const distanceM = Float64Array.from(metres.flat(), (m) => m ?? Infinity);
  const walks = { columns: orders.length, distanceM, durationS: distanceM.map((m) => m / 1.25) };
  return { nowMs: startMs, orders, robots, walks, nextFreeMs: [] };
}

function told(decisions: readonly Decision[]): readonly string[] {
  return decisions.map((decision) => ("why" in decision ? decision.why.code : decision.robot.name));
}

describe("matching", () => {
  test("an order for the week after next waits until it is ready, for nobody else", () => {
    const decisions = match(
      situation([order(1, { pickupReadyMs: startMs + 20 * 24 * 3_600_000 })], [robot(10)], [[100]]),
      rules,
    );

    expect(told(decisions)).toEqual(["not_ready"]);
  });

  test("the sum of the arrivals counts, not who is nearest to the first", () => {
    const both = situation(
      [order(1), order(2)],
      [robot(10), robot(11)],
      [
        [100, 200],
        [150, 900],
      ],
    );

    expect(told(match(both, rules))).toEqual(["Robo-11", "Robo-10"]);
  });

  test("with one robot for two, as many as possible are served, and the longer waiting one first", () => {
    const old = order(1, { pickupReadyMs: startMs - 20 * 60_000, waitingSinceMs: startMs - 30 * 60_000 });

    const decisions = match(situation([order(2), old], [robot(10)], [[100, 900]]), rules);

    expect(told(decisions)).toEqual(["others_first", "Robo-10"]);
  });

  test("a robot far away is worth more than a minute of age", () => {
    const old = order(1, { pickupReadyMs: startMs - 60_000, waitingSinceMs: startMs - 60_000 });

    expect(told(match(situation([order(2), old], [robot(10)], [[100, 2_000]]), rules))).toEqual([
      "Robo-10",
      "others_first",
    ]);
  });

  test("a battery that does not last for the whole loop is not sent", () => {
    const [decision] = match(situation([order(1)], [robot(10, 19)], [[500]]), rules);

    expect(decision).toMatchObject({ why: { code: "battery", loopM: 2_500, bestPct: 19 } });
  });

  test("an order that is not ready gets its robot when it is time to set out", () => {
    const readyMs = startMs + 20 * 60_000;
    const later = order(1, { pickupReadyMs: readyMs });
    const early = match(situation([later], [robot(10)], [[500]]), rules);
    const setOutMs = readyMs - rules.earlyMs - 400_000;

    const due = match({ ...situation([later], [robot(10)], [[500]]), nowMs: setOutMs }, rules);

    expect(early).toMatchObject([{ why: { code: "not_ready", readyMs }, lookAgainMs: setOutMs }]);
    expect(told(due)).toEqual(["Robo-10"]);
  });

  test("an order that is not ready does not take the only robot from one that is", () => {
    const later = order(1, { pickupReadyMs: startMs + 60 * 60_000, waitingSinceMs: startMs - 60 * 60_000 });

    expect(told(match(situation([later, order(2)], [robot(10)], [[10, 900]]), rules))).toEqual([
      "others_first",
      "Robo-10",
    ]);
  });

  test("a robot that just lost it is spared, and others are told until when", () => {
    const untilMs = startMs + 100_000;
    const lost = order(1, { avoided: [{ robotId: id(10), untilMs }] });

    expect(match(situation([lost], [robot(10)], [[100]]), rules)).toMatchObject([
      { why: { code: "just_failed", untilMs }, lookAgainMs: untilMs },
    ]);
    expect(told(match(situation([lost], [robot(10), robot(11)], [[100], [900]]), rules))).toEqual(["Robo-11"]);
  });

  test("where no way leads nobody is sent", () => {
    expect(told(match(situation([order(1)], [robot(10)], [[null]]), rules))).toEqual(["no_way"]);
  });
});
