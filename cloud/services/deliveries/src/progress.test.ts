import type { Holder } from "@kerbside/proto/robot/journal";
import type { StopKind } from "@kerbside/proto/robot/mission";
import {
  type DeliveryState,
  deliveryEvents,
  deliveryStates,
  deliveryTable,
  isLoaded,
} from "@kerbside/proto/states/delivery";
import { isStep, isTerminal } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { goalOf, type RobotFact, type Reading, read, type Standing } from "./progress.ts";

const departed = (stop: StopKind): RobotFact => ({ type: "departed", stop });
const arrived = (stop: StopKind): RobotFact => ({ type: "arrived", stop });
const stopped = (stop: StopKind, reason: string): RobotFact => ({ type: "stopped", stop, reason, isRefusal: false });
const refused = (stop: StopKind, reason: string): RobotFact => ({ type: "stopped", stop, reason, isRefusal: true });
const custody = (from: Holder, to: Holder): RobotFact => ({ type: "custody", from, to });

function standing(state: DeliveryState, changes: Partial<Standing> = {}): Standing {
  return {
    state,
    isCancelRequested: false,
    passed: new Set([state]),
    pickupFailures: 0,
    pickupTriesMax: 2,
    ...changes,
  };
}

/** `picked_up?` for a guessed step; a reading without steps by its kind. */
function shown(reading: Reading): string {
  if (reading.kind !== "steps") return reading.kind;
  return reading.steps.map(({ to, inferred }) => (inferred ? `${to}?` : to)).join(" ");
}

describe("a robot's report moves a delivery", () => {
  test.each<[string, DeliveryState, RobotFact, string]>([
    ["to the store", "confirmed", departed("pickup"), "enroute_to_pickup"],
    ["to the store where it stood already", "confirmed", arrived("pickup"), "arrived_at_pickup"],
    ["by loading", "arrived_at_pickup", custody("merchant", "robot"), "picked_up"],
    [
      "by a loading whose arrival was not heard",
      "enroute_to_pickup",
      custody("merchant", "robot"),
      "arrived_at_pickup? picked_up",
    ],
    [
      "by a loading of which nothing was heard",
      "confirmed",
      custody("merchant", "robot"),
      "arrived_at_pickup? picked_up",
    ],
    ["on its way", "picked_up", departed("dropoff"), "enroute_to_dropoff"],
    ["to the door whose way was not heard", "picked_up", arrived("dropoff"), "enroute_to_dropoff? arrived_at_dropoff"],
    ["to the customer", "arrived_at_dropoff", custody("robot", "customer"), "delivered"],
    [
      "to the customer, all at once",
      "picked_up",
      custody("robot", "customer"),
      "enroute_to_dropoff? arrived_at_dropoff? delivered",
    ],
    [
      "to the customer though the loading is lost in a gap",
      "confirmed",
      custody("robot", "customer"),
      "arrived_at_pickup? picked_up? enroute_to_dropoff? arrived_at_dropoff? delivered",
    ],
    ["to a better place at the door", "arrived_at_dropoff", departed("dropoff"), "enroute_to_dropoff"],
    ["back when it sets out for the store", "enroute_to_dropoff", departed("return"), "enroute_to_return"],
    ["back at the store", "enroute_to_return", arrived("return"), "arrived_at_return"],
    ["home", "arrived_at_return", custody("robot", "merchant"), "returned"],
    [
      "home, all at once",
      "enroute_to_dropoff",
      custody("robot", "merchant"),
      "enroute_to_return? arrived_at_return? returned",
    ],
  ])("%s", (_title, state, fact, expected) => {
    expect(shown(read(fact, standing(state)))).toBe(expected);
  });
});

