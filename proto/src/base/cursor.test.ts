import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromCursor, toCursor } from "./cursor.ts";
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
