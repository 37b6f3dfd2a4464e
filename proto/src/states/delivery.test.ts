import * as fc from "fast-check";
import { expect, test } from "vitest";
import { uberProgress, uberReturnView, uberView } from "./delivery.projections.ts";
import {
  type DeliveryState,
  deliveryEvents,
  deliveryStates,
  deliveryTable,
  failureReasons,
  isLoaded,
} from "./delivery.ts";
import { isLegal, isTerminal, next } from "./table.ts";

const walks = fc.array(fc.constantFrom(...deliveryEvents), { maxLength: 80 });

/** The states that a delivery passes through when these events are tried on it one after another. */
function history(events: readonly (typeof deliveryEvents)[number][]): readonly DeliveryState[] {
  const states: DeliveryState[] = [deliveryTable.initial];
  for (const event of events) {
    const step = next(deliveryTable, states.at(-1) ?? deliveryTable.initial, event);
    if (step.ok) states.push(step.value);
  }
  return states;
}

test("a delivery that was picked up is never cancelled", () => {
  fc.assert(
    fc.property(walks, (events) => {
      const states = history(events);

      expect(states.includes("picked_up") && states.includes("cancelled")).toBe(false);
    }),
  );
});

test("a delivery reaches at most one terminal state", () => {
  fc.assert(
    fc.property(walks, (events) => {
      const ends = history(events).filter((state) => isTerminal(deliveryTable, state));

      expect(ends.length).toBeLessThanOrEqual(1);
    }),
  );
});

test("goods are delivered or returned only after they were loaded, and then nobody takes the robot off", () => {
  fc.assert(
    fc.property(walks, (events) => {
      const states = history(events);
      const loadedAt = states.indexOf("picked_up");

      const handedOver = states.some((state) => state === "delivered" || state === "returned");
      expect(handedOver && loadedAt === -1).toBe(false);
      expect(loadedAt !== -1 && states.slice(loadedAt).includes("created")).toBe(false);
    }),
  );
});

test("goods are in the robot from the loading until they are handed over, returned or given up", () => {
  const states = deliveryStates.filter((state) => isLoaded(state));

  expect(states).toEqual(
    deliveryStates.filter((state) => isLegal(deliveryTable, state, "failed") && state !== "created"),
  );
});

test("a reason to fail exists exactly where failing is legal", () => {
  for (const state of deliveryStates) {
    expect(failureReasons[state].length > 0).toBe(isLegal(deliveryTable, state, "failed"));
  }
});

test("no step moves Uber's status back, except that a robot is taken off", () => {
  for (const from of deliveryStates) {
    for (const event of deliveryEvents) {
      const step = next(deliveryTable, from, event);
      if (!step.ok || event === "unassigned") continue;
      expect(uberProgress(uberView[step.value].status)).toBeGreaterThanOrEqual(uberProgress(uberView[from].status));
    }
  }
});

test("Uber's status is final exactly when the delivery is over", () => {
  const final = deliveryStates.filter((state) => uberProgress(uberView[state].status) === uberProgress("delivered"));

  expect(final).toEqual(deliveryStates.filter((state) => isTerminal(deliveryTable, state)));
});

test("a returning delivery shows Uber a return that only moves on", () => {
  const way = (["enroute_to_return", "arrived_at_return", "returned"] as const).map((state) => uberReturnView[state]);

  expect(way.map((view) => view?.status)).toEqual(["dropoff", "dropoff", "delivered"]);
});
