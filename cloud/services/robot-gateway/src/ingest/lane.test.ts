import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import { Lane, type LaneOptions } from "./lane.ts";

function laneOf(change: Partial<LaneOptions<number>> = {}) {
  const clock = new VirtualClock();
  const groups: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const lane = new Lane<number>({
    clock,
    gatherMs: 0,
    weightOf: (item) => item,
    group: { items: 3, weight: 100 },
    room: { items: 4, weight: 100 },
    commit: (group) => {
      groups.push(group);
      return new Promise((resolve) => gates.push(resolve));
    },
    ...change,
  });
  const stop = new AbortController();
  const ended = lane.run(stop.signal);
  const commitDone = async (): Promise<void> => {
    gates.shift()?.();
    await clock.advance(0);
    await new Promise(setImmediate);
  };
  return { clock, groups, lane, stop, ended, commitDone };
}

test("whoever comes first goes at once, and whoever comes meanwhile goes together", async () => {
  const { groups, lane, commitDone } = laneOf();

  await lane.put(1);
  await new Promise(setImmediate);
  await lane.put(2);
  await lane.put(3);
  await commitDone();

  expect(groups).toEqual([[1], [2, 3]]);
});

test("a gathering lane waits for company, but not once the group is full", async () => {
  const { clock, groups, lane } = laneOf({ gatherMs: 75, group: { items: 2, weight: 100 } });

  await lane.put(1);
  await new Promise(setImmediate);
  expect(groups).toEqual([]);
  await lane.put(2);
  await new Promise(setImmediate);

  expect(groups).toEqual([[1, 2]]);
  expect(clock.monotonic()).toBe(0);
});

test("a group that stays small goes when its time is up", async () => {
  const { clock, groups, lane } = laneOf({ gatherMs: 75 });

  await lane.put(1);
  await new Promise(setImmediate);
  await clock.advance(75);
  await new Promise(setImmediate);

  expect(groups).toEqual([[1]]);
});

test("who waited while others were committed has waited already", async () => {
  const { clock, groups, lane, commitDone } = laneOf({ gatherMs: 75 });
  await lane.put(1);
  await new Promise(setImmediate);
  await clock.advance(75);
  await new Promise(setImmediate);

  await lane.put(2);
  await clock.advance(60);
  await commitDone();
  await clock.advance(14);
  await new Promise(setImmediate);
  const before = groups.length;
  await clock.advance(1);
  await new Promise(setImmediate);

  expect(before).toBe(1);
  expect(groups).toEqual([[1], [2]]);
});

test("a full lane holds back whoever brings more", async () => {
  const { lane, groups, commitDone } = laneOf({ room: { items: 2, weight: 100 } });
  await lane.put(1);
  await new Promise(setImmediate);
  await lane.put(2);
  await lane.put(3);

  const fourth = lane.put(4);
  await new Promise(setImmediate);
  const waitedMeanwhile = lane.waiting;
  await commitDone();
  await fourth;

  expect(waitedMeanwhile).toBe(2);
  expect(groups).toEqual([[1], [2, 3]]);
  expect(lane.waiting).toBe(1);
});

test("a lane that is told to end brings home what waits", async () => {
  const { lane, groups, stop, ended, commitDone } = laneOf({ gatherMs: 75 });
  await lane.put(1);
  await new Promise(setImmediate);

  stop.abort();
  await new Promise(setImmediate);
  await commitDone();
  await ended;

  expect(groups).toEqual([[1]]);
});

test("a group is no heavier than it may be, unless one item alone is", async () => {
  const { lane, groups, commitDone } = laneOf({ group: { items: 10, weight: 50 }, room: { items: 10, weight: 1_000 } });
  for (const weight of [1, 60, 30, 20, 5]) await lane.put(weight);

  for (let turn = 0; turn < 4; turn += 1) await commitDone();

  expect(groups).toEqual([[1], [60], [30, 20], [5]]);
});

test("a lane that holds enough weight holds back whoever brings more, however few they are", async () => {
  const { lane, groups, commitDone } = laneOf({ room: { items: 10, weight: 50 } });
  await lane.put(1);
  await new Promise(setImmediate);
  await lane.put(60);

  const third = lane.put(2);
  await new Promise(setImmediate);
  const waitedMeanwhile = lane.waiting;
  await commitDone();
  await third;

  expect(waitedMeanwhile).toBe(1);
  expect(groups).toEqual([[1], [60]]);
});
