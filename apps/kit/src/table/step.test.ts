import { expect, test } from "vitest";
import { stepTo } from "./step.ts";

test.each([
  ["ArrowDown", 4, 5],
  ["j", 4, 5],
  ["ArrowDown", 9, 9],
  ["ArrowDown", -1, 0],
  ["ArrowUp", 4, 3],
  ["k", 0, 0],
  ["ArrowUp", -1, 0],
  ["PageDown", 4, 7],
  ["PageUp", 4, 1],
  ["PageUp", 2, 0],
  ["Home", 4, 0],
  ["End", 4, 9],
  ["x", 4, null],
])("in a list of ten with pages of three, %s moves from %i to %s", (key, at, to) => {
  expect(stepTo(key, { at, count: 10, page: 3 })).toBe(to);
});
