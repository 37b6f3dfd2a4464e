import { expect, test } from "vitest";
import { add, verdict } from "./tally.ts";

test("tallies add up", () => {
  expect(add({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 })).toEqual({
    passed: 11,
    failed: 22,
    skipped: 33,
  });
});

test("what was skipped on somebody's own machine is told and forgiven", () => {
  expect(verdict({ passed: 7, failed: 0, skipped: 2 }, false)).toEqual({
    line: "7 passed, 0 failed, 2 skipped",
    isGreen: true,
  });
});

test("what was skipped in CI has failed", () => {
  expect(verdict({ passed: 7, failed: 0, skipped: 2 }, true)).toEqual({ line: "7 passed, 2 failed", isGreen: false });
});

test("nothing run is no success", () => {
  expect(verdict({ passed: 0, failed: 0, skipped: 0 }, false).isGreen).toBe(false);
});
