import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.node.ts";
import type { Tally } from "./tally.ts";
import { leftIn, type TempFolders } from "./temp.node.ts";

export interface StepContext {
  readonly root: string;
  readonly temp: TempFolders;
}

export interface Result {
  readonly tally: Tally;
  /** The tool's own words. */
  readonly said: string;
}

export interface Step {
  readonly name: string;
  readonly says: string;
  readonly run: (context: StepContext) => Promise<Result>;
}

/**
 * Every check: what needs nothing but the sources first, then what runs the product. Those of one stage run at once; suites
 * and journeys each keep two cores busy, and side by side they only wait for each other.
 */
export const stages: readonly (readonly Step[])[] = [
  [
    tool("format", "every file is laid out by biome", ["biome", "format", "."]),
    tool("manifests", "package.json files agree with each other", ["sherif", "-r", "root-package-manager-field"]),
    tool("types", "everything compiles under the strict flags", ["tsc", "-b"]),
    tool("lint", "oxlint, type-aware", ["oxlint", "--type-aware"]),
    tool("unused", "no file, export or dependency is there for nothing", ["knip", "--no-progress"]),
  ],
  [
    {
      name: "suites",
      says: "laws, decisions, adapters and services, against the real PostgreSQL, SQLite, broker and serial lines",
      run: (context) =>
        suite(context, {
          name: "suites",
          read: vitestTally,
          command: (file) => ["vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${file}`],
        }),
    },
  ],
  [
    {
      name: "journeys",
      says: "the product in a browser: deliveries from order to handover, and every screen",
      run: (context) =>
        suite(context, {
          name: "journeys",
          read: playwrightTally,
          command: (file) => [
            "playwright",
            "test",
            "--config=test/journeys/playwright.config.ts",
            `--output=${file}.artefacts`,
          ],
        }),
    },
  ],
];

/** A tool whose exit code is the verdict. */
function tool(name: string, says: string, command: readonly [string, ...string[]]): Step {
  return {
    name,
    says,
    run: async ({ root }) => {
      const { code, said } = await run(command, { cwd: root });
      return { said, tally: { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 } };
    },
  };
}

interface Suite {
  readonly name: string;
  /** How to run it so that its counts come into the file. */
  readonly command: (file: string) => readonly [string, ...string[]];
  readonly read: (report: unknown) => Tally;
}

/**
 * A runner that writes its counts as JSON. One that fails without counting a failure has failed once, and so has one
 * whose tests left something in the temp folder.
 */
async function suite({ root, temp }: StepContext, { name, command, read }: Suite): Promise<Result> {
  const folder = join(root, "test-results");
  const file = join(folder, `${name}.json`);
  const tempFolder = await temp.folder(name);
  await mkdir(folder, { recursive: true });
  await rm(file, { force: true });
  const { code, said } = await run(command(file), {
    cwd: root,
    env: { ...caches(root), TMPDIR: tempFolder, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  });
  const text = await readFile(file, "utf8").catch(() => null);
  const tally = text === null ? { passed: 0, failed: 0, skipped: 0 } : read(JSON.parse(text));
  const left = await leftIn(tempFolder);
  if (code === 0 && left.length > 0) {
    return {
      tally: { ...tally, failed: tally.failed + 1 },
      said: `These stayed behind in the temp folder; a test has to remove what it makes there:\n  ${left.join("\n  ")}\n`,
    };
  }
  return { tally: code === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 }, said };
}

/** What tools keep between runs does not belong among what tests may leave behind. */
function caches(root: string): Readonly<Record<string, string>> {
  const folder = join(root, "node_modules", ".cache");
  return { NODE_COMPILE_CACHE: join(folder, "node"), PWTEST_CACHE_DIR: join(folder, "playwright") };
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
