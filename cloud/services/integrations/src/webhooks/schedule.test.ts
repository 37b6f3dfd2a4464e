import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { describe, expect, test } from "vitest";
import { delaysMs, judge, type Outcome, retryAfterMs } from "./schedule.ts";

const rng = new SeededRng(1);
const answer = (status: number | null, retryAfterMs: number | null = null): Outcome => ({ status, retryAfterMs });

describe("after a try", () => {
  test.each([
    ["200", answer(200), { type: "succeeded" }],
    ["204", answer(204), { type: "succeeded" }],
    ["a redirect is a failure", answer(301), { type: "again", pauseMs: null }],
    ["a refusal is tried again", answer(400), { type: "again", pauseMs: null }],
    ["no answer is tried again", answer(null), { type: "again", pauseMs: null }],
    ["an error is tried again", answer(500), { type: "again", pauseMs: null }],
    ["410 is the end", answer(410), { type: "gone" }],
    ["429 slows the whole endpoint down", answer(429), { type: "again", pauseMs: 30_000, inMs: 30_000 }],
    ["503 is obeyed", answer(503, 120_000), { type: "again", pauseMs: 120_000, inMs: 120_000 }],
    ["but not for ever", answer(503, 9e9), { type: "again", pauseMs: 3_600_000 }],
  ])("%s", (_title, outcome, expected) => {
    expect(judge(1, outcome, rng)).toMatchObject(expected);
  });
});

describe("the schedule", () => {
  test("has ten tries over three days, each drawn out by a tenth at most", () => {
    const waits = delaysMs.slice(1).map((delay, index) => {
      const verdict = judge(index + 1, answer(500), rng);
      const inMs = verdict.type === "again" ? verdict.inMs : NaN;
      expect(inMs).toBeGreaterThanOrEqual(delay);
      expect(inMs).toBeLessThanOrEqual(delay * 1.1);
      return inMs;
    });

    const days = waits.reduce((sum, wait) => sum + wait, 0) / 86_400_000;
    expect(delaysMs).toHaveLength(10);
    expect(days).toBeGreaterThan(3);
    expect(days).toBeLessThan(3.6);
  });

  test("ends after the tenth try, whatever the receiver asks for", () => {
    expect(judge(10, answer(500), rng)).toEqual({ type: "exhausted" });
    expect(judge(10, answer(503, 1_000), rng)).toEqual({ type: "exhausted" });
    expect(judge(10, answer(200), rng)).toEqual({ type: "succeeded" });
  });
});

test.each([
  [undefined, null],
  ["30", 30_000],
  [" 30 ", 30_000],
  ["Mon, 05 Jan 2026 09:01:00 GMT", 60_000],
  ["Mon, 05 Jan 2026 08:00:00 GMT", 0],
  ["soon", null],
  ["12 minutes", null],
])("Retry-After: %s means %s ms", (header, expected) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 5, 9))).toBe(expected);
});
