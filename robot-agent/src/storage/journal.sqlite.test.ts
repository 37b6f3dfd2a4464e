import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fact } from "@kerbside/proto/robot/journal";
import { chainNext, chainStart } from "@kerbside/sync/uplink";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshSafety, type Safety } from "../core/safety-state.ts";
import { Journal, type JournalOptions } from "./journal.sqlite.ts";

const limits = { entriesMax: 100, bytesMax: 100_000 };
const at = { eventMs: 1_000, floorMs: 2_000 };
const fact = (cause: string): Fact => ({
  type: "safety_changed",
  actor: { kind: "robot", id: "r1" },
  body: { from: "stopped", to: "e_stop", cause },
});

function newDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "kerbside-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function open(dataDir: string, change: Partial<JournalOptions> = {}): Journal {
  return new Journal({ dataDir, nowMs: 5, newEpoch: () => 100, sign: () => "signed", ...change });
}

/** A journal with some facts, closed again. */
function written(dataDir: string, causes: readonly string[]): void {
  using journal = open(dataDir);
  for (const cause of causes) journal.commit([fact(cause)], freshSafety, at);
}

function changeRow(dataDir: string, sql: string): void {
  const db = new Database(join(dataDir, "p0.sqlite"));
  db.exec(sql);
  db.close();
}

describe("facts and state", () => {
  test("are there again after a restart, together", () => {
    const dataDir = newDir();
    const safety: Safety = {
      ...freshSafety,
      lid: { ...freshSafety.lid, at: "open", flags: ["ajar"] },
      commands: new Map([["c1", { kind: "open_lid", state: "finished", atMs: 3 }]]),
      grants: new Map([["g1", { unlatchings: 1, isSpent: true, isRevoked: false, deliveryId: "d1", atMs: 4 }]]),
      custody: { deliveryId: "d1", attemptId: "a1", fencingToken: 2, compartment: 0, holder: "robot" },
      pinLock: { tries: 2, lockouts: 1, lockedUntilMs: 9 },
      notBeforeMs: 7,
    };
    using first = open(dataDir);
    first.commit([fact("x"), fact("y")], safety, at);

    using second = open(dataDir);

    expect(second.safety).toEqual(safety);
    expect(second.floorMs).toBe(at.floorMs);
    expect(second.entries).toMatchObject({ epoch: 100, head: 2, acked: 0 });
    expect(second.condition.reason).toBe("restart");
  });

  test("that were forgotten leave no row", () => {
    const dataDir = newDir();
    using first = open(dataDir);
    const record = { kind: "identify", state: "finished", atMs: 3 } as const;
    first.commit([], { ...freshSafety, commands: new Map([["c1", record]]) }, at);
    first.commit([], freshSafety, at);

    using second = open(dataDir);

    expect(second.safety?.commands.size).toBe(0);
  });

  test("make a chain that the cloud can follow", () => {
    using journal = open(newDir());
    journal.commit([fact("x"), fact("y")], freshSafety, at);

    const run = journal.entries.read(1, limits);

    const chain = run?.entries.reduce((head: string, entry) => chainNext(head, JSON.stringify(entry)), chainStart);
    expect(run?.chainHead).toBe(chain);
  });

  test("a state without change costs no write", () => {
    const dataDir = newDir();
    using journal = open(dataDir);
    journal.commit([fact("x")], freshSafety, at);
    const before = readFileSync(join(dataDir, "p0.sqlite-wal")).length;

    journal.commit([], { ...freshSafety }, at);

    expect(readFileSync(join(dataDir, "p0.sqlite-wal")).length).toBe(before);
  });
});

describe("acknowledged entries", () => {
  test("leave with the next commit and are not read again", () => {
    const dataDir = newDir();
    using journal = open(dataDir);
    journal.commit([fact("a"), fact("b"), fact("c")], freshSafety, at);

    journal.entries.trim(2);
    journal.commit([fact("d")], freshSafety, at);

    using again = open(dataDir);
    expect(again.entries).toMatchObject({ acked: 2, head: 4 });
    expect(again.entries.read(1, limits)?.firstSeq).toBe(3);
  });

  test("beyond the head are not believed", () => {
    using journal = open(newDir());
    journal.commit([fact("a")], freshSafety, at);

    journal.entries.trim(99);
    journal.entries.settle();

    expect(journal.entries).toMatchObject({ acked: 1, head: 1 });
  });

  test("all gone, the numbering and the chain go on", () => {
    const dataDir = newDir();
    using first = open(dataDir);
    first.commit([fact("a")], freshSafety, at);
    const chain = first.entries.chainHead;
    first.entries.trim(1);
    first.entries.settle();

    using second = open(dataDir);

    expect(second.entries).toMatchObject({ acked: 1, head: 1, chainHead: chain });
  });

  test("a batch is cut at its limits but never empty", () => {
    using journal = open(newDir());
    journal.commit([fact("a"), fact("b"), fact("c")], freshSafety, at);

    expect(journal.entries.read(1, { entriesMax: 2, bytesMax: 100_000 })).toMatchObject({ firstSeq: 1, lastSeq: 2 });
    expect(journal.entries.read(1, { entriesMax: 100, bytesMax: 1 })).toMatchObject({ firstSeq: 1, lastSeq: 1 });
    expect(journal.entries.read(4, limits)).toBeNull();
  });
});

