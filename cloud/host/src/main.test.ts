import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

let dataDir: string;
let started: Program[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "kerbside-main-"));
  started = [];
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
});

describe("the host's command line", () => {
  test("explains itself with examples", async () => {
    const { code, output } = await run(["--help"]);

    expect(code).toBe(0);
    expect(output).toContain("Examples:");
    expect(output).toContain("DATABASE_URL");
  });

  test.each([
    [["--prot", "4100"], "unknown option '--prot'"],
    [["--app", "ops"], "write it as /prefix=folder"],
    [["--port", "eighty"], "PORT (the port of pages and API)"],
    [["extra"], "too many arguments"],
  ])("refuses %j with what is wrong, and ends with 2", async (flags, words) => {
    const { code, output } = await run(flags);

    expect(output).toContain(words);
    expect(code).toBe(2);
  });

  test("refuses a service that there is none of, and ends with 1", async () => {
    const { code, output } = await run(["--services", "delivery"]);

    expect(output).toContain("there is no service delivery");
    expect(code).toBe(1);
  });
});

test("a host that was killed leaves a database that the next one takes over, and ends cleanly when asked", async () => {
  const first = start(["--services", "config", "--port", "0"]);
  await first.ready;
  const postmaster = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  first.child.kill("SIGKILL");
  await first.ended;

  const second = start(["--services", "config", "--port", "0"]);
  await second.ready;
  const next = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  second.child.kill("SIGINT");
  const code = await second.ended;

  expect(next.split("\n")[0]).not.toBe(postmaster.split("\n")[0]);
  expect(code).toBe(0);
  await expect(readFile(join(dataDir, "postgres/postmaster.pid"))).rejects.toThrow("ENOENT");
}, 60_000);

interface Program {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
  output(): string;
}

function start(flags: readonly string[]): Program {
  const env = { PATH: "/usr/bin:/bin", KERBSIDE_DATA: dataDir, MQTT_PORT: "0", LOG_LEVEL: "warn" };
  const child = spawn(process.execPath, [main, ...flags], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number | null>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("ready on ")) ready.resolve();
    });
  }
  child.once("close", (code) => {
    ended.resolve(code);
    ready.reject(new Error(`the host ended with ${code}: ${output}`));
  });
  ready.promise.catch(() => undefined);
  const program = { child, ready: ready.promise, ended: ended.promise, output: () => output };
  started.push(program);
  return program;
}

async function run(flags: readonly string[]): Promise<{ code: number | null; output: string }> {
  const program = start(flags);
  const code = await program.ended;
  return { code, output: program.output() };
}
