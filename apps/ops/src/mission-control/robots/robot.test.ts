import type { RobotLatest } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { countRobots, groupOf, headline, isStale, pickRobots, robotOf } from "./robot.ts";

const calm: RobotLatest = {
  robot_id: "r1",
  organization_id: "o1",
  name: "Robot 7",
  lat: 51.1,
  lng: 71.4,
  speed_mps: 0,
  heading_deg: 0,
  battery_pct: 80,
  lid: "closed_locked",
  lid_flags: [],
  operational_state: "idle",
  control_mode: "AUTOMATIC",
  motion_safety: "stopped",
  connectivity: "online",
  connectivity_since: 0n,
  mission_id: null,
  delivery_id: null,
  stop: null,
  at_stop: false,
  at: 1_000n,
  interval_ms: 1_000,
};
const onErrand = { mission_id: "m1", delivery_id: "d1", stop: "dropoff" } as const;

test.each([
  ["idle", {}, "idle", "free"],
  ["heading for a customer", onErrand, "on the way to the customer", "working"],
  ["standing at the door", { ...onErrand, at_stop: true }, "at the customer's door", "working"],
  ["in emergency stop on an errand", { ...onErrand, motion_safety: "e_stop" }, "in emergency stop", "attention"],
  [
    "with a forced lid and no connection",
    { lid_flags: ["forced_open"], connectivity: "missing" },
    "lid forced open",
    "attention",
  ],
  ["out of reach", { ...onErrand, connectivity: "non_contactable" }, "out of reach", "attention"],
  ["asleep", { connectivity: "hibernating" }, "asleep as announced", "away"],
  ["that lost its connection a moment ago", { connectivity: "connection_broken" }, "connection broken", "away"],
])("a robot %s says so", (_what, change, text, group) => {
  const robot = robotOf({ ...calm, ...change });

  expect(headline(robot).text).toBe(text);
  expect(groupOf(robot)).toBe(group);
});

test("a word of a newer robot is shown as it is, as something to look at", () => {
  expect(headline(robotOf({ ...calm, operational_state: "dancing" }))).toEqual({ text: "dancing", tone: "warn" });
});

test("a robot that never spoke is stale and has no place", () => {
  const robot = robotOf({ ...calm, at: null, lat: null, lng: null });

  expect(isStale(robot, 5_000)).toBe(true);
  expect(robot.place).toBeNull();
});

test("robots are picked by name and group", () => {
  const robots = ["Robot 9", "Robot 10", "Cart 1"].map((name) => robotOf({ ...calm, name, robot_id: name }));

  expect(pickRobots(robots, { search: "robot", group: "free" }).map(({ name }) => name)).toEqual([
    "Robot 9",
    "Robot 10",
  ]);
  expect(pickRobots(robots, { search: "", group: "away" })).toEqual([]);
  expect(countRobots(robots)).toEqual({ attention: 0, working: 0, free: 3, away: 0 });
});
