import { decodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { expect, test } from "vitest";
import { Heartbeats } from "./heartbeats.ts";
import type { BeatBatch } from "./storage/telemetry.sqlite.ts";

const trace = cityTrace({ seed: 1, samples: 900 });

function collect() {
  const batches: BeatBatch[] = [];
  const problems: string[] = [];
  const disk = { isFull: false };
  const heartbeats = new Heartbeats({
    append: (batch) => {
      if (disk.isFull) throw new Error("database or disk is full");
      batches.push(batch);
    },
    onProblem: ({ message }) => problems.push(message),
  });
  const take = (samples: readonly HeartbeatSample[], everyMs: number, fromS = 0): void => {
    for (const [second, sample] of samples.entries()) heartbeats.take(sample, (fromS + second) * 1_000, everyMs);
  };
  return { heartbeats, batches, problems, disk, take };
}

test("a parked robot's minute is one run of sixty", () => {
  const { batches, take } = collect();

  take(trace.slice(0, 120), 60_000);

  expect(batches.map(({ samples, nextInMs }) => [samples, nextInMs])).toEqual([
    [60, 60_000],
    [60, 60_000],
  ]);
  expect(batches.flatMap(({ data }) => decodeHeartbeats(data))).toEqual(trace.slice(0, 120));
});

test("when somebody begins to watch, what waited goes at once", () => {
  const { batches, take } = collect();

  take(trace.slice(0, 20), 60_000);
  take(trace.slice(20, 22), 1_000, 20);

  expect(batches.map(({ samples }) => samples)).toEqual([21, 1]);
});

test("a disk that takes nothing costs the oldest, and the rest goes when it does", () => {
  const { batches, disk, problems, take } = collect();
  disk.isFull = true;
  take(trace.slice(0, 700), 5_000);

  disk.isFull = false;
  take(trace.slice(700, 701), 5_000, 700);

  expect(batches.map(({ samples }) => samples)).toEqual([601]);
  expect(problems.length).toBeGreaterThan(0);
});

test("what no heartbeat can be is told and does not stop those that follow", () => {
  const { batches, problems, take } = collect();
  const nonsense = trace.slice(0, 1).map((sample) => ({ ...sample, speedMps: Number.NaN }));

  take(nonsense, 1_000);
  take(trace.slice(1, 2), 1_000, 1);

  expect(problems).toEqual(["speedMps cannot be NaN"]);
  expect(batches.map(({ samples }) => samples)).toEqual([1]);
});
