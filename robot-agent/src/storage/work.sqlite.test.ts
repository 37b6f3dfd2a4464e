import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fact } from "@kerbside/proto/robot/journal";
import { expect, onTestFinished, test } from "vitest";
import { noWork, type Work } from "../core/mission.ts";
import { missionOf } from "../core/robot.sim.ts";
import { startingRobot } from "../core/robot-state.ts";
import { type WorkCommit, WorkStore } from "./work.sqlite.ts";

const fact: Fact = {
  type: "state_changed",
  actor: { kind: "robot", id: "r1" },
  body: { dimension: "operational_state", from: "idle", to: "working", reason: null },
};
const at = (work: Work): WorkCommit => ({ work, robot: startingRobot, eventMs: 1, floorMs: 7, appliedP0Seq: 3 });

function newDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-work-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function open(dataDir: string): WorkStore {
  return new WorkStore({ dataDir, nowMs: 5, newEpoch: () => 100 });
}

test("mission, robot state and their events are there again after a restart", () => {
  const dataDir = newDir();
  const work: Work = {
    run: { at: "at_stop", mission: missionOf(), stopIndex: 1, arrivedAtMs: 5 },
    endedMissions: ["m0"],
  };
  using first = open(dataDir);
  first.commit([fact], at(work));

  using second = open(dataDir);

  expect([second.work, second.robot, second.floorMs, second.appliedP0Seq]).toEqual([work, startingRobot, 7, 3]);
  expect(second.entries).toMatchObject({ head: 1, epoch: 100 });
});

test("the mirror lives in the same file", () => {
  const dataDir = newDir();
  const row = { kind: "flag", id: "f", version: 1, body: "{}" } as const;
  using first = open(dataDir);
  first.mirror.write({ type: "replace", rows: [row], position: { handle: "h", offset: "1_0" } });

  using second = open(dataDir);

  expect(second.mirror.rows()).toEqual([row]);
});

test("an unreadable file is put aside and everything is learned anew", () => {
  const dataDir = newDir();
  open(dataDir)[Symbol.dispose]();
  writeFileSync(join(dataDir, "p1.sqlite"), "rubbish".repeat(500));

  using store = open(dataDir);

  expect(store.movedTo).toBe(join(dataDir, "p1.sqlite.damaged-5"));
  expect([store.work, store.mirror.position()]).toEqual([null, null]);
});

test("nothing new is nothing to write", () => {
  using store = open(newDir());
  store.commit([fact], at(noWork));

  store.commit([], at(noWork));

  expect(store.entries.head).toBe(1);
});
