import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { files, packages, root, type Source, sources } from "./workspace.ts";

const all = sources();

/** Files whose name says that they are an adapter to the world, a test, or where a program begins. */
const adapter =
  /(\.(node|pg|sqlite|system|serial|mqtt|http|electric|browser|aedes|harness|fixture|test|suite|bench|journey|worker)\.tsx?|\/(main|worker|config)\.tsx?|vite\.config\.ts|vitest\.config\.ts)$/;
/** Folders that drive real processes and people's browsers rather than decide anything. */
const outside = /^test\//;

const worldly =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bprocess\.env\b|\bperformance\.now\b|\brandomUUID\b|\bAbortSignal\.timeout\b/;

describe("what decides does not touch the world", () => {
  test("clocks, chance, timers and the environment appear in adapters and in main.ts only", () => {
    const touching = all
      .filter(({ path }) => !adapter.test(path) && !outside.test(path))
      .flatMap((source) => linesWith(source, worldly));

    expect(touching).toEqual([]);
  });
});

describe("the house is in order", () => {
  test("a file has at most 400 lines", () => {
    const long = all.filter(({ text }) => text.trimEnd().split("\n").length > 400).map(({ path }) => path);

    expect(long).toEqual([]);
  });

  test("no folder or file is named after nothing", () => {
    const nameless = /(^|\/)(common|shared|utils?|helpers?|types|interfaces|misc)(\/|\.tsx?$)/;

    expect(all.map(({ path }) => path).filter((path) => nameless.test(path))).toEqual([]);
  });

  test("the only index.ts is a package's front door, and it lists names", () => {
    const doors = all.filter(({ path }) => path.endsWith("/index.ts"));
    const exported = /^(apps\/[^/]+|sync\/[^/]+|hardware|robot-agent)\/src\/index\.ts$/;

    expect(doors.map(({ path }) => path).filter((path) => !exported.test(path))).toEqual([]);
    expect(all.flatMap((source) => linesWith(source, /^export \* from/))).toEqual([]);
  });

  test("nothing is left for later, switched off or waved through", () => {
    const marks = /\b(TODO|FIXME|XXX)\b|(oxlint|eslint|biome)-(disable|ignore)|@ts-(ignore|expect-error|nocheck)/;
    const left = all.filter(({ path }) => !path.startsWith("test/laws/")).flatMap((source) => linesWith(source, marks));

    expect(left).toEqual([]);
  });

  test("no test is mocked, skipped without a reason printed, or alone", () => {
    const mocked = /\bvi\.(mock|fn|spyOn)\(|\b(test|it|describe)\.(only|skip|todo)\(/;
    const marked = all
      .filter(({ path }) => !path.startsWith("test/laws/"))
      .flatMap((source) => linesWith(source, mocked));

    expect(marked).toEqual([]);
  });

  test("no other language's enums, namespaces, decorators or wildcards of type", () => {
    const foreign = /^\s*(export )?(const )?enum \w|^\s*(export )?namespace \w|:\s*any\b|\bas any\b/;

    expect(all.flatMap((source) => linesWith(source, foreign))).toEqual([]);
  });

  test("each dependency has one version, in the catalog", () => {
    const loose = packages().flatMap(({ folder }) => {
      const text = readFileSync(join(root, folder, "package.json"), "utf8");
      return [...text.matchAll(/"([^"]+)": "([\^~]?\d[^"]*)"/g)]
        .filter((match) => match[1] !== "version")
        .map((match) => `${folder}: ${match[1]}`);
    });

    expect(loose).toEqual([]);
  });

  test("no address of a registry and no folder of one machine is written down", () => {
    const lock = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
    const text = files().filter(
      (path) => /\.(ts|tsx|md|json|yaml|css|sql|sh)$/.test(path) && path !== "pnpm-lock.yaml",
    );
    const machine = /["'\s(](\/(work|root)\/[a-z]|https?:\/\/[^\s"']*registry)/;

    expect(lock).not.toMatch(/tarball: http|registry=http/);
    expect(
      text.filter((path) => !path.startsWith("test/laws/") && machine.test(readFileSync(join(root, path), "utf8"))),
    ).toEqual([]);
  });
});

function linesWith({ path, text }: Source, pattern: RegExp): string[] {
  return text
    .split("\n")
    .map((line, index) => ({ line, at: `${path}:${index + 1}: ${line.trim()}` }))
    .filter(({ line }) => pattern.test(line) && !/^\s*(\*|\/\/|\/\*\*)/.test(line))
    .map(({ at }) => at);
}
