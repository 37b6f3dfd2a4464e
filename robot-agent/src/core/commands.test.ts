import { unlatchHash } from "@kerbside/hardware/lid/unlatch-hash";
import { describe, expect, test } from "vitest";
import {
  commandOf,
  deliveryId,
  grantOf,
  grantRow,
  missionOf,
  missionRow,
  robotId,
  SimulatedRobot,
  sealedCommand,
} from "./robot.sim.ts";
import { MemorySeals } from "./seals.memory.ts";

const unload = { compartment: 0, purpose: "unload", delivery_id: deliveryId };

function atPickup(seed = 1): SimulatedRobot {
  const robot = new SimulatedRobot(seed);
  robot.tell(missionRow(missionOf()));
  robot.arrive();
  return robot;
}

const steps = (robot: SimulatedRobot) =>
  robot.facts("mission_progressed").map(({ happened, stop }) => `${happened} ${stop}`);
const lidEvents = (robot: SimulatedRobot) => robot.facts("lid_changed").map(({ event }) => event);
const reasons = (robot: SimulatedRobot) => robot.facts("unlock_refused").map(({ reason }) => reason);

describe("commands", () => {
  test("the copy on the other road is the same command", () => {
    const robot = atPickup();
    const command = commandOf(robot);

    robot.feed({ type: "command", signed: sealedCommand(command) });
    robot.tell({ kind: "command", id: command.command_id, body: JSON.stringify(sealedCommand(command)) });

    expect(robot.energised).toHaveLength(1);
    expect(robot.facts("command_received")).toEqual([{ command_id: command.command_id, road: "mqtt" }]);
  });

  test("a replay after a restart is refused in silence", () => {
    const robot = atPickup();
    const signed = sealedCommand(commandOf(robot));
    robot.feed({ type: "command", signed });
    robot.pass(40_000);
    robot.reboot();

    robot.feed({ type: "command", signed });

    expect(robot.energised).toHaveLength(1);
  });

  test.each([
    ["expired", { issued_at: 0, expires_at: 1_000 }],
    ["life_too_long", { expires_at: Date.UTC(2027, 0) }],
    ["wrong_epoch", { epoch: 7 }],
    ["precondition_failed", { precondition: { at_stop: "dropoff" } }],
    ["bad_arguments", { args: { compartment: "x" } }],
    ["wrong_stop", { args: unload }],
    ["wrong_compartment", { args: { compartment: 3, purpose: "load", delivery_id: deliveryId } }],
    ["wrong_delivery", { args: { compartment: 0, purpose: "load", delivery_id: robotId } }],
  ] as const)("%s is a reason to reject one", (reason, change) => {
    const robot = atPickup();

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot, change)) });

    expect(robot.facts("command_rejected").map((rejected) => rejected.reason)).toEqual([reason]);
    expect(robot.energised).toEqual([]);
  });

  test("a forged one is reported once and does not use up the id of the real one", () => {
    const robot = atPickup();
    const command = commandOf(robot);
    const forged = { ...sealedCommand(command), signature: "forged" };

    robot.feed({ type: "command", signed: forged });
    robot.feed({ type: "command", signed: forged });
    robot.feed({ type: "command", signed: sealedCommand(command) });

    expect(reasons(robot)).toEqual(["bad_signature"]);
    expect(robot.energised).toHaveLength(1);
  });

  test("a grant is no command", () => {
    const robot = atPickup();

    robot.feed({ type: "command", signed: MemorySeals.seal("grant", commandOf(robot)) });

    expect(reasons(robot)).toEqual(["wrong_context"]);
  });

  test("one that came while the disk was full is executed when the disk is back, within its life", () => {
    const robot = atPickup();
    const command = commandOf(robot);
    robot.isDiskFull = true;
    robot.tell({ kind: "command", id: command.command_id, body: JSON.stringify(sealedCommand(command)) });
    const before = robot.energised.length;

    robot.isDiskFull = false;
    robot.feed({ type: "journal", fault: null });

    expect(before).toBe(0);
    expect(robot.energised).toHaveLength(1);
  });

  test("to close latches what was not opened, and leaves the authorisation's use unspent", () => {
    const robot = atPickup();
    const grant = grantOf(robot, "111111");
    robot.tell(grantRow(grant));
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    robot.feed({
      type: "command",
      signed: sealedCommand(commandOf(robot, { kind: "close_lid", args: { compartment: 0 } })),
    });
    robot.feed({ type: "pin", attemptId: "a2", pin: "111111" });

    expect(robot.facts("command_finished")).toMatchObject([{ outcome: "succeeded" }]);
    expect(robot.pinAnswers).toEqual(["accepted", "accepted"]);
  });

  test("to close an open lid fails and says why", () => {
    const robot = atPickup();
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.openByHand();

    robot.feed({
      type: "command",
      signed: sealedCommand(commandOf(robot, { kind: "close_lid", args: { compartment: 0 } })),
    });

    expect(robot.facts("command_finished").at(-1)).toMatchObject({ outcome: "failed", detail: "open" });
  });

  test("to stop holds the wheels until the release", () => {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));

    robot.feed({
      type: "command",
      signed: sealedCommand(commandOf(robot, { kind: "engage_estop", args: { reason: "x" } })),
    });
    const wasMoving = robot.isMoving;
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot, { kind: "release_estop", args: {} })) });

    expect([wasMoving, robot.isMoving]).toEqual([false, true]);
    expect(robot.facts("safety_changed").map(({ from, to }) => `${from}→${to}`)).toEqual([
      "stopped→e_stop",
      "e_stop→stopped",
    ]);
  });

  test("to cancel a mission ends it", () => {
    const robot = new SimulatedRobot();
    const mission = missionOf();
    robot.tell(missionRow(mission));

    const args = { mission_id: mission.mission_id };
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot, { kind: "cancel_mission", args })) });

    expect(steps(robot).at(-1)).toBe("aborted pickup");
    expect(robot.isMoving).toBe(false);
  });
});

