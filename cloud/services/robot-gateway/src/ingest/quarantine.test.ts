import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { describe, expect, test } from "vitest";
import { type Poison, QuarantineQuota, quarantineId, quarantineLimits, whyUnstorable } from "./quarantine.ts";

describe("what Postgres cannot hold", () => {
  test.each([
    ["a NUL", { cause: "a\0b" }],
    ["half a pair", { nested: [{ cause: "\ud83d" }] }],
    ["a NUL in a key", { "a\0": 1 }],
  ])("%s", (_title, value) => {
    expect(whyUnstorable(value)).toContain("body");
  });

  test.each([
    ["a whole pair", { cause: "\u{1f600}" }],
    ["a backslash before letters that look like an escape", { cause: "\\u0000 \\ud800" }],
    ["numbers and nulls", { a: 1, b: null, c: [true] }],
  ])("%s is no trouble", (_title, value) => {
    expect(whyUnstorable(value)).toBeNull();
  });
});

test("the same bytes in the same place have one id, and other bytes another", () => {
  const poison: Poison = { robotId: "r", stream: "p0", epoch: 1, seq: 2, reason: "a", raw: Buffer.from("x") };

  expect(quarantineId({ ...poison, reason: "b" })).toBe(quarantineId(poison));
  expect(quarantineId({ ...poison, raw: Buffer.from("y") })).not.toBe(quarantineId(poison));
  expect(quarantineId({ ...poison, seq: 3 })).not.toBe(quarantineId(poison));
});

test("a robot that sends noise uses up its own share, minute by minute", async () => {
  const clock = new VirtualClock();
  const quota = new QuarantineQuota(clock);

  const first = Array.from({ length: quarantineLimits.messagesPerMinute }, () => quota.isLeft("r1"));
  const beyond = quota.isLeft("r1");
  const other = quota.isLeft("r2");
  await clock.advance(60_000);

  expect(first).not.toContain(false);
  expect(beyond).toBe(false);
  expect(other).toBe(true);
  expect(quota.isLeft("r1")).toBe(true);
});
