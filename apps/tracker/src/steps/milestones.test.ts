import { expect, test } from "vitest";
import { milestonesOf } from "./milestones.ts";

const times = (milestones: ReturnType<typeof milestonesOf>) => milestones.map(({ text, at }) => [text, at]);

test("the milestones carry the time of the first step that reached them", () => {
  const steps = [
    { state: "created", at: "09:00" },
    { state: "confirmed", at: "09:01" },
    { state: "arrived_at_pickup", at: "09:02" },
    { state: "picked_up", at: "09:10" },
  ] as const;

  expect(times(milestonesOf({ state: "enroute_to_dropoff", steps: [...steps] }))).toEqual([
    ["Ordered", "09:00"],
    ["Robot on its way to the store", "09:02"],
    ["Loaded", "09:10"],
    ["At your door", null],
    ["Handed over", null],
  ]);
});

test("goods on their way back are not said to be handed over next", () => {
  const steps = [
    { state: "created", at: "09:00" },
    { state: "enroute_to_pickup", at: "09:02" },
    { state: "picked_up", at: "09:10" },
    { state: "arrived_at_dropoff", at: "09:20" },
    { state: "enroute_to_return", at: "09:30" },
  ] as const;

  expect(times(milestonesOf({ state: "enroute_to_return", steps: [...steps] })).slice(3)).toEqual([
    ["At your door", "09:20"],
    ["On its way back to the store", "09:30"],
    ["Back at the store", null],
  ]);
});

test("a cancelled delivery ends there", () => {
  const steps = [
    { state: "created", at: "09:00" },
    { state: "cancelled", at: "09:05" },
  ] as const;

  expect(times(milestonesOf({ state: "cancelled", steps: [...steps] }))).toEqual([
    ["Ordered", "09:00"],
    ["Cancelled", "09:05"],
  ]);
});
