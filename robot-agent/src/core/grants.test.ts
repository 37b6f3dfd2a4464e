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

function atPickup(seed = 1): SimulatedRobot {
  const robot = new SimulatedRobot(seed);
  robot.tell(missionRow(missionOf()));
  robot.arrive();
  return robot;
}

const lidEvents = (robot: SimulatedRobot) => robot.facts("lid_changed").map(({ event }) => event);
const reasons = (robot: SimulatedRobot) => robot.facts("unlock_refused").map(({ reason }) => reason);

describe("the PIN", () => {
  test("opens at its stop only", () => {
    const robot = new SimulatedRobot();
    robot.tell(grantRow(grantOf(robot, "111111")));

    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    expect(robot.pinAnswers).toEqual(["not_at_stop"]);
  });

  test("five wrong ones lock the keypad for a minute, the next five for two", () => {
    const robot = atPickup();
    robot.tell(grantRow(grantOf(robot, "111111")));
    const guess = (): void => robot.feed({ type: "pin", attemptId: robot.newId(), pin: "000000" });

    for (let i = 0; i < 6; i += 1) guess();
    const first = robot.pinAnswers.at(-1);
    robot.pass(60_000);
    for (let i = 0; i < 6; i += 1) guess();
    robot.pass(60_000);
    guess();
    const second = robot.pinAnswers.at(-1);
    robot.pass(60_000);
    robot.feed({ type: "pin", attemptId: "last", pin: "111111" });

    expect([first, second, robot.pinAnswers.at(-1)]).toEqual(["keypad_locked", "keypad_locked", "accepted"]);
  });

  test("neither a restart nor a jump of the clock ends a lock-out", () => {
    const robot = atPickup();
    robot.tell(grantRow(grantOf(robot, "111111")));
    for (let i = 0; i < 5; i += 1) robot.feed({ type: "pin", attemptId: `a${i}`, pin: "000000" });

    robot.wallErrorMs = 600_000;
    robot.reboot();
    robot.feed({ type: "pin", attemptId: "a9", pin: "111111" });

    expect(robot.pinAnswers.at(-1)).toBe("keypad_locked");
  });

  test("the plug pulled after each guess wins no free ones", () => {
    const robot = atPickup();
    robot.tell(grantRow(grantOf(robot, "111111")));

    for (let i = 0; i < 5; i += 1) {
      robot.crashAt = "before_acts";
      robot.feed({ type: "pin", attemptId: `a${i}`, pin: "000000" });
    }
    robot.feed({ type: "pin", attemptId: "a9", pin: "111111" });

    expect(robot.pinAnswers).toEqual(["keypad_locked"]);
  });

  test("relocked unopened it works again, three times in all", () => {
    const robot = atPickup();
    robot.tell(grantRow(grantOf(robot, "111111")));

    for (let i = 0; i < 4; i += 1) {
      robot.feed({ type: "pin", attemptId: `a${i}`, pin: "111111" });
      robot.pass(40_000);
    }

    expect(robot.pinAnswers).toEqual(["accepted", "accepted", "accepted", "unlatchings_used_up"]);
    expect(new Set(robot.facts("unlock_intended").map(({ nonce }) => nonce)).size).toBe(3);
  });

  test("spent at the first opening", () => {
    const robot = atPickup();
    const grant = grantOf(robot, "111111", { purpose: "load" });
    robot.tell(grantRow(grant));
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });
    robot.openByHand();

    expect(robot.core.safety.grants.get(grant.grant_id)).toMatchObject({ isSpent: true });
  });

  test.each([
    ["expired", { exp: 1 }],
    ["not_yet_valid", { nbf: Date.UTC(2027, 0) }],
    ["wrong_place", { place: { lat: 51.2, lng: 71.4 } }],
    ["superseded_attempt", { fencing_token: 2 }],
  ] as const)("%s is a reason to refuse", (reason, change) => {
    const robot = atPickup();
    robot.feed({ type: "fix", fix: { place: { lat: 51.1, lng: 71.4 }, accuracyM: 3, speedMps: 0, headingDeg: 0 } });
    robot.tell(grantRow(grantOf(robot, "111111", change)));

    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    expect(robot.pinAnswers).toEqual([reason]);
    expect(reasons(robot)).toEqual([reason]);
  });

  test("a revoked grant opens nothing, and the revocation is told once with whether it came too late", () => {
    const robot = atPickup();
    const grant = grantOf(robot, "111111");
    robot.tell(grantRow(grant));

    robot.tell({ kind: "grant", id: grant.grant_id, body: null });
    robot.reboot();
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    expect(robot.facts("grant_revoked")).toEqual([
      { grant_id: grant.grant_id, delivery_id: deliveryId, was_used: false },
    ]);
    expect(robot.energised).toEqual([]);
  });

  test("a revocation between unlatching and opening latches again", () => {
    const robot = atPickup();
    const grant = grantOf(robot, "111111");
    robot.tell(grantRow(grant));
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    robot.tell({ kind: "grant", id: grant.grant_id, body: null });

    expect(robot.core.safety.lid.at).toBe("closed_locked");
    expect(lidEvents(robot)).toContain("revoked");
  });
});

describe("clocks", () => {
  test("a clock set back revives nothing", () => {
    const robot = atPickup();
    const command = commandOf(robot);
    robot.pass(40_000);

    robot.wallErrorMs = -3 * 24 * 3_600_000;
    robot.feed({ type: "command", signed: sealedCommand(command) });

    expect(robot.facts("command_rejected")).toMatchObject([{ reason: "expired" }]);
  });

  test("a clock that lost its years at a restart opens nothing until the cloud says what time it is", () => {
    const robot = atPickup();
    robot.feed({
      type: "signed_time",
      signed: MemorySeals.seal("time", { v: 1, robot_id: robotId, at: robot.trueMs }),
    });
    robot.tell(grantRow(grantOf(robot, "111111")));
    robot.wallErrorMs = -robot.trueMs;
    robot.reboot();
    robot.feed({ type: "pin", attemptId: "a1", pin: "111111" });

    robot.feed({
      type: "signed_time",
      signed: MemorySeals.seal("time", { v: 1, robot_id: robotId, at: robot.trueMs }),
    });
    robot.feed({ type: "pin", attemptId: "a2", pin: "111111" });

    expect(robot.pinAnswers).toEqual(["time_unknown", "accepted"]);
    expect(robot.facts("time_suspected")).toHaveLength(1);
  });
});
