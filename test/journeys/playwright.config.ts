import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** Debian's browser, or the one that somebody names. */
const chromium = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);
const report = process.env["PLAYWRIGHT_JSON_OUTPUT_FILE"];

export default defineConfig({
  testDir: ".",
  testMatch: chromium ? "delivery/**/*.spec.ts" : "without-chromium.ts",
  outputDir: "../../test-results/journeys",
  ...(chromium && { globalSetup: "./setup.node.ts" }),
  workers: 1,
  timeout: 30_000,
  forbidOnly: true,
  reporter: [["line"], ...(report ? [["json", { outputFile: report }] as const] : [])],
  use: {
    ...(chromium && { launchOptions: { executablePath: chromium, args: ["--no-sandbox"] } }),
    locale: "en-GB",
    timezoneId: "Asia/Almaty",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
