import { test } from "@playwright/test";

const why = "No Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM_PATH.";

test("the product in a browser", () => {
  process.stdout.write(`${why}\n`);
  test.info().skip(true, why);
});
