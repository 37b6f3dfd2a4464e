import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAgent } from "@kerbside/robot-agent/bundle";
import { type Bench, exactly, type Figure, figure, type Spread, spread, takeTurns } from "../measure.ts";
import { startChild } from "../processes/child.node.ts";
import { treeCpuSeconds } from "../processes/cpu.node.ts";
import type { PlatformProcess } from "../processes/platform.ts";

const rounds = 3;
const heartbeats = 100_000;
const settleMs = 1_500;
const idleMs = 5_000;
const patienceMs = 120_000;

export const agentWeight: Bench = {
  row: 9,
  title: "Agent",
  says: `Work: the bundled agent without its page, enrolled and connected: resident memory after ${heartbeats.toLocaleString("en")} heartbeats went its way, time from spawn until its journal is open, CPU while parked. Baseline: Node with an empty program. Unit: MiB, ms, % of a core.`,
  async run() {
    await using running = new AsyncDisposableStack();
    const ground = await openGround(running);
    const [agents = [], sources = [], bare = []] = await takeTurns<Seen>(rounds, [
      () => seen(ground.agent, '"started"'),
      () => seen(ground.sources, '"started"'),
      () => seen(["-e", "console.log('started'); setInterval(() => {}, 1000)"], "started"),
    ]);
    const soaked = await soak(ground.soaking);
    const memory = (of: readonly Seen[]) => spread(of.map(({ residentMiB }) => residentMiB));
    const start = (of: readonly Seen[]) => spread(of.map(({ startMs }) => startMs));
    const idle = await idleShare(ground.agent);
    return [
      shown(["resident after the soak", "MiB"], { ours: soaked, baseline: memory(bare), limit: 1.4 }),
      shown(["resident at the start", "MiB"], { ours: memory(agents), baseline: memory(bare), limit: null }),
      shown(["resident at the start, from sources", "MiB"], {
        ours: memory(sources),
        baseline: memory(bare),
        limit: null,
      }),
      shown(["start", "ms"], { ours: start(agents), baseline: start(bare), limit: 2 }),
      shown(["start, from sources", "ms"], { ours: start(sources), baseline: start(bare), limit: null }),
      figure(
        { name: "parked and connected", unit: "% of a core", baselineName: "2 %" },
        { ours: idle, baseline: exactly(2) },
        { limit: 1, is: "at_most" },
      ),
    ];
  },
};

interface Ground {
  readonly agent: readonly string[];
  readonly sources: readonly string[];
  readonly soaking: readonly string[];
}

async function openGround(running: AsyncDisposableStack): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), "kerbside-bench-agent-"));
  running.defer(() => rm(folder, { recursive: true, force: true }));
  const platform = running.use(startChild<PlatformProcess>("platform.ts"));
  const cloud = await platform.ask("start", ["accounts", "config", "device", "robot-gateway"]);
  const { claims } = await platform.ask("seed", 4);
  const [first = "", second = "", third = "", fourth = ""] = claims;
  const flags = (name: string, claim: string) => {
    const data = join(folder, name);
    return ["--cloud", cloud.url, "--mqtt", cloud.mqttUrl, "--data", data, "--claim", claim];
  };
  const { command } = await bundleAgent(join(folder, "bundle"));
  const soaking = await bundleAgent(
    join(folder, "soaking"),
    fileURLToPath(new URL("../processes/soaking-agent.ts", import.meta.url)),
  );
  const main = fileURLToPath(import.meta.resolve("@kerbside/robot-agent/main"));
  return {
    agent: [...command, ...flags("agent", first)],
    sources: [main, ...flags("sources", second)],
    soaking: [...soaking.command, cloud.url, cloud.mqttUrl, join(folder, "soak"), third, fourth, String(heartbeats)],
  };
}

interface Seen {
  readonly startMs: number;
  readonly residentMiB: number;
}

/** One life of a program: how long until it says the word, and its memory when it has settled. */
async function seen(command: readonly string[], word: string): Promise<Seen> {
  await using life = new Life(command);
  const startMs = await life.said(word);
  await pause(settleMs);
  return { startMs, residentMiB: life.residentMiB };
}

async function soak(command: readonly string[]): Promise<Spread> {
  await using life = new Life(command);
  await life.said("soaked");
  await pause(settleMs);
  return exactly(life.residentMiB);
}

async function idleShare(command: readonly string[]): Promise<Spread> {
  await using life = new Life(command);
  await life.said('"link_up"');
  await pause(settleMs);
  const shares: number[] = [];
  for (let time = 0; time < 2; time += 1) {
    const before = treeCpuSeconds(life.pid).own;
    await pause(idleMs);
    shares.push(((treeCpuSeconds(life.pid).own - before) / idleMs) * 1_000 * 100);
  }
  return spread(shares);
}

/** A Node process with its words. */
class Life implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #startedMs = performance.now();
  #said = "";

  constructor(command: readonly string[]) {
    this.#process = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get residentMiB(): number {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8")) ?? [];
    return Number(kib) / 1_024;
  }

  /** Milliseconds from the start until it said this. */
  async said(word: string): Promise<number> {
    const signal = AbortSignal.timeout(patienceMs);
    const ended = once(this.#process, "exit", { signal }).then(() => {
      throw new Error(`it ended before it said ${word}: ${this.#said}`);
    });
    ended.catch(() => undefined);
    while (!this.#said.includes(word)) {
      if (this.#process.stdout) await Promise.race([once(this.#process.stdout, "data", { signal }), ended]);
    }
    return performance.now() - this.#startedMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await exit;
    clearTimeout(timer);
  }
}

function shown(
  [name, unit]: readonly [string, string],
  { ours, baseline, limit }: { readonly ours: Spread; readonly baseline: Spread; readonly limit: number | null },
): Figure {
  const goal = limit === null ? null : ({ limit, is: "at_most" } as const);
  return figure({ name, unit, baselineName: "bare Node" }, { ours, baseline }, goal);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
