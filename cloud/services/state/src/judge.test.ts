import { describe, expect, test } from "vitest";
import { custodyViolation, judgeChain } from "./custody.ts";
import { reachableFrom, violationOf } from "./judge.ts";
import { cycleOf, growCycle, type LidCycle } from "./lid-cycle.ts";
import { askerOf, grantable, whyRejected } from "./request.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";

describe("a reported step", () => {
  test.each([
    ["of the table is legal", "operational_state", "idle", "working", "idle", null],
    ["that nothing was known before is judged alone", "motion_safety", "stopped", "e_stop", null, null],
    ["that stays where it is, as a lid with a new flag does, is legal", "lid", "open", "open", "open", null],
    ["of a dimension without a table is taken as it is", "commission", "a", "b", "a", null],
    ["that no event makes is a violation", "operational_state", "shutdown", "working", "shutdown", "no step leads"],
    ["that does not continue is a violation", "operational_state", "idle", "working", "charging", "begins at idle"],
    ["to a state that nobody knows is a violation", "lid/1", "open", "ajar", "open", "no such state: ajar"],
    ["of a lid that opens without authorisation is legal, its flag tells", "lid", "closed_locked", "open", null, null],
  ])("%s", (_title, dimension, from, to, known, expected) => {
    const violation = violationOf({ dimension, from, to }, known);

    expect(violation === null ? null : violation.slice(0, expected?.length)).toBe(expected);
  });

  test("has its legal successors from the table", () => {
    expect(reachableFrom("service", "out_of_service")).toEqual([
      "in_service",
      "maintenance_on_site",
      "maintenance_depot",
    ]);
    expect(reachableFrom("asset", "retired")).toEqual([]);
    expect(reachableFrom("nonsense", "x")).toEqual([]);
  });
});

describe("custody", () => {
  const loaded = { from: "merchant", to: "robot", fencingToken: 1 } as const;

  test.each([
    ["begins with the merchant", null, loaded, null],
    ["goes on from whoever holds the goods", loaded, { from: "robot", to: "customer", fencingToken: 1 }, null],
    [
      "cannot begin at the robot",
      null,
      { from: "robot", to: "customer", fencingToken: 1 },
      "robot hands over what merchant holds",
    ],
    [
      "cannot be handed on by somebody else",
      loaded,
      { from: "merchant", to: "robot", fencingToken: 2 },
      "merchant hands over what robot holds",
    ],
    [
      "cannot be taken by an attempt that was replaced",
      { ...loaded, fencingToken: 3 },
      { from: "robot", to: "customer", fencingToken: 2 },
      "attempt 2 acts after attempt 3 took over",
    ],
  ] as const)("%s", (_title, last, next, expected) => {
    expect(custodyViolation(last, next)).toBe(expected);
  });
});

describe("a chain of custody", () => {
  test("names each link that does not fit and goes on from it", () => {
    const chain = [
      { from: "merchant", to: "robot", fencingToken: 1, hasOpening: true },
      { from: "technician", to: "robot", fencingToken: 2, hasOpening: true },
      { from: "robot", to: "customer", fencingToken: 2, hasOpening: false },
    ] as const;

    expect(judgeChain(chain)).toEqual([
      null,
      "technician hands over what robot holds",
      "no opening of the lid is known for it",
    ]);
  });
});

describe("a lid cycle", () => {
  const of = { cycle_id: id, compartment: 0, purpose: "unload", delivery_id: id, authorisation: null } as const;
  const grow = (cycle: LidCycle | null, from: string, to: string, atMs: number): LidCycle =>
    growCycle(cycle, id, { ...of, event: "x", from, to, flags: to === "open" ? ["ajar"] : [] }, atMs);

  test("keeps the first opening, the last closing and every flag", () => {
    const steps = [
      ["closed_locked", "unlock_authorised"],
      ["unlock_authorised", "closed_unlocked"],
      ["closed_unlocked", "open"],
      ["open", "closed_unlocked"],
      ["closed_unlocked", "open"],
      ["open", "closed_unlocked"],
      ["closed_unlocked", "closed_locked"],
    ] as const;

    const cycle = steps.reduce<LidCycle | null>((at, [from, to], index) => grow(at, from, to, index), null);

    expect(cycle).toMatchObject({
      authorisedAtMs: 0,
      unlatchedAtMs: 1,
      openedAtMs: 2,
      closedAtMs: 5,
      endedAtMs: 6,
      flags: ["ajar"],
    });
  });

  test("is the same in whatever order its changes come", () => {
    const step = (seq: number, from: string, to: string) => ({
      epoch: 1,
      seq,
      atMs: seq,
      change: { ...of, event: "x", from, to, flags: [] },
    });
    const steps = [
      step(1, "closed_locked", "unlock_authorised"),
      step(2, "unlock_authorised", "closed_unlocked"),
      step(3, "closed_unlocked", "open"),
      step(4, "open", "closed_unlocked"),
      step(5, "closed_unlocked", "closed_locked"),
    ];

    expect(cycleOf(id, steps.toReversed())).toEqual(cycleOf(id, steps));
    expect(cycleOf(id, steps)).toMatchObject({ openedAtMs: 3, closedAtMs: 4, endedAtMs: 5 });
    expect(cycleOf(id, [])).toBeNull();
  });
});

describe("a wish", () => {
  const states = { service: "out_of_service", asset: "commissioned" };

  test.each([
    ["for a legal step is granted", states, { dimension: "service", to: "in_service", by: "other" }, null],
    [
      "for a leap is not",
      { ...states, service: "in_service" },
      { dimension: "service", to: "maintenance_depot", by: "other" },
      "no step leads from in_service to maintenance_depot",
    ],
    [
      "to serve without being commissioned is not",
      { ...states, asset: "decommissioned" },
      { dimension: "service", to: "in_service", by: "other" },
      "the robot is decommissioned",
    ],
    [
      "to decommission what serves is not",
      { ...states, service: "in_service" },
      { dimension: "asset", to: "decommissioned", by: "admin" },
      "the robot is in service",
    ],
    [
      "about the asset is the administrator's",
      states,
      { dimension: "asset", to: "decommissioned", by: "other" },
      "only an administrator changes what a robot is",
    ],
  ] as const)("%s", (_title, now, wish, expected) => {
    expect(whyRejected(now, wish)).toBe(expected);
  });

  test("can be made for what the asker may have, and nothing else", () => {
    expect(grantable(states, "service", "other")).toEqual(["in_service", "maintenance_on_site", "maintenance_depot"]);
    expect(grantable({ ...states, asset: "provisioned" }, "service", "other")).not.toContain("in_service");
    expect(grantable(states, "asset", "other")).toEqual([]);
    expect(grantable(states, "asset", "admin")).toEqual(["decommissioned"]);
  });

  test.each([
    ["an administrator", { kind: "user", role: "admin", id, organizationId: id, name: "A", storeIds: [] }, "admin"],
    ["a service", { kind: "service", id: "sim", organizationId: null }, "admin"],
    ["a mechanic", { kind: "user", role: "mechanic", id, organizationId: id, name: "M", storeIds: [] }, "other"],
  ] as const)("of %s is made in that capacity", (_title, principal, asker) => {
    expect(askerOf(principal)).toBe(asker);
  });
});
