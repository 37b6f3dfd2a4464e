import { describe, expect, test } from "vitest";
import { RecentTransactions } from "./recent-transactions.ts";
import { isVisible, parseSnapshot, widen } from "./visibility.ts";

const round = 2n ** 32n;

describe("what a snapshot holds", () => {
  const mark = parseSnapshot(`${round + 100n}:${round + 110n}:${round + 100n},${round + 105n}`, 5_000n);

  test.each([
    ["ended before anything that was running", 99, 4_000n, true],
    ["was running", 100, 4_000n, false],
    ["ended between those that were running", 103, 4_000n, true],
    ["was running, and its commit is in the log already", 105, 4_999n, false],
    ["began later", 110, 4_999n, false],
    ["ended before the ids came round", 4_294_967_295, 4_000n, true],
    ["committed after the snapshot, whatever its id says", 99, 5_000n, false],
    ["has an id of long ago that came round again", 50, 6_000n, false],
  ])("a transaction that %s", (_, xid, lsn, expected) => {
    expect(isVisible(mark, xid, lsn)).toBe(expected);
  });

  test("ids of 32 bits are taken as the nearest of 64", () => {
    expect(widen(5, round)).toBe(round + 5n);
    expect(widen(4_294_967_290, round)).toBe(round - 6n);
    expect(widen(7, 7n)).toBe(7n);
  });

  test("an empty list of running transactions is none", () => {
    expect(parseSnapshot("7:7:", 1n).inProgress).toEqual([]);
  });
});

describe("what was streamed before a shape joined", () => {
  test("has to be in its snapshot, else the snapshot is taken again", () => {
    const recent = new RecentTransactions();
    recent.begin(100, 1_000n);
    recent.begin(101, 1_100n);
    const joinedAt = recent.count;
    recent.begin(102, 1_200n);

    const stillRunning = parseSnapshot("101:103:101,102", 1_300n);
    const held = parseSnapshot("102:103:102", 1_300n);

    expect(recent.isHeldBy(stillRunning, joinedAt)).toBe(false);
    expect(recent.isHeldBy(held, joinedAt)).toBe(true);
  });
});
