import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** Debian's browser, or the one that somebody names. */
const chromium = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);
const report = process.env["PLAYWRIGHT_JSON_OUTPUT_FILE"];

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results/journeys",
  ...(chromium && { globalSetup: "./setup.node.ts" }),
  // Robots drive in real time, so the deliveries mostly wait, and wait side by side; then the screens have both workers.
  workers: 2,
  // A machine that does all of this at once is slow to draw; what does not come at all is not waited for longer.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["line"], ...(report ? [["json", { outputFile: report }] as const] : [])],
  use: {
    ...(chromium && { launchOptions: { executablePath: chromium, args: ["--no-sandbox"] } }),
    locale: "en-GB",
    timezoneId: "Asia/Almaty",
    screenshot: "only-on-failure",
  },
  projects: chromium
    ? [
        { name: "deliveries", testDir: "delivery", use: { trace: "retain-on-failure" } },
        // A recording of every change of a page takes longer than most of these tests: `--trace on` makes one.
        { name: "screens", testDir: "screens" },
      ]
    : [{ name: "without-chromium", testMatch: "without-chromium.ts" }],
});
