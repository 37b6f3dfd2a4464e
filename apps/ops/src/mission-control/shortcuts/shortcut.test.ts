import { expect, test } from "vitest";
import { shortcutOf } from "./shortcut.ts";

const bare = { ctrlKey: false, metaKey: false, altKey: false };

test.each([
  ["/", "search"],
  ["?", "help"],
  ["s", null],
  ["Enter", null],
] as const)("the key %s means %s", (key, meaning) => {
  expect(shortcutOf({ ...bare, key }, false)).toBe(meaning);
});

test("whoever types means the letter, and a key with another is the browser's", () => {
  expect(shortcutOf({ ...bare, key: "/" }, true)).toBeNull();
  expect(shortcutOf({ ...bare, ctrlKey: true, key: "/" }, false)).toBeNull();
  expect(shortcutOf({ ...bare, metaKey: true, key: "?" }, false)).toBeNull();
});
