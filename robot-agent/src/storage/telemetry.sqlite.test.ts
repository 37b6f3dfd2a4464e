import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GapRecord, HeartbeatEntry } from "@kerbside/proto/robot/uplink";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BeatBatch, type TelemetryOptions, TelemetryStore } from "./telemetry.sqlite.ts";

const limits = { entriesMax: 100, bytesMax: 100_000 };

function newDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-telemetry-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function open(dataDir: string, bytesMax?: number): TelemetryStore {
  return openWith({ dataDir, ...(bytesMax !== undefined && { bytesMax }) });
}

function openWith(options: Pick<TelemetryOptions, "dataDir" | "bytesMax" | "sync">): TelemetryStore {
  return new TelemetryStore({
    nowMs: 5,
    newEpoch: () => 100,
    signGap: (gap) => `signed ${gap.from_seq}-${gap.to_seq}`,
    ...options,
  });
}

/** What a power cut right after this sync would leave: the files as the disk was asked to keep them. */
function afterPowerCut(dataDir: string): TelemetryStore {
  const left = newDir();
  for (const file of ["p2.sqlite", "p2.sqlite-wal"]) copyFileSync(join(dataDir, file), join(left, file));
  return open(left);
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

  test("whatever changes is handed to the disk before the change returns", () => {
    const dataDir = newDir();
    let left: readonly number[] = [];
    const sync = (): void => {
      using after = afterPowerCut(dataDir);
      left = stateOf(after);
    };
    using store = openWith({ dataDir, bytesMax: 2_000, sync });
    const [kept, returned] = [[left], [stateOf(store)]];
    const change = (work: () => void): void => {
      work();
      kept.push(left);
      returned.push(stateOf(store));
    };

    for (let index = 1; index <= 8; index += 1) {
      change(() => store.append(batch(index, 500)));
      if (index === 3) store.trim(2);
    }
    change(() => store.beginEpoch(200));

    expect(kept).toEqual(returned);
    expect(kept.at(-1)?.[0]).toBe(200);
  });

  test("what the disk did not take is not sent, and the next batch has its number", () => {
    const dataDir = newDir();
    let isBroken = false;
    const sync = (): void => {
      if (isBroken) throw new Error("EIO: i/o error, fdatasync");
    };
    using store = openWith({ dataDir, sync });
    store.append(batch(1));

    isBroken = true;
    expect(() => store.append(batch(2))).toThrow("EIO");
    isBroken = false;

    expect(store).toMatchObject({ head: 1 });
    expect(store.read(1, limits)).toMatchObject({ firstSeq: 1, lastSeq: 1 });
    store.append(batch(3));
    expect(store.read(2, limits)?.entries).toMatchObject([{ seq: 2, from_time: 3_000 }]);
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

function stateOf(store: TelemetryStore): readonly number[] {
  return [store.epoch, store.acked, store.head, store.read(1, limits)?.entries.length ?? 0];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
