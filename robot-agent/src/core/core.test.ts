import { describe, expect, test } from "vitest";
import {
  commandOf,
  grantOf,
  grantRow,
  home,
  missionOf,
  missionRow,
  SimulatedRobot,
  sealedCommand,
} from "./robot.sim.ts";

function atPickup(seed = 1): SimulatedRobot {
  const robot = new SimulatedRobot(seed);
  robot.tell(missionRow(missionOf()));
  robot.arrive();
  return robot;
}

function loaded(): SimulatedRobot {
  const robot = atPickup();
  robot.feed({ type: "command", signed: sealedCommand(commandOf(robot)) });
  robot.openByHand();
  robot.closeByHand();
  return robot;
}

function atDropoff(): SimulatedRobot {
  const robot = loaded();
  robot.arrive();
  return robot;
}

const steps = (robot: SimulatedRobot) =>
  robot.facts("mission_progressed").map(({ happened, stop }) => `${happened} ${stop}`);
const lidEvents = (robot: SimulatedRobot) => robot.facts("lid_changed").map(({ event }) => event);

describe("the main job", () => {
  test("a robot drives, is loaded by command, drives on, is opened by PIN and goes home", () => {
    const robot = atDropoff();
    robot.tell(grantRow(grantOf(robot, "123456", { purpose: "unload", means: "pin", place: home })));

    robot.feed({ type: "pin", attemptId: "a1", pin: "123456" });
    robot.openByHand();
    robot.closeByHand();
    robot.arrive();

    expect(robot.pinAnswers).toEqual(["accepted"]);
    expect(steps(robot)).toEqual([
      "accepted pickup",
      "departed pickup",
      "arrived pickup",
      "stop_completed pickup",
      "departed dropoff",
      "arrived dropoff",
      "stop_completed dropoff",
      "departed hub",
      "arrived hub",
      "stop_completed hub",
      "completed hub",
    ]);
    expect(robot.facts("custody_changed").map(({ from, to }) => `${from}→${to}`)).toEqual([
      "merchant→robot",
      "robot→customer",
    ]);
  });

  test("a lid cycle is written down step by step, the intent before everything", () => {
    const robot = loaded();

    expect(lidEvents(robot)).toEqual([
      "recovered_closed_locked",
      "authorised",
      "latch_released",
      "lid_opened",
      "lid_closed",
      "latch_engaged",
    ]);
    const types = robot.p0.map((fact) => fact.type);
    expect(types.indexOf("unlock_intended")).toBeLessThan(types.indexOf("command_finished"));
    expect(robot.facts("command_finished")).toMatchObject([{ outcome: "succeeded", reconciled: false }]);
  });

  test("what the robot is doing follows from its mission", () => {
    const robot = new SimulatedRobot();

    robot.tell(missionRow(missionOf()));

    expect(robot.facts("state_changed").map(({ from, to }) => `${from}→${to}`)).toEqual([
      "uninitialized→idle",
      "STARTUP→AUTOMATIC",
      "idle→working",
    ]);
  });
});

describe("missions", () => {
  test("a mission that is withdrawn is left, and not begun again after a restart", () => {
    const robot = new SimulatedRobot();
    const mission = missionOf();
    robot.tell(missionRow(mission));

    robot.tell({ kind: "mission", id: mission.mission_id, body: null });
    robot.tell(missionRow(mission));
    robot.reboot();

    expect(steps(robot)).toEqual(["accepted pickup", "departed pickup", "aborted pickup"]);
  });

  test("a younger mission takes the place of the present one", () => {
    const robot = new SimulatedRobot();
    robot.tell(missionRow(missionOf()));
    const younger = missionOf({ mission_id: robot.newId(), issued_at: robot.trueMs + 1 });

    robot.tell(missionRow(younger));

    expect(steps(robot).slice(2)).toEqual(["aborted pickup", "accepted pickup", "departed pickup"]);
  });

  test("with goods aboard a mission for another delivery is refused and the present one goes on", () => {
    const robot = loaded();
    const other = missionOf({ mission_id: robot.newId(), delivery_id: robot.newId(), issued_at: robot.trueMs + 1 });

    robot.tell(missionRow(other));

    expect(steps(robot).at(-1)).toBe("refused pickup");
    expect(robot.core.work.run).toMatchObject({ at: "driving", stopIndex: 1 });
  });

  test("issued anew with the goods aboard it goes straight to the customer", () => {
    const robot = loaded();
    const again = missionOf({ mission_id: robot.newId(), issued_at: robot.trueMs + 1 });

    robot.tell(missionRow(again));

    expect(steps(robot).slice(-2)).toEqual(["accepted pickup", "departed dropoff"]);
  });

  test("where nobody comes the robot leaves after the limit", () => {
    const robot = atPickup();

    robot.pass(601_000, 10_000);

    expect(robot.facts("mission_progressed").at(-1)).toMatchObject({ happened: "aborted", reason: "nobody_came" });
  });

  test("a restart on the way goes on with the same leg", () => {
    const robot = loaded();
    const order = robot.driveOrder;

    robot.reboot();

    expect([robot.driveOrder, robot.isMoving]).toEqual([order, true]);
    expect(steps(robot).filter((step) => step === "departed dropoff")).toHaveLength(1);
  });
});
