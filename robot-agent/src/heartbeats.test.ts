import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { expect, test } from "vitest";
import { Heartbeats } from "./heartbeats.ts";
import type { BeatBatch } from "./storage/telemetry.sqlite.ts";

test("the first sample of a program's life goes at once, the next ones wait for their run", () => {
  const batches: BeatBatch[] = [];
  const heartbeats = new Heartbeats({ append: (batch) => batches.push(batch), onProblem: () => expect.unreachable() });

  for (let second = 0; second <= 60; second += 1) heartbeats.take(sampleAt(second * 1_000), second * 1_000, 60_000);

  expect(batches.map(({ samples }) => samples)).toEqual([1, 60]);
});

test("a place that is found does not wait for the run to end", () => {
  const batches: BeatBatch[] = [];
  const heartbeats = new Heartbeats({
    append: (batch) => batches.push(batch),
    onProblem: ({ message }) => expect.unreachable(message),
  });
  const withoutFix = { ...sampleAt(0), lat: null, lng: null };

  for (let second = 0; second < 5; second += 1)
    heartbeats.take({ ...withoutFix, atMs: second * 1_000 }, second * 1_000, 60_000);
  heartbeats.take(sampleAt(5_000), 5_000, 60_000);

  expect(batches.map(({ samples }) => samples)).toEqual([1, 5]);
});

test("the first place after a start without sky goes at once", () => {
  const batches: BeatBatch[] = [];
  const heartbeats = new Heartbeats({ append: (batch) => batches.push(batch), onProblem: () => expect.unreachable() });

  for (let second = 0; second < 10; second += 1) {
    const sample = sampleAt(second * 1_000);
    heartbeats.take(second < 5 ? { ...sample, lat: null, lng: null } : sample, second * 1_000, 60_000);
  }

  expect(batches.map(({ samples }) => samples)).toEqual([1, 5]);
});

test("a first sample that the disk refused is tried again with the next", () => {
  const problems: Error[] = [];
  const batches: BeatBatch[] = [];
  const heartbeats = new Heartbeats({
    append: (batch) => {
      if (problems.length === 0) throw new Error("no space left");
      batches.push(batch);
    },
    onProblem: (problem) => problems.push(problem),
  });

  heartbeats.take(sampleAt(0), 0, 60_000);
  heartbeats.take(sampleAt(1_000), 1_000, 60_000);

  expect(batches.map(({ samples }) => samples)).toEqual([2]);
});

function sampleAt(atMs: number): HeartbeatSample {
  return {
    atMs,
    lat: 51.1,
    lng: 71.4,
    accuracyM: 1,
    speedMps: 0,
    headingDeg: 0,
    batteryPct: 80,
    lid: "closed_locked",
    operationalState: "idle",
    controlMode: "AUTOMATIC",
    motionSafety: "stopped",
    lidFlags: 0,
  };
}
