import type { Result } from "@kerbside/proto/base/result";
import { type AttemptState, attemptTable } from "@kerbside/proto/states/attempt";
import { deliveryEvents, deliveryTable, type DeliveryState } from "@kerbside/proto/states/delivery";
import { isTerminal, next } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attemptEventsOf, codesFor, whyNotAccepted } from "./attempt.ts";
import type { Step } from "./progress.ts";

const hour = 3_600_000;

describe("a plan", () => {
  test.each<[string, { state: DeliveryState; cancel_requested: boolean }, boolean, string | null]>([
    ["for a waiting delivery is taken up", { state: "created", cancel_requested: false }, false, null],
    [
      "for one that has a robot comes too late",
      { state: "confirmed", cancel_requested: false },
      false,
      "the delivery is confirmed",
    ],
    [
      "for one that ended comes too late",
      { state: "cancelled", cancel_requested: false },
      false,
      "the delivery is cancelled",
    ],
    [
      "for one that somebody gave up is refused",
      { state: "created", cancel_requested: true },
      false,
      "it is to be cancelled",
    ],
    [
      "with a robot that is taken is refused",
      { state: "created", cancel_requested: false },
      true,
      "the planned robot carries another delivery",
    ],
  ])("%s", (_title, row, isTaken, expected) => {
    expect(whyNotAccepted(row, isTaken)).toBe(expected);
  });
});

test("a robot gets all its codes at once, and none for loading when the goods are aboard", () => {
  const planned = { pickupAt: "2026-01-05T09:00:00.000Z", dropoffAt: "2026-01-05T09:30:00.000Z" };
  const lives = { loadMs: hour, unloadMs: 2 * hour, returnMs: 3 * hour };

  expect(codesFor({ ...planned, isLoaded: false }, lives)).toEqual([
    { purpose: "load", expiresAt: "2026-01-05T10:00:00.000Z" },
    { purpose: "unload", expiresAt: "2026-01-05T11:30:00.000Z" },
    { purpose: "return_unload", expiresAt: "2026-01-05T12:30:00.000Z" },
  ]);
  expect(codesFor({ ...planned, isLoaded: true }, lives).map(({ purpose }) => purpose)).toEqual([
    "unload",
    "return_unload",
  ]);
});

describe("an attempt follows its delivery", () => {
  const along = (...events: Step["event"][]): readonly Step[] => {
    const steps: Step[] = [];
    let from: DeliveryState = "created";
    for (const event of events) {
      const to: Result<DeliveryState> = next(deliveryTable, from, event);
      if (!to.ok) continue;
      steps.push({ event, from, to: to.value, reason: null, inferred: false });
      from = to.value;
    }
    return steps;
  };

  test.each<[string, readonly Step[], readonly string[]]>([
    ["is not begun by the assignment", along("robot_assigned"), []],
    ["begins with the first way", along("robot_assigned", "departed_to_pickup"), ["activated"]],
    ["is aborted when its robot is taken off", along("robot_assigned", "unassigned"), ["aborted"]],
    [
      "is aborted when it is cancelled on the way",
      along("robot_assigned", "departed_to_pickup", "cancelled"),
      ["activated", "aborted"],
    ],
    [
      "succeeds at the door",
      along(
        "robot_assigned",
        "arrived_at_pickup",
        "goods_loaded",
        "departed_to_dropoff",
        "arrived_at_dropoff",
        "goods_handed_over",
      ),
      ["activated", "succeeded"],
    ],
    [
      "fails when the goods come back",
      along(
        "robot_assigned",
        "arrived_at_pickup",
        "goods_loaded",
        "return_started",
        "arrived_at_return",
        "goods_returned",
      ),
      ["activated", "failed"],
    ],
  ])("and %s", (_title, steps, expected) => {
    expect(attemptEventsOf("accepted", steps)).toEqual(expected);
  });

  test("by steps of its own table, to one end at most", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...deliveryEvents), { maxLength: 30 }), (events) => {
        const steps = along("robot_assigned", ...events.filter((event) => event !== "robot_assigned"));
        let state: AttemptState = "accepted";
        for (const event of attemptEventsOf(state, steps)) {
          expect(isTerminal(attemptTable, state)).toBe(false);
          const to: Result<AttemptState> = next(attemptTable, state, event);
          expect(to.ok).toBe(true);
          if (to.ok) state = to.value;
        }
        const last = steps.at(-1)?.to ?? "created";
        const isOver = isTerminal(deliveryTable, last) || steps.some(({ event }) => event === "unassigned");
        expect(isTerminal(attemptTable, state)).toBe(isOver);
      }),
    );
  });
});
