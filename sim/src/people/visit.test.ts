import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import { type Act, drawCustomer, type Habit, type Sight, startVisit, stepVisit, type Visit } from "./visit.ts";

const habit: Habit = { opensBy: "code", comesAfterMs: 5_000, handlesForMs: 3_000, does: "put" };
const gone: Sight = { isRobotHere: false, isLatched: true, isLidOpen: false };
const here: Sight = { ...gone, isRobotHere: true };
const unlatched: Sight = { ...here, isLatched: false };
const open: Sight = { ...unlatched, isLidOpen: true };

test("somebody comes, asks, opens, and closes again", () => {
  expect(
    acts(habit, [
      [0, here],
      [4_999, here],
      [5_000, here],
      [6_000, unlatched],
      [6_100, open],
      [9_000, open],
      [9_100, here],
    ]),
  ).toEqual(["ask_to_open", "open_lid", "close_lid"]);
});

test("the way to the robot begins when the robot arrives", () => {
  expect(
    acts(habit, [
      [0, gone],
      [60_000, gone],
      [61_000, here],
      [66_000, here],
    ]),
  ).toEqual(["ask_to_open"]);
});

test("somebody who forgets does nothing", () => {
  expect(
    acts({ ...habit, comesAfterMs: null }, [
      [0, here],
      [600_000, here],
    ]),
  ).toEqual([]);
});

test("a lid that stays locked is asked for again, five times in all", () => {
  const patience = Array.from({ length: 200 }, (_, second): [number, Sight] => [second * 1_000, here]);

  expect(acts(habit, patience)).toEqual(Array.from({ length: 5 }, () => "ask_to_open"));
});

test("a lid that locked before it was opened is asked for again", () => {
  expect(
    acts(habit, [
      [5_000, here],
      [6_000, unlatched],
      [7_000, here],
      [7_100, here],
      [20_000, here],
    ]),
  ).toEqual(["ask_to_open", "open_lid", "ask_to_open"]);
});

test("the same seed draws the same customer", () => {
  expect(drawCustomer(new SeededRng(7))).toEqual(drawCustomer(new SeededRng(7)));
});

function acts(of: Habit, moments: readonly (readonly [number, Sight])[]): readonly Act[] {
  let visit: Visit = startVisit(0);
  return moments.flatMap(([nowMs, sight]) => {
    const next = stepVisit(visit, of, sight, nowMs);
    visit = next.visit;
    return next.act ? [next.act] : [];
  });
}