describe("damage", () => {
  test("a changed entry is declared lost over the robot's signature, and those behind it flow on", () => {
    const dataDir = newDir();
    written(dataDir, ["a", "b", "c"]);
    changeRow(dataDir, `update entry set json = replace(json, '"b"', '"B"') where seq = 2`);

    using journal = open(dataDir);

    expect(journal.condition).toMatchObject({ reason: "repaired", lost: [2] });
    const run = journal.entries.read(1, limits);
    expect(run).toMatchObject({ firstSeq: 1, lastSeq: 3 });
    expect(run?.entries[1]).toMatchObject({
      type: "gap",
      from_seq: 2,
      to_seq: 2,
      reason: "damaged",
      signature: "signed",
    });
  });

  test("a changed chain value beside a sound entry loses nothing", () => {
    const dataDir = newDir();
    written(dataDir, ["a", "b", "c"]);
    changeRow(dataDir, "update entry set chain = 'f00' where seq = 2");

    using journal = open(dataDir);

    expect(journal.condition.lost).toEqual([]);
    expect(journal.entries.read(1, limits)?.entries).toHaveLength(3);
  });

  test("a declared gap is not declared again", () => {
    const dataDir = newDir();
    written(dataDir, ["a", "b", "c"]);
    changeRow(dataDir, `update entry set json = replace(json, '"b"', '"B"') where seq = 2`);
    open(dataDir)[Symbol.dispose]();

    using journal = open(dataDir);

    expect(journal.condition).toMatchObject({ reason: "restart", lost: [] });
  });

  test.each([
    ["no database at all", (file: string) => writeFileSync(file, "this is not a database".repeat(100))],
    ["an overwritten page", (file: string) => overwrite(file, 1_024)],
  ])("a file that is %s is put aside and a new epoch begins", (_title, destroy) => {
    const dataDir = newDir();
    written(dataDir, ["a", "b", "c"]);
    destroy(join(dataDir, "p0.sqlite"));

    using journal = open(dataDir, { newEpoch: () => 200 });

    expect(journal.condition).toMatchObject({ reason: "repaired", movedTo: join(dataDir, "p0.sqlite.damaged-5") });
    expect(journal.safety).toBeNull();
    expect(journal.entries).toMatchObject({ epoch: 200, head: 0 });
    expect(existsSync(join(dataDir, "p0.sqlite.damaged-5"))).toBe(true);
  });

  test("a record that makes no sense is damage too", () => {
    const dataDir = newDir();
    written(dataDir, ["a"]);
    changeRow(dataDir, `update record set value = '{"at":"ajar"}' where key = 'lid'`);

    using journal = open(dataDir);

    expect(journal.condition.reason).toBe("repaired");
  });

  test("a new epoch carries over what the cloud does not have, counted from one", () => {
    const dataDir = newDir();
    using journal = open(dataDir);
    journal.commit([fact("a"), fact("b"), fact("c")], freshSafety, at);
    journal.entries.trim(1);
    journal.entries.settle();

    journal.entries.beginEpoch(300);

    using again = open(dataDir);
    expect(again.entries).toMatchObject({ epoch: 300, acked: 0, head: 2 });
    expect(again.entries.read(1, limits)?.entries).toMatchObject([
      { seq: 1, body: { cause: "b" } },
      { seq: 2, body: { cause: "c" } },
    ]);
    expect(again.condition.lost).toEqual([]);
  });
});

describe("a full disk", () => {
  test("gives up its ballast first, then says no and keeps everything as it was", () => {
    const dataDir = newDir();
    using journal = open(dataDir, { bytesMax: 24 * 1_024 });
    const hadBallast = existsSync(join(dataDir, "ballast"));
    journal.commit([fact("a")], freshSafety, at);
    const huge = fact("x".repeat(40_000));

    expect(() => journal.commit([huge], { ...freshSafety, closing: "c1" }, at)).toThrow("full");

    expect([hadBallast, existsSync(join(dataDir, "ballast"))]).toEqual([true, false]);
    expect(journal.entries.head).toBe(1);
    journal.commit([fact("b")], freshSafety, at);
    expect(journal.entries.head).toBe(2);
  });
});

function overwrite(file: string, from: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, from, from + 4_096);
  writeFileSync(file, bytes);
}
