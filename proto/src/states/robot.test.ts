import { expect, test } from "vitest";
import { heartbeatSets } from "../heartbeat/sample.ts";
import { isStale } from "./connectivity.ts";
import { operationalStates } from "./robot.ts";
import { controlModeStates, motionStates, motionTable } from "./robot-motion.ts";
import { legalEvents, next } from "./table.ts";

test("a heartbeat can carry every operational state, control mode and motion safety", () => {
  expect([...heartbeatSets.operational_state].sort()).toEqual([...operationalStates].sort());
  expect([...heartbeatSets.control_mode].sort()).toEqual([...controlModeStates].sort());
  expect([...heartbeatSets.motion_safety].sort()).toEqual([...motionStates].sort());
});

test("a robot sets off only from standing, so every other stop is released by name first", () => {
  const from = motionStates.filter((state) => next(motionTable, state, "set_off").ok);

  expect(from).toEqual(["stopped"]);
});

test("an emergency stop can be engaged in every state but itself", () => {
  const from = motionStates.filter((state) => legalEvents(motionTable, state).includes("e_stop_engaged"));

  expect(from).toEqual(motionStates.filter((state) => state !== "e_stop"));
});

test("a value is stale after twice the interval that its robot declared", () => {
  expect(isStale(10_000, 5_000)).toBe(false);
  expect(isStale(10_001, 5_000)).toBe(true);
});
