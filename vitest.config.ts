import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts", "**/*.test.tsx"],
    exclude: ["**/node_modules/**", "**/.kerbside/**", "test/journeys/**"],
    globalSetup: ["./test/setup/postgres.node.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Files of one worker share what they import: loading it anew for each takes longer than most of them.
    isolate: false,
    maxWorkers: 2,
  },
});
