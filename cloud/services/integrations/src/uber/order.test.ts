import { describe, expect, test } from "vitest";
import { type KnownOrder, recognise } from "./order.ts";

const now = Date.UTC(2026, 0, 5, 9);
const minutesAgo = (minutes: number): number => now - minutes * 60_000;
const known: KnownOrder = {
  deliveryId: "d1",
  idempotencyKey: null,
  fingerprint: "soup",
  createdAtMs: minutesAgo(5),
  isTaken: true,
  isOver: false,
};
const keyed = { ...known, idempotencyKey: "k" };

describe("an order without a key", () => {
  test.each([
    ["is new when there is none like it", [], "new"],
    ["is new when another is under way", [{ ...known, fingerprint: "cake" }], "new"],
    ["is new when one like it is over", [{ ...known, isOver: true }], "new"],
    ["is new when one like it was meant to be told apart", [keyed], "new"],
    ["is a slip when one like it is under way", [known], "duplicate"],
    ["is tried again when we do not know what became of it", [{ ...known, isTaken: false }], "again"],
  ])("%s", (_title, orders, expected) => {
    expect(recognise({ key: null, fingerprint: "soup" }, orders, now).type).toBe(expected);
  });
});

describe("an order with a key", () => {
  test.each([
    ["is new when the key is", [known], "new"],
    ["is the same again within the hour", [{ ...keyed, createdAtMs: minutesAgo(59) }], "again"],
    ["is the same again though it is over", [{ ...keyed, isOver: true }], "again"],
    ["is another order under a key that is taken", [{ ...keyed, fingerprint: "cake" }], "duplicate"],
    ["is new when the hour is over", [{ ...keyed, createdAtMs: minutesAgo(60) }], "new"],
  ])("%s", (_title, orders, expected) => {
    expect(recognise({ key: "k", fingerprint: "soup" }, orders, now).type).toBe(expected);
  });
});
