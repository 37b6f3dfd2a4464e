import { deliveryStates, deliveryTable, type DeliveryState } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import { describe, expect, test } from "vitest";
import { type Condition, isToRaise, watchDefaults, type Watched, whatIsStuck, whyUseless } from "./incident.ts";

const nine = Date.UTC(2026, 0, 5, 9);
const minute = 60_000;
const day = 24 * 60 * minute;

function watched(state: DeliveryState, changes: Partial<Watched> = {}): Watched {
  return {
    state,
    progressAtMs: nine,
    cancelRequestedAtMs: null,
    dueAtMs: nine + 40 * minute,
    ...changes,
  };
}

const kindAt = (delivery: Watched, afterMs: number) =>
  whatIsStuck(delivery, nine + afterMs, watchDefaults)?.kind ?? null;

describe("a delivery is stuck", () => {
  test.each<[DeliveryState, string, number]>([
    ["created", "no_robot", 15],
    ["confirmed", "not_departed", 5],
    ["enroute_to_pickup", "late_to_pickup", 55],
    ["arrived_at_pickup", "not_loaded", 15],
    ["picked_up", "late_to_dropoff", 55],
    ["enroute_to_dropoff", "late_to_dropoff", 55],
    ["arrived_at_dropoff", "not_collected", 15],
    ["enroute_to_return", "late_to_return", 45],
    ["arrived_at_return", "not_unloaded", 15],
  ])("while %s, as %s, after %s minutes and not before", (state, kind, minutes) => {
    expect(kindAt(watched(state), minutes * minute)).toBeNull();
    expect(kindAt(watched(state), minutes * minute + 1)).toBe(kind);
  });

  test("when no robot answers a cancel", () => {
    const waiting = watched("confirmed", { cancelRequestedAtMs: nine });

    expect(kindAt(waiting, 2 * minute)).toBeNull();
    expect(kindAt(waiting, 2 * minute + 1)).toBe("cancel_unanswered");
  });

  test("in every state that can last, and in no other", () => {
    for (const state of deliveryStates) {
      expect([state, kindAt(watched(state), day) !== null]).toEqual([state, !isTerminal(deliveryTable, state)]);
    }
  });
});

describe("a robot is useless to a delivery that it has not loaded", () => {
  const fine: Condition = {
    connectivity: "online",
    connectivitySinceMs: nine,
    motionSafety: "moving",
    motionSafetySinceMs: nine,
    service: "in_service",
    operationalState: "working",
    operationalStateSinceMs: nine,
    isRevoked: false,
    isSuspected: false,
  };
  const why = (changes: Partial<Condition>, afterMs: number) =>
    whyUseless({ ...fine, ...changes }, nine + afterMs, watchDefaults);

  test.each<[string, Partial<Condition>, number, string | null]>([
    ["not while it is well", {}, day, null],
    ["not while nothing is known of it", { connectivity: null, motionSafety: null, service: null }, day, null],
    ["at once when its credential was revoked", { isRevoked: true }, 0, "robot_revoked"],
    ["at once when its disk seems to be copied", { isSuspected: true }, 0, "robot_suspected"],
    ["not yet after an error", { operationalState: "error" }, 5 * minute, null],
    ["after an error that lasts", { operationalState: "error" }, 5 * minute + 1, "robot_in_error"],
    ["after being shut down for too long", { operationalState: "shutdown" }, 5 * minute + 1, "robot_in_error"],
    ["at once when it was taken out of service", { service: "out_of_service" }, 0, "robot_out_of_service"],
    ["not yet in a dead zone", { connectivity: "connection_broken" }, 5 * minute, null],
    ["after too long out of reach", { connectivity: "non_contactable" }, 5 * minute + 1, "robot_unreachable"],
    ["not yet after a stop", { motionSafety: "e_stop" }, 5 * minute, null],
    ["after lying on its side for too long", { motionSafety: "tipped_over" }, 5 * minute + 1, "robot_cannot_move"],
  ])("%s", (_title, changes, afterMs, expected) => {
    expect(why(changes, afterMs)).toBe(expected);
  });
});

test("an incident is told again after ten minutes, then each time it has stood twice as long, five times in all", () => {
  const at = (minutes: number) => new Date(nine + minutes * minute).toISOString();
  const told: number[] = [];
  let incident = { level: 1, opened_at: at(0), raised_at: at(0) };

  for (let minutes = 1; minutes <= 500; minutes += 1) {
    if (!isToRaise(incident, nine + minutes * minute)) continue;
    incident = { ...incident, level: incident.level + 1, raised_at: at(minutes) };
    told.push(minutes);
  }

  expect(told).toEqual([10, 20, 40, 80]);
});