describe("a robot that gives its mission up", () => {
  test.each<[string, DeliveryState, RobotFact, string]>([
    ["before the store leaves the delivery to another", "enroute_to_pickup", stopped("pickup", "cancelled"), "created"],
    ["and refuses it leaves the delivery to another", "confirmed", refused("pickup", "goods_aboard"), "created"],
    [
      "because nobody loaded leaves the delivery to another",
      "arrived_at_pickup",
      stopped("pickup", "nobody_came"),
      "created",
    ],
    ["at the door turns back", "arrived_at_dropoff", stopped("dropoff", "nobody_came"), "enroute_to_return"],
    [
      "at a door whose arrival was not heard turns back from there",
      "picked_up",
      stopped("dropoff", "nobody_came"),
      "enroute_to_dropoff? arrived_at_dropoff? enroute_to_return",
    ],
    ["on its way turns back", "enroute_to_dropoff", stopped("dropoff", "cancelled"), "enroute_to_return"],
    ["with the goods just aboard turns back", "picked_up", stopped("pickup", "cancelled"), "enroute_to_return"],
    ["because we took it back is no news", "enroute_to_pickup", stopped("pickup", "withdrawn"), "nothing"],
    ["for a younger one is no news", "enroute_to_dropoff", stopped("dropoff", "replaced"), "nothing"],
    ["on the way to its hub is no news", "delivered", stopped("hub", "cancelled"), "nothing"],
    ["at the return needs people", "enroute_to_return", stopped("return", "cancelled"), "beside"],
    [
      "and refuses the next one with goods aboard needs people",
      "picked_up",
      refused("dropoff", "wrong_robot"),
      "beside",
    ],
    ["for a delivery that has ended is no news", "delivered", stopped("dropoff", "nobody_came"), "nothing"],
  ])("%s", (_title, state, fact, expected) => {
    expect(shown(read(fact, standing(state)))).toBe(expected);
  });

  test("again because nobody loaded ends the delivery", () => {
    const reading = read(stopped("pickup", "nobody_came"), standing("arrived_at_pickup", { pickupFailures: 1 }));

    expect(reading).toMatchObject({ steps: [{ to: "cancelled", reason: "failed_to_pickup" }] });
  });

  test("while a cancel waits for its word about the grant changes nothing", () => {
    const waiting = standing("arrived_at_pickup", { isCancelRequested: true });

    expect(read(stopped("pickup", "nobody_came"), waiting)).toEqual({ kind: "nothing" });
  });
});

describe("a report that comes at the wrong time", () => {
  test.each<[string, DeliveryState, RobotFact]>([
    ["a departure with goods", "arrived_at_pickup", departed("dropoff")],
    ["an arrival with goods", "confirmed", arrived("dropoff")],
    ["a way back", "enroute_to_pickup", departed("return")],
    ["a door where nobody came", "arrived_at_pickup", stopped("dropoff", "nobody_came")],
  ])("waits for the loading that it rests on: %s", (_title, state, fact) => {
    expect(read(fact, standing(state))).toEqual({ kind: "early" });
  });

  test("fills in when a guessed step was really taken", () => {
    const late = standing("picked_up", { passed: new Set(["confirmed", "arrived_at_pickup", "picked_up"]) });

    expect(read(arrived("pickup"), late)).toEqual({ kind: "known", state: "arrived_at_pickup" });
  });

  test("is kept beside when the way that was found does not contain it", () => {
    const late = standing("picked_up", { passed: new Set(["confirmed", "arrived_at_pickup", "picked_up"]) });

    expect(read(departed("pickup"), late)).toMatchObject({ kind: "beside", isAlarming: false });
  });

  test("after a younger one never moves the delivery", () => {
    const reading = read(departed("dropoff"), standing("arrived_at_dropoff"), true);

    expect(reading.kind).toBe("beside");
  });

  test.each<[string, DeliveryState, RobotFact]>([
    ["goods loaded for a delivery that was cancelled", "cancelled", custody("merchant", "robot")],
    ["goods handed over that were given up as lost", "failed", custody("robot", "customer")],
    ["goods handed over on their way back", "enroute_to_return", custody("robot", "customer")],
    ["goods taken out by a technician", "enroute_to_dropoff", custody("robot", "technician")],
    ["goods that nobody knows of", "enroute_to_dropoff", custody("robot", "unknown")],
  ])("alarms people when it contradicts the delivery: %s", (_title, state, fact) => {
    expect(read(fact, standing(state))).toMatchObject({ kind: "beside", isAlarming: true });
  });
});

