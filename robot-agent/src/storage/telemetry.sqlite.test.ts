import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GapRecord, HeartbeatEntry } from "@kerbside/proto/robot/uplink";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BeatBatch, TelemetryStore } from "./telemetry.sqlite.ts";

const limits = { entriesMax: 100, bytesMax: 100_000 };

function newDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-telemetry-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function open(dataDir: string, bytesMax?: number): TelemetryStore {
  return new TelemetryStore({
    dataDir,
    nowMs: 5,
    newEpoch: () => 100,
    signGap: (gap) => `signed ${gap.from_seq}-${gap.to_seq}`,
    ...(bytesMax !== undefined && { bytesMax }),
  });
}

function batch(index: number, bytes = 10): BeatBatch {
  return {
    fromMs: index * 1_000,
    toMs: index * 1_000 + 999,
    nextInMs: 5_000,
    samples: 60,
    data: new Uint8Array(bytes).fill(index),
  };
}

describe("telemetry", () => {
  test("is there again after a restart", () => {
    const dataDir = newDir();
    using first = open(dataDir);
    first.append(batch(1));
    first.append(batch(2));

    using second = open(dataDir);

    expect(second).toMatchObject({ epoch: 100, acked: 0, head: 2 });
    expect(second.read(2, limits)?.entries).toMatchObject([
      { type: "heartbeats", seq: 2, samples: 60, from_time: 2_000 },
    ]);
  });

  test("leaves when it was acknowledged, with the next batch, and the numbering goes on", () => {
    const dataDir = newDir();
    using first = open(dataDir);
    first.append(batch(1));
    first.append(batch(2));
    first.trim(2);
    first.append(batch(3));

    using second = open(dataDir);

    expect(second).toMatchObject({ acked: 2, head: 3 });
    expect(second.read(1, limits)).toMatchObject({ firstSeq: 3, lastSeq: 3 });
  });

  test("beyond its share of the disk the oldest becomes a signed gap", () => {
    using store = open(newDir(), 10_000);

    for (let index = 1; index <= 40; index += 1) store.append(batch(index, 500));

    const run = store.read(1, limits);
    const [gap, ...kept] = run?.entries ?? [];
    expect(run).toMatchObject({ firstSeq: 1, lastSeq: 40 });
    expect(gap).toMatchObject({
      type: "gap",
      from_seq: 1,
      reason: "thinned",
      signature: expect.stringContaining("signed 1-"),
    });
    expect(kept.length).toBeLessThan(20);
  });

  test("of a new epoch is counted from one again, without gaps", () => {
    const dataDir = newDir();
    using store = open(dataDir, 10_000);
    for (let index = 1; index <= 20; index += 1) store.append(batch(index, 500));
    const kept = (store.read(1, limits)?.entries.length ?? 0) - 1;

    store.beginEpoch(200);

    using again = open(dataDir);
    expect(again).toMatchObject({ epoch: 200, acked: 0, head: kept });
    expect(again.read(1, limits)).toMatchObject({ firstSeq: 1, lastSeq: kept });
  });

  test("gaps and batches leave no number out", () => {
    using store = open(newDir(), 10_000);
    for (let index = 1; index <= 100; index += 1) {
      store.append(batch(index, 500));
      if (index === 50) store.trim(45);
    }

    const numbers = (store.read(store.acked + 1, limits)?.entries ?? []).flatMap((entry) => {
      const gap = GapRecord.safeParse(entry);
      return gap.success ? range(gap.data.from_seq, gap.data.to_seq) : [HeartbeatEntry.parse(entry).seq];
    });

    expect(numbers).toEqual(range(store.acked + 1, 100));
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
