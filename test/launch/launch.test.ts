import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";

const launcher = fileURLToPath(new URL("../../launch.js", import.meta.url));
const patience = { timeout: 30_000 };
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function launch(...args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += String(piece)));
  return { child, said: () => said, until: (words: RegExp) => vi.waitUntil(() => words.test(said), patience) };
}

test("a signal reaches the program once, whoever sends it twice, and its exit code comes back", async () => {
  const { child, said, until } = await launch("test/launch/listener.ts", "7");
  await until(/ready \d+ v24/);

  child.kill("SIGINT");
  child.kill("SIGINT");
  await until(/SIGINT/);
  const asked = (): number | null => {
    child.kill("SIGTERM");
    return child.exitCode;
  };

  await expect.poll(asked, patience).toBe(7);
  expect(said().match(/SIGINT/g)).toHaveLength(1);
});

test("the program hears that its launcher is gone", async () => {
  const { child, said, until } = await launch("test/launch/listener.ts", "0");
  await until(/ready/);

  child.kill("SIGKILL");

  await expect.poll(said, patience).toContain("disconnect");
});

test("a program that is not there ends with an error", async () => {
  const { child, said } = await launch("test/launch/absent.ts");

  const [code] = await once(child, "exit");

  expect(code).not.toBe(0);
  expect(said()).toContain("absent.ts");
});
