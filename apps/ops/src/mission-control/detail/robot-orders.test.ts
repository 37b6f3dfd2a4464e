import type { RobotLatest } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { robotOrders } from "./robot-orders.ts";

const standing: RobotLatest = {
  robot_id: "r1",
  organization_id: "o1",
  name: "Robot 1",
  lat: null,
  lng: null,
  speed_mps: 0,
  heading_deg: null,
  battery_pct: null,
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
  at: null,
  interval_ms: 1_000,
};

test("a standing robot's locked lid can be opened, and there is nothing to lock or to cancel", () => {
  expect(robotOrders("ops", standing)).toEqual({
    openLid: null,
    closeLid: "The lid is locked already.",
    cancelMission: "The robot has no mission.",
    releaseStop: "The robot is not in emergency stop.",
    identify: null,
  });
});

test("nobody opens the lid of a moving robot", () => {
  expect(robotOrders("admin", { ...standing, motion_safety: "moving" }).openLid).toMatch(/moving/);
});

test("an unlocked lid can be locked, an open one is closed by hand", () => {
  expect(robotOrders("pilot", { ...standing, lid: "closed_unlocked" }).closeLid).toBeNull();
  expect(robotOrders("pilot", { ...standing, lid: "open" }).closeLid).toMatch(/by hand/);
});

test("a lid that nobody senses is not said to be locked", () => {
  expect(robotOrders("pilot", { ...standing, lid: null }).closeLid).toBe("Where the lid is, is not known.");
});

test("only a robot in emergency stop can be let go", () => {
  expect(robotOrders("ops", { ...standing, motion_safety: "e_stop" }).releaseStop).toBeNull();
  expect(robotOrders("ops", { ...standing, motion_safety: "lifted" }).releaseStop).not.toBeNull();
});

test("a role that may not order is told so", () => {
  expect(robotOrders("pilot", standing).openLid).toBe("Your role may not do this.");
});
