import * as fc from "fast-check";
import { expect, test } from "vitest";
import { depthOf, isStorable, unstorableIn } from "./fitness.ts";

test.each([
  ["7", 0],
  ["{}", 1],
  ['{"a":[{"b":1}],"c":{}}', 3],
  ['["[[[[{{{{"]', 1],
  [String.raw`["\"[[", [1]]`, 2],
  ["[".repeat(10_000), 10_000],
])("the depth of %.20s is %d", (json, depth) => {
  expect(depthOf(json)).toBe(depth);
});

test("the depth of any value is found in its text", () => {
  const depth = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;

  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(depthOf(JSON.stringify(value))).toBe(depth(value));
    }),
  );
});

test.each([
  ["a NUL", { name: "a\u0000b" }, ["/name"]],
  ["half a character, deep inside", { a: [{ "b/c": "\udc00" }] }, ["/a/0/b~1c"]],
  ["a NUL in a field's name", { a: { "\u0000": 1 } }, ["/a"]],
  ["a text that only talks of one", { name: String.raw`\u0000 and \ud800` }, []],
  ["whole characters", { name: "🤖 Қ" }, []],
])("%s", (_what, value, pointers) => {
  const found = unstorableIn(JSON.stringify(value), value);

  expect(found.map(({ pointer }) => pointer)).toEqual(pointers);
});

test("what is found storable has neither NUL nor half a character", () => {
  expect(isStorable("Қазақстан 🤖")).toBe(true);
  expect(isStorable("\u0000")).toBe(false);
  expect(isStorable("\ud83e")).toBe(false);
});
