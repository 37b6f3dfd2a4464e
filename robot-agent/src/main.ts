#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { SerialGnss } from "@kerbside/hardware/gnss/gnss.serial";
import { SerialLid } from "@kerbside/hardware/lid/lid.serial";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { Fault } from "@kerbside/proto/base/fault";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { RobotAgent } from "./agent.ts";
import { SocketBody } from "./body/body.socket.ts";
import { SimulatedBody } from "./body.sim.ts";
import { type AgentConfig, helpText, readConfig } from "./config.ts";
import type { RobotDevices } from "./devices.ts";
import { identify, NotEnrolled } from "./enrol.ts";
import { type Happening, levelOf } from "./happenings.ts";
import { IdentityUnreadable } from "./identity.node.ts";
import type { MemoryKeypad } from "./keypad.ts";
import { software } from "./software.node.ts";
import { NotDurable } from "./storage/open.sqlite.ts";

const clock = systemClock;
const rng = systemRng;
const exitCodes = { stopped: 0, wrongFlags: 2, refused: 3 } as const;
/** A body that has not spoken by then is taken as it is, unknown: the agent runs and the wheels do not. */
const bodyPatienceMs = 3_000;
/** Electric's client keeps a timer of up to a minute for its cache: what is open after the stop is not waited for. */
const lingerMs = 1_000;

process.exitCode = await main();
setTimeout(() => process.exit(), lingerMs).unref();

async function main(): Promise<number> {
  const asked = readConfig(process.argv.slice(2), process.env);
  switch (asked.type) {
    case "help":
      process.stdout.write(helpText);
      return exitCodes.stopped;
    case "version":
      process.stdout.write(`${software}\n`);
      return exitCodes.stopped;
    case "wrong":
      process.stderr.write(`${asked.problems.join("\n")}\nTry --help.\n`);
      return exitCodes.wrongFlags;
    case "run":
      return run(asked.config);
  }
}

async function run(config: AgentConfig): Promise<number> {
  const stop = stopSignal();
  try {
    await using running = new AsyncDisposableStack();
    const identity = await identify(
      {
        dataDir: config.dataDir,
        httpUrl: config.cloudUrl,
        claimCode: claimCodeOf(config),
        clock,
        rng,
        onProblem: ({ message }) => say({ type: "link_problem", message: `enrolling: ${message}` }),
      },
      stop,
    );
    const { devices, simulatedKeypad } = await openDevices(config, running);
    const cloud = { httpUrl: config.cloudUrl, mqttUrl: config.mqttUrl };
    const { dataDir } = config;
    const agent = running.use(
      new RobotAgent({ identity, dataDir, cloud, devices, clock, rng, software, onHappening: say }),
    );
    if (config.diagnostics) {
      // The page's server is loaded only where it is asked for: memory on a robot is small.
      const { serveDiagnostics } = await import("./diagnostics/serve.node.ts");
      const options = { status: () => agent.status(), keypad: simulatedKeypad, ...config.diagnostics };
      const { url } = running.use(await serveDiagnostics(options));
      process.stdout.write(`${JSON.stringify({ level: "info", type: "diagnostics", url })}\n`);
    }
    await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    return exitCodes.stopped;
  } catch (problem) {
    return tell(problem, stop);
  }
}

/** Aborted by the first SIGTERM or SIGINT; the second one is not waited for. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  return stopping.signal;
}

interface Opened {
  readonly devices: RobotDevices;
  /** Null as long as the body does not say that it is simulated. */
  readonly simulatedKeypad: () => MemoryKeypad | null;
}

async function openDevices(config: AgentConfig, running: AsyncDisposableStack): Promise<Opened> {
  const lid = config.lid === "sim" ? null : running.use(new SerialLid({ path: config.lid }));
  const gnss = config.gnss === "sim" ? null : running.use(new SerialGnss({ path: config.gnss }));
  if (config.body === "sim") {
    const body = running.use(new SimulatedBody({ clock, rng, place: config.place }));
    const { battery, estop, indicator, drive, keypad } = body;
    const devices = { battery, estop, indicator, drive, keypad, lid: lid ?? body.lid, gnss: gnss ?? body.gnss };
    return { devices, simulatedKeypad: () => keypad };
  }
  if (!lid) throw new Error("a body that is served elsewhere needs a lid on a line");
  const body = running.use(new SocketBody({ address: config.body, clock, rng }));
  await body.met(bodyPatienceMs);
  const { battery, estop, indicator, drive, keypad } = body;
  const devices = { battery, estop, indicator, drive, keypad, lid, gnss: gnss ?? body.gnss };
  return { devices, simulatedKeypad: () => (body.isSimulated ? keypad : null) };
}

function claimCodeOf({ claimCode, claimFile }: AgentConfig): string | null {
  return claimFile === null ? claimCode : readFileSync(claimFile, "utf8").trim();
}

/** One line of JSON each, for whoever collects them. */
function say(happening: Happening): void {
  process.stdout.write(`${JSON.stringify({ level: levelOf(happening), at: clock.now(), ...happening })}\n`);
}

/** What kept the robot from running, in words; anything unforeseen is a bug and ends the process as one. */
function tell(problem: unknown, stop: AbortSignal): number {
  if (stop.aborted) return exitCodes.stopped;
  if (problem instanceof IdentityUnreadable) {
    process.stderr.write(
      `${problem.message}: put a copy back, or move it away and enrol again with a new claim code\n`,
    );
    return exitCodes.wrongFlags;
  }
  if (problem instanceof NotEnrolled) {
    process.stderr.write(`${problem.message}: give --claim or --claim-file\n`);
    return exitCodes.wrongFlags;
  }
  if (problem instanceof Fault) {
    process.stderr.write(`the cloud refused to enrol this robot: ${problem.message}\n`);
    return exitCodes.refused;
  }
  if (problem instanceof Error && (isOfMachine(problem) || problem instanceof NotDurable)) {
    process.stderr.write(`${problem.message}\n`);
    return exitCodes.wrongFlags;
  }
  throw problem;
}

/** A folder, file or port that the machine does not give. */
function isOfMachine(problem: Error): boolean {
  return "syscall" in problem;
}
