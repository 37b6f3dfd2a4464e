import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.node.ts";
import type { Tally } from "./tally.ts";

export interface StepContext {
  readonly root: string;
  readonly cores: number;
}

export interface Step {
  readonly name: string;
  readonly says: string;
  readonly run: (context: StepContext) => Promise<Tally>;
}

/** Every check, cheapest first. */
export const steps: readonly Step[] = [
  tool("format", "every file is laid out by biome", ["biome", "format", "."]),
  tool("manifests", "package.json files agree with each other", ["sherif", "-r", "root-package-manager-field"]),
  tool("types", "everything compiles under the strict flags", ["tsc", "-b"]),
  tool("lint", "oxlint, type-aware", ["oxlint", "--type-aware"]),
  tool("unused", "no file, export or dependency is there for nothing", ["knip", "--no-progress"]),
  {
    name: "suites",
    says: "laws, decisions, adapters and services, against the real PostgreSQL, SQLite, broker and serial lines",
    run: ({ root }) =>
      reported(root, "suites", (file) => [
        "vitest",
        "run",
        "--reporter=dot",
        "--reporter=json",
        `--outputFile.json=${file}`,
      ]),
  },
  {
    name: "journeys",
    says: "the product in a browser",
    run: ({ root }) =>
      reported(
        root,
        "journeys",
        (file) => ["playwright", "test", "--config=test/journeys/playwright.config.ts", `--output=${file}.artefacts`],
        playwrightTally,
      ),
  },
];

/** A tool whose exit code is the verdict. */
function tool(name: string, says: string, command: readonly [string, ...string[]]): Step {
  return {
    name,
    says,
    run: async ({ root }) =>
      (await run(command, { cwd: root })) === 0
        ? { passed: 1, failed: 0, skipped: 0 }
        : { passed: 0, failed: 1, skipped: 0 },
  };
}

/** A runner that writes its counts as JSON. A runner that fails without counting a failure counts as one. */
async function reported(
  root: string,
  name: string,
  command: (file: string) => readonly [string, ...string[]],
  read: (report: unknown) => Tally = vitestTally,
): Promise<Tally> {
  const folder = join(root, "test-results");
  const file = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  await rm(file, { force: true });
  const code = await run(command(file), { cwd: root, env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file } });
  const text = await readFile(file, "utf8").catch(() => null);
  const tally = text === null ? { passed: 0, failed: 0, skipped: 0 } : read(JSON.parse(text));
  return code === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

function vitestTally(report: unknown): Tally {
  return {
    passed: count(report, "numPassedTests"),
    failed: count(report, "numFailedTests"),
    skipped: count(report, "numPendingTests") + count(report, "numTodoTests"),
  };
}

function playwrightTally(report: unknown): Tally {
  const stats = field(report, "stats");
  return {
    passed: count(stats, "expected") + count(stats, "flaky"),
    failed: count(stats, "unexpected"),
    skipped: count(stats, "skipped"),
  };
}

function count(report: unknown, name: string): number {
  const value = field(report, name);
  return typeof value === "number" ? value : 0;
}

function field(record: unknown, name: string): unknown {
  return typeof record === "object" && record !== null ? Reflect.get(record, name) : undefined;
}
