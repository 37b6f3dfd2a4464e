import { expect, test } from "vitest";
import * as z from "zod";
import { typeOf } from "./words.ts";

test.each([
  [z.string().nullable(), "string or null"],
  [z.string().max(100).nullable(), "string (≤ 100) or null"],
  [z.int().min(0).max(9).nullable(), "integer (0 to 9) or null"],
  [z.uuid().nullable(), "uuid or null"],
  [z.array(z.number()).max(3), "list of number (≤ 3)"],
  [z.array(z.tuple([z.number(), z.number()])), "list of [number, number]"],
  [z.enum(["a", "b"]), "`a` · `b`"],
  [z.unknown(), "anything"],
])("a schema is said in a few words: %#", (schema, words) => {
  expect(typeOf(z.toJSONSchema(schema))).toBe(words);
});