const stops = fc.constantFrom<StopKind>("pickup", "dropoff", "return", "hub");
const holders = fc.constantFrom<Holder>("merchant", "robot", "customer", "technician", "unknown");
const facts: fc.Arbitrary<RobotFact> = fc.oneof(
  fc.record({ type: fc.constantFrom("departed", "arrived"), stop: stops }) as fc.Arbitrary<RobotFact>,
  fc.record({
    type: fc.constant("stopped" as const),
    stop: stops,
    reason: fc.constantFrom("nobody_came", "cancelled", "withdrawn", "replaced", "wrong_robot"),
    isRefusal: fc.boolean(),
  }),
  fc.record({ type: fc.constant("custody" as const), from: holders, to: holders }),
);
const told = fc.array(fc.record({ fact: facts, isLate: fc.boolean() }), { maxLength: 60 });

/** Every state a delivery goes through, a new robot being assigned whenever it waits for one. */
function live(reports: readonly { fact: RobotFact; isLate: boolean }[]): readonly DeliveryState[] {
  const states: DeliveryState[] = ["created"];
  const passed = new Set<DeliveryState>();
  for (const { fact, isLate } of reports) {
    if (states.at(-1) === "created") {
      states.push("confirmed");
      passed.clear();
    }
    const state = states.at(-1) ?? "created";
    passed.add(state);
    const reading = read(fact, standing(state, { passed, pickupTriesMax: 3 }), isLate);
    if (reading.kind !== "steps") continue;
    for (const { from, to } of reading.steps) {
      expect(from).toBe(states.at(-1));
      states.push(to);
      passed.add(to);
    }
  }
  return states;
}

describe("whatever robots report, in any order,", () => {
  test("a delivery only takes steps of its table", () => {
    fc.assert(
      fc.property(told, (reports) => {
        const states = live(reports);

        states.slice(1).forEach((to, index) => {
          expect(isStep(deliveryTable, states[index] ?? to, to)).toBe(true);
        });
      }),
    );
  });

  test("it ends at most once, and never as cancelled after it was loaded", () => {
    fc.assert(
      fc.property(told, (reports) => {
        const states = live(reports);
        const ends = states.filter((state) => isTerminal(deliveryTable, state));

        expect(ends.length).toBeLessThanOrEqual(1);
        expect(states.some(isLoaded) && states.includes("cancelled")).toBe(false);
      }),
    );
  });

  test("only a custody record loads goods or hands them over", () => {
    const missions = told.map((reports) => reports.filter(({ fact }) => fact.type !== "custody"));
    fc.assert(
      fc.property(missions, (reports) => {
        expect(live(reports).some((state) => isLoaded(state) || state === "delivered" || state === "returned")).toBe(
          false,
        );
      }),
    );
  });

  test("the last step of a reading is the one that was reported, unless it tells of giving up", () => {
    fc.assert(
      fc.property(fc.constantFrom(...deliveryStates), facts, (state, fact) => {
        const reading = read(fact, standing(state));

        expect(reading.kind === "steps" ? reading.steps.at(-1)?.inferred : false).toBe(false);
      }),
    );
  });
});

test.each(deliveryEvents)("%s leads to one state, wherever it begins", (event) => {
  const goals = new Set(deliveryStates.map((state) => deliveryTable.steps[state][event]).filter((to) => to !== null));

  expect([...goals]).toEqual([goalOf(event)]);
});
