import { expect, test } from "vitest";
import { missionOf, missionRow, SimulatedRobot } from "./robot.sim.ts";
import { signalOf } from "./signal.ts";

test("a robot shows what it does: idle, driving, waiting for whom it came to", () => {
  const robot = new SimulatedRobot();
  const shown = [signalOf(robot.core)];

  robot.tell(missionRow(missionOf()));
  shown.push(signalOf(robot.core));
  robot.arrive();
  shown.push(signalOf(robot.core));

  expect(shown).toEqual(["idle", "driving", "awaiting_merchant"]);
});

test("what stops the robot goes before what it does", () => {
  const robot = new SimulatedRobot();
  robot.tell(missionRow(missionOf()));

  robot.chain = { ...robot.chain, isPressed: true, isEngaged: true };
  robot.see();

  expect(signalOf(robot.core)).toBe("e_stop");
});

test("a lid that was forced open is a fault before it is an open lid", () => {
  const robot = new SimulatedRobot();

  robot.position = "open";
  robot.see();

  expect(signalOf(robot.core)).toBe("fault");
  expect(robot.core.safety.lid.flags).toContain("forced_open");
});
