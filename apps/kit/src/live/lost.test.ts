import type { ShapeStatus } from "@kerbside/sync/browser";
import { expect, test } from "vitest";
import { lostOf } from "./lost.ts";

const live: ShapeStatus = { state: "live", sinceMs: 1_000, heardAtMs: 90_000, reason: null };
const lost: ShapeStatus = { state: "lost", sinceMs: 100_000, heardAtMs: 90_000, reason: "unreachable" };
const nowMs = 110_000;

test("a page whose shapes are live, or were not heard of yet, has lost nothing", () => {
  expect(lostOf([live, null], nowMs)).toBeNull();
});

test("a shape that was lost while another stayed live is told of", () => {
  expect(lostOf([live, lost], nowMs)).toBe(lost);
});

test("a shape that came back after the loss speaks for one in which nothing happens, for a while", () => {
  const back = { ...live, sinceMs: 105_000 };

  expect(lostOf([lost, back], nowMs)).toBeNull();
  expect(lostOf([lost, back], 140_000)).toBe(lost);
});

test("nobody speaks for a shape that is refused", () => {
  const refused = { ...lost, reason: "refused" } as const;

  expect(lostOf([{ ...live, sinceMs: 105_000 }, refused], nowMs)).toBe(refused);
});
