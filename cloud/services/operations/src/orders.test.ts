import type { Mission } from "@kerbside/proto/robot/mission";
import { describe, expect, test } from "vitest";
import { deliveryMission, type Errand, progressOf } from "./mission.ts";
import { onAccepted, onEnded, onReturn, onStranded, type Order, type Running, type Situation } from "./orders.ts";
import type { MissionFact } from "./trip.ts";

const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const at = (north: number) => ({ lat: 51.1 + north / 1000, lng: 71.4 });
const hub = at(0);
const store = at(2);
const door = at(6);
const errand: Errand = {
  attemptId: id(1),
  deliveryId: id(2),
  robotId: id(3),
  fencingToken: 4,
  compartment: 0,
  pickup: store,
  dropoff: door,
  hub,
  legs: [
    { to: "pickup", line: [hub, at(1), store] },
    { to: "dropoff", line: [store, at(4), door] },
    { to: "hub", line: [door, at(3), hub] },
  ],
};
const birth = { missionId: id(10), tripId: id(11), nowMs: 1_000 };
const mission = deliveryMission(errand, birth);
const next = { missionId: id(20), tripId: id(21), nowMs: 2_000 };

function running(facts: readonly Partial<MissionFact>[], change: Partial<Running> = {}): Running {
  const whole = facts.map((fact, index) => ({
    ...({ epoch: 1, seq: index, atMs: index, happened: "accepted", stop: "pickup", place: hub, reason: null } as const),
    ...fact,
  }));
  return { mission, facts: whole, withdrawn: null, ...change };
}

function situation(current: Running | null, holder: Situation["holder"] = null): Situation {
  return { errand, holder, current };
}

function kinds(orders: readonly Order[]): string {
  return orders
    .map((order) => (order.type === "withdraw" ? `withdraw ${order.reason}` : stops(order.mission)))
    .join(", ");
}

function stops(mission: Mission): string {
  return mission.stops.map(({ kind }) => kind).join("+");
}

const loaded = running([
  { happened: "stop_completed", stop: "pickup", place: store },
  { happened: "departed", stop: "dropoff", place: store },
  { happened: "aborted", stop: "dropoff", place: door, reason: "nobody_came" },
]);

describe("an accepted attempt", () => {
  test("becomes a mission to store, customer and hub that waits at the first two", () => {
    const [order] = onAccepted(situation(null), birth);

    expect(order).toMatchObject({
      type: "issue",
      mission: {
        delivery_id: errand.deliveryId,
        fencing_token: 4,
        stops: [
          { kind: "pickup", place: store, route: [hub, at(1), store], wait_limit_ms: 600_000 },
          { kind: "dropoff", place: door, wait_limit_ms: 600_000 },
          { kind: "hub", place: hub, wait_limit_ms: null },
        ],
      },
    });
  });

  test("calls a robot back that drives home", () => {
    const other = running([], { mission: { ...mission, attempt_id: null } });

    expect(kinds(onAccepted(situation(other), next))).toBe("withdraw replaced, pickup+dropoff+hub");
  });

  test("that is told twice changes nothing", () => {
    expect(onAccepted(situation(running([])), next)).toEqual([]);
  });
});

describe("a return", () => {
  test("turns round where the robot stands, with nobody to wait for but the store", () => {
    const orders = onReturn(situation(loaded), next);

    expect(orders).toMatchObject([
      {
        type: "issue",
        mission: {
          stops: [
            { kind: "return", place: store, route: [door, at(4), store], wait_limit_ms: null },
            { kind: "hub", route: [store, at(1), hub] },
          ],
        },
      },
    ]);
  });

  test("takes the mission back that still runs", () => {
    const facts = loaded.facts.slice(0, 2);

    expect(kinds(onReturn(situation({ ...loaded, facts }), next))).toBe("withdraw return, return+hub");
  });

  test("that is told twice changes nothing", () => {
    const back = onReturn(situation(loaded), next).flatMap((order) => (order.type === "issue" ? order.mission : []));

    expect(onReturn(situation(running([], { mission: back[0] ?? mission })), next)).toEqual([]);
  });
});

