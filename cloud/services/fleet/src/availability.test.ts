import { describe, expect, test } from "vitest";
import { availabilityOf, isWorthTelling } from "./availability.ts";
import { hear, newRobot, type Robot } from "./robot.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const unknown = newRobot(id, id);
const fresh: Robot = { ...unknown, enrolment: { name: "K1", marketId: id, hubId: id, compartments: 1 } };
const ready: Robot = {
  ...fresh,
  service: "in_service",
  connectivity: "online",
  operationalState: "idle",
  motionSafety: "stopped",
  lids: { 0: { state: "closed_locked", flags: [] } },
  batteryPct: 80,
  place: { lat: 51.1, lng: 71.4 },
};

describe("a robot is available", () => {
  test.each([
    ["when everything is known and good", {}],
    ["on a poor link", { connectivity: "degraded" }],
    ["on its way to the hub with nothing aboard", { operationalState: "working", motionSafety: "moving" }],
    ["while it charges above the reserve", { operationalState: "charging", batteryPct: 20.1 }],
  ] as const)("%s", (_title, change) => {
    expect(availabilityOf({ ...ready, ...change })).toEqual({ available: true, reasons: [] });
  });
});

describe("a robot is not available, and says why,", () => {
  test.each([
    ["when its credential was revoked", { isRevoked: true }, "its credential was revoked"],
    [
      "when its disk seems to be copied",
      { suspicion: { kind: "chain_forked", atMs: 1 } },
      "its disk seems to be copied: it opens for nobody until it is enrolled anew",
    ],
    ["out of service", { service: "out_of_service" }, "it is out of service"],
    ["without a link", { connectivity: "connection_broken" }, "its link is connection broken"],
    ["in error", { operationalState: "error" }, "its state is error"],
    ["in an unknown state", { operationalState: null }, "its state is unknown"],
    ["in emergency stop", { motionSafety: "e_stop" }, "it is in e stop"],
    ["with its lid open", { lids: { 0: { state: "open", flags: [] } } }, "its lid is open"],
    [
      "with a fault on its lid",
      { lids: { 0: { state: "closed_locked", flags: ["jammed"] } } },
      "its lid reports jammed",
    ],
    ["with its second lid open", { lids: { ...ready.lids, 1: { state: "open", flags: [] } } }, "its lid is open"],
    ["with goods aboard", { carries: id }, "it carries goods"],
    ["with the goods of its delivery aboard", { carries: id, deliveryId: id }, "it has a delivery"],
    ["on a delivery", { deliveryId: id }, "it has a delivery"],
    ["at its reserve", { batteryPct: 20 }, "its battery is at 20 %"],
    ["without a position", { place: null }, "its position is unknown"],
  ] as const)("%s", (_title, change, reason) => {
    expect(availabilityOf({ ...ready, ...change })).toEqual({ available: false, reasons: [reason] });
  });

  test("with every reason at once when it was just enrolled", () => {
    expect(availabilityOf(fresh).reasons).toHaveLength(6);
  });
});

describe("others are told", () => {
  test.each([
    ["of a new robot", null, ready, true],
    ["of a robot that was spoken of before it enrolled", { ...ready, enrolment: null }, ready, true],
    ["of nothing before it enrolled", null, unknown, false],
    ["of nothing new", ready, { ...ready, heard: { lid: [1, 1] as const } }, false],
    ["of another reason", { ...ready, batteryPct: 15 }, { ...ready, batteryPct: 14 }, true],
    ["of another place", ready, { ...ready, place: { lat: 51.2, lng: 71.4 } }, true],
    ["of another hub", ready, { ...ready, enrolment: { name: "K1", marketId: id, hubId: "h", compartments: 1 } }, true],
    ["of a delivery", ready, { ...ready, deliveryId: id }, true],
  ] as const)("%s", (_title, before, after, expected) => {
    expect(isWorthTelling(before, after)).toBe(expected);
  });
});

describe("words that arrive late or twice", () => {
  test("change nothing", () => {
    const working = hear(ready, "operational_state", [1, 5], { operationalState: "working" });

    expect(hear(working, "operational_state", [1, 5], { operationalState: "idle" })).toBe(working);
    expect(hear(working, "operational_state", [1, 4], { operationalState: "idle" })).toBe(working);
    expect(hear(working, "operational_state", [2, 1], { operationalState: "idle" }).operationalState).toBe("idle");
  });
});
