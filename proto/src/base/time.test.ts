import { expect, test } from "vitest";
import { Instant } from "./time.ts";

test.each([
  ["2026-01-05T09:00:00.000Z", true],
  ["2026-01-05T09:00:00+14:00", true],
  ["1970-01-01T00:00:00Z", true],
  ["0001-01-01T00:00:00Z", true],
  ["0000-01-01T00:00:00Z", false],
  ["0001-01-01T00:00:00+05:00", false],
  ["9999-12-31T23:59:59.999Z", true],
  ["9999-12-31T23:59:59-01:00", false],
  ["2026-01-01T00:00:00+23:59", false],
  ["2026-02-30T00:00:00Z", false],
  ["yesterday", false],
])("%s is an instant: %s", (text, expected) => {
  expect(Instant.safeParse(text).success).toBe(expected);
});
