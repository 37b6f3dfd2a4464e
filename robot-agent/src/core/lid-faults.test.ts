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

    const faults = ["comms_lost" as const];
    robot.feed({ type: "lid", reading: { ...robot.reading(), position: "unknown", latch: "unknown", faults } });

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

  test("a load that put nothing in, or an unload that took nothing out, moves no goods", () => {
    const robot = atPickup();
    robot.goods = "absent";
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.openByHand();
    robot.closeByHand();

    expect(robot.facts("custody_changed")).toEqual([]);
    expect(robot.core.work.run.at).toBe("at_stop");
  });
});

describe("the chain that cuts the wheels' power", () => {
  function driving(): SimulatedRobot {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));
    return robot;
  }

  test("cut by the button it stays cut after the button is out, until somebody releases it", () => {
    const robot = driving();
    robot.chain = { ...robot.chain, isEngaged: true, isPressed: true };
    robot.see();
    robot.chain = { ...robot.chain, isPressed: false };
    robot.see();
    const wasMoving = robot.isMoving;

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot, { kind: "release_estop", args: {} })) });

    expect([wasMoving, robot.isMoving]).toEqual([false, true]);
    expect(robot.facts("safety_changed").map(({ to, cause }) => `${to} by ${cause}`)).toEqual([
      "e_stop by button",
      "stopped by sensor",
    ]);
  });

  test("is not closed by an order while the button is in", () => {
    const robot = driving();
    robot.chain = { ...robot.chain, isEngaged: true, isPressed: true };
    robot.see();

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot, { kind: "release_estop", args: {} })) });

    expect(robot.facts("command_finished")).toMatchObject([{ outcome: "failed", detail: "the button is in" }]);
    expect(robot.isMoving).toBe(false);
  });

  test("cut by lifting is closed again when the robot stands", () => {
    const robot = driving();
    robot.chain = { ...robot.chain, isEngaged: true, isLifted: true };
    robot.see();
    const wasMoving = robot.isMoving;

    robot.chain = { ...robot.chain, isLifted: false };
    robot.see();

    expect([wasMoving, robot.isMoving, robot.chain.isEngaged]).toEqual([false, true, false]);
  });

  test("an order to stop cuts it before anything is written", () => {
    const robot = driving();
    robot.isDiskFull = true;

    robot.feed({
      type: "command",
      signed: sealedCommand(commandOf(robot, { kind: "engage_estop", args: { reason: "x" } })),
    });

    expect([robot.chain.isEngaged, robot.isMoving]).toEqual([true, false]);
  });
});
