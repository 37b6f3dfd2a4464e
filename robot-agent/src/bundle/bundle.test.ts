import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { software } from "../software.node.ts";
import { type Bundle, bundleAgent } from "./bundle.node.ts";

const run = promisify(execFile);

let folder = "";
let bundle: Bundle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-bundle-"));
  bundle = await bundleAgent(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const agent = (...flags: readonly string[]) => run(process.execPath, [...bundle.command, ...flags], { cwd: "/" });

test("a bundled agent says its version and how to start it", async () => {
  const [version, help] = [await agent("--version"), await agent("--help")];

  expect(version.stdout).toBe(`${software}\n`);
  expect(help.stdout).toContain("--cloud");
});

test("a bundled agent opens its disk and says what it misses", async () => {
  const data = join(folder, "data");

  const refused = await agent("--cloud", "http://127.0.0.1:9", "--data", data).catch((problem: unknown) => problem);

  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("holds no identity") });
});
