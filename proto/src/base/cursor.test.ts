import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromCursor, toCursor, toPage } from "./cursor.ts";
import { toInstant } from "./time.ts";

test("a cursor leads back to where the page ended", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_999_999 }), fc.uuid(), (ms, id) => {
      const end = { createdAt: toInstant(ms), id };

      expect(fromCursor(toCursor(end))).toEqual(end);
    }),
  );
});

test("what no page gave out is no cursor, and does no harm", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(fromCursor(text)).toBeNull();
    }),
  );
  expect(fromCursor(btoa("17 'or 1=1"))).toBeNull();
});

test("a page that was read to its limit names no further one", () => {
  const read = [1, 2, 3].map((ms) => ({ createdAt: toInstant(ms), id: "01890000-0000-7000-8000-000000000001" }));

  expect(toPage(read, 3, (end) => end)).toEqual({ items: read, next_cursor: null });
  expect(toPage(read, 2, (end) => end).items).toHaveLength(2);
  expect(fromCursor(toPage(read, 2, (end) => end).next_cursor ?? "")).toEqual(read[1]);
  expect(toPage([], 2, (end: (typeof read)[number]) => end)).toEqual({ items: [], next_cursor: null });
});