describe("the end of an attempt", () => {
  const driving = [{ happened: "departed", stop: "pickup", place: at(1) }] as const;
  const atDoor = [{ happened: "arrived", stop: "dropoff", place: door }] as const;

  test.each([
    ["leaves a robot alone that delivered", running(atDoor), "succeeded", null, ""],
    ["leaves a robot alone that is on its way home", running([{ stop: "hub" }]), "failed", null, ""],
    ["waits for the robot's word when the customer has the goods", running(atDoor), "failed", "customer", ""],
    ["calls back a robot that has nothing aboard", running(driving), "aborted", null, "withdraw aborted, hub"],
    ["only takes the mission back from a robot at the hub", running([]), "aborted", null, "withdraw aborted"],
    [
      "sends home what gave up on the way",
      running([...driving, { happened: "aborted", place: at(1) }]),
      "failed",
      null,
      "hub",
    ],
    ["leaves a robot alone that is home", running([{ happened: "completed", stop: "hub" }]), "failed", null, ""],
    [
      "leaves a robot alone that has another mission",
      running([], { mission: { ...mission, attempt_id: id(9) } }),
      "failed",
      null,
      "",
    ],
    ["leaves a robot alone that never had one", null, "aborted", null, ""],
  ] as const)("%s", (_title, current, reason, holder, expected) => {
    expect(kinds(onEnded(situation(current, holder), next, reason))).toBe(expected);
  });

  test("names the delivery on the way home only while its goods are aboard", () => {
    const empty = onEnded(situation(running(driving)), next, "aborted");
    const full = onEnded(situation(loaded), next, "failed");
    const unloaded = onEnded(situation(loaded, "technician"), next, "superseded");

    expect(empty.at(-1)).toMatchObject({ mission: { delivery_id: null, attempt_id: null, fencing_token: null } });
    expect(full.at(-1)).toMatchObject({ mission: { delivery_id: errand.deliveryId } });
    expect(unloaded.at(-1)).toMatchObject({ mission: { delivery_id: null } });
  });

  test("reaches a robot later that was thought to stand at the hub", () => {
    const withdrawn = { reason: "aborted", atMs: 5 };
    const late = running([{ happened: "aborted", place: at(1) }], { withdrawn });

    expect(kinds(onStranded(situation(late), next))).toBe("hub");
    expect(onStranded(situation(running(driving)), next)).toEqual([]);
  });

  test("is not repeated to a robot that gave up driving home", () => {
    const [, home] = onEnded(situation({ ...loaded, facts: loaded.facts.slice(0, 2) }), next, "failed");
    const mission = home?.type === "issue" ? home.mission : null;
    const gaveUp = running([{ happened: "aborted", stop: "hub", place: door }], mission ? { mission } : {});

    expect(onStranded(situation(gaveUp), next)).toEqual([]);
  });
});

describe("the progress of a mission", () => {
  const withdrawn = { reason: "aborted", atMs: 5 };

  test.each([
    ["begins as issued", [], null, { status: "issued", headsFor: null }],
    [
      "is accepted with the first word",
      ["accepted"],
      null,
      { status: "accepted", headsFor: "pickup", isAtStop: false },
    ],
    ["knows a stop", ["accepted", "arrived"], null, { status: "accepted", isAtStop: true }],
    ["ends as the robot says", ["accepted", "completed"], null, { status: "completed", endedAtMs: 1, headsFor: null }],
    ["is withdrawn when we say so", ["accepted"], withdrawn, { status: "withdrawn", reason: "aborted", endedAtMs: 5 }],
    ["stays withdrawn when the robot obeys", ["aborted"], withdrawn, { status: "withdrawn" }],
    ["was completed all the same when the robot was faster", ["completed"], withdrawn, { status: "completed" }],
  ] as const)("%s", (_title, words, back, expected) => {
    const { facts } = running(words.map((happened) => ({ happened })));

    expect(progressOf(facts, back)).toMatchObject(expected);
  });
});
