import { describe, expect, test } from "vitest";
import { commandOf, missionOf, missionRow, SimulatedRobot, sealedCommand } from "./robot.sim.ts";

function atPickup(seed = 1): SimulatedRobot {
  const robot = new SimulatedRobot(seed);
  robot.tell(missionRow(missionOf()));
  robot.arrive();
  return robot;
}

describe("faults of the lid", () => {
  test("a latch that sticks is tried three times with an intent each, then it is jammed and the wheels stay still", () => {
    const robot = atPickup();
    robot.stuck = 9;

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.pass(12_000);

    expect(robot.facts("unlock_intended")).toHaveLength(3);
    expect(robot.core.safety.lid).toMatchObject({ at: "closed_locked", flags: ["jammed"] });
    expect(robot.facts("command_finished")).toMatchObject([{ outcome: "failed", detail: "jammed" }]);
  });

  test("a lid forced open while driving stops the wheels at once", () => {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));

    robot.position = "open";
    robot.see();

    expect(robot.isMoving).toBe(false);
    expect(robot.core.safety.lid).toMatchObject({ at: "open", flags: ["forced_open"] });
  });

  test("closed and locked again it drives on", () => {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));
    robot.position = "open";
    robot.see();

    robot.closeByHand();

    expect(robot.isMoving).toBe(true);
    expect(robot.core.safety.lid.flags).toEqual([]);
  });

  test("a lid left open is called ajar", () => {
    const robot = atPickup();
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.openByHand();

    robot.pass(121_000);

    expect(robot.core.safety.lid).toMatchObject({ at: "open", flags: ["ajar"] });
  });

  test("a lid that no longer answers counts as not closed", () => {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));

    robot.feed({ type: "lid_lost" });

    expect(robot.isMoving).toBe(false);
    expect(robot.core.safety.lid).toMatchObject({ at: "unknown", flags: ["comms_lost"] });
  });

  test("an unwritable journal keeps the lid shut", () => {
    const robot = atPickup();
    robot.isDiskFull = true;
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.isDiskFull = false;

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });

    expect(robot.facts("command_rejected")).toMatchObject([{ reason: "journal_unwritable" }]);
    expect(robot.energised).toEqual([]);
  });
});