describe("a restart in the middle of an opening", () => {
  test("before the latch was energised: it failed, and is not done again", () => {
    const robot = atPickup();
    robot.crashAt = "before_acts";

    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.pass(5_000);

    expect(robot.energised).toEqual([]);
    expect(robot.facts("command_finished")).toMatchObject([
      { outcome: "failed", reconciled: true, detail: "the latch did not release" },
    ]);
  });

  test("after the latch was released: it worked, and the lid is latched again", () => {
    const robot = atPickup();
    robot.crashAt = "after_acts";
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.pass(5_000);

    expect(robot.facts("command_finished")).toMatchObject([{ outcome: "succeeded" }]);
    expect(robot.core.safety.lid.at).toBe("closed_locked");
  });

  test("after the latch was released and the device had latched it again by itself: it worked", () => {
    const robot = atPickup();
    robot.stuck = 1;
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    const [intent] = robot.facts("unlock_intended");
    robot.lastUnlatch = intent ? { hash: unlatchHash(intent), opened: false } : null;
    robot.reboot();

    expect(robot.facts("command_finished").at(-1)).toMatchObject({ outcome: "succeeded", reconciled: true });
    expect(robot.core.safety.lid.at).toBe("closed_locked");
  });

  test("with the lid open: the cycle goes on and the goods pass when it is closed", () => {
    const robot = atPickup();
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.openByHand();
    robot.reboot();

    robot.closeByHand();

    expect(robot.facts("custody_changed")).toMatchObject([{ from: "merchant", to: "robot", delivery_id: deliveryId }]);
    expect(lidEvents(robot)).not.toContain("opened_unauthorised");
    expect(steps(robot).at(-1)).toBe("departed dropoff");
  });

  test("opened and closed while it was off: the goods have passed all the same", () => {
    const robot = atPickup();
    robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
    robot.lastUnlatch = robot.lastUnlatch && { ...robot.lastUnlatch, opened: true };
    robot.latch = "engaged";

    robot.reboot();

    expect(robot.facts("custody_changed")).toMatchObject([{ from: "merchant", to: "robot" }]);
  });

  test("opened while it was off: the use counts as spent", () => {
    const robot = atPickup();
    robot.tell(grantRow(grantOf(robot, "111111")));
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });
    robot.position = "open";
    robot.reboot();
    robot.closeByHand();
    robot.reboot();

    robot.feed({ type: "pin", attemptId: "a2", pin: "111111" });

    expect(robot.pinAnswers.at(-1)).not.toBe("accepted");
  });
});
