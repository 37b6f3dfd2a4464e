import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pages } from "./pages.ts";

const printed = Object.entries(pages());

test.each(printed)("docs/reference/%s says what the contracts say (`npm run reference` prints it)", (name, text) => {
  const committed = readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), "utf8");

  expect(committed === text, "run `npm run reference` and commit the pages").toBe(true);
});
