import { expect, test } from "vitest";
import { ageText, freshness } from "./age.ts";

test.each([
  [-500, "now"],
  [2_999, "now"],
  [12_000, "12 s"],
  [60_000, "1 min"],
  [3 * 3_600_000, "3 h"],
  [50 * 3_600_000, "2 d"],
])("an age of %i ms reads %s", (ageMs, text) => {
  expect(ageText(ageMs)).toBe(text);
});

test("a value is stale after twice the interval that its robot declared", () => {
  expect(freshness(100_000, 60_000, 220_000)).toBe("fresh");
  expect(freshness(100_000, 60_000, 220_001)).toBe("stale");
});

test("a robot that speaks every second is given five before it is called stale", () => {
  expect(freshness(100_000, 1_000, 105_000)).toBe("fresh");
  expect(freshness(100_000, 1_000, 105_001)).toBe("stale");
});

test("what never came is unknown, not old", () => {
  expect(freshness(null, 1_000, 105_001)).toBe("unknown");
});
