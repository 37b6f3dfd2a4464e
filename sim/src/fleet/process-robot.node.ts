import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Clock } from "@kerbside/proto/base/clock";
import { type BodyServer, type CloudAddress, serveBody } from "@kerbside/robot-agent";
import * as z from "zod";
import type { RobotBody } from "../body/robot-body.ts";
import { freePort } from "../network/free-port.node.ts";
import { Modem } from "../network/modem.node.ts";
import type { Air } from "../network/relay.node.ts";
import { type CityRobot, motionOf } from "./city-robot.ts";
import type { LidLine } from "./lid-line.node.ts";

export interface ProcessRobotOptions {
  readonly name: string;
  /** Used the first time; later the folder knows who it is. */
  readonly claimCode: string | null;
  readonly dataDir: string;
  readonly cloud: CloudAddress;
  readonly body: RobotBody;
  readonly lid: LidLine;
  readonly clock: Clock;
  /** Where its page is looked for, the next free port where that is taken; null: no page. */
  readonly diagnosticsPort: number | null;
  /** Hears each line that the process writes. */
  readonly onWords: (words: string) => void;
}

const program = fileURLToPath(new URL("../../../robot-agent/src/main.ts", import.meta.url));
const Identity = z.object({ robot_id: z.uuid() });
const enrolWithinMs = 60_000;
const stopWithinMs = 5_000;

/** A robot whose program is a process of its own: its own disk, connection and page, its lid at the end of a line. */
export class ProcessRobot implements CityRobot {
  readonly name: string;
  readonly robotId: string;
  readonly body: RobotBody;
  readonly diagnosticsUrl: string | null;
  readonly #parts: Parts;
  #child: ChildProcess | null;

  private constructor(robotId: string, parts: Parts, child: ChildProcess) {
    const { name, body } = parts.options;
    this.name = name;
    this.robotId = robotId;
    this.body = body;
    this.diagnosticsUrl = parts.page === null ? null : `http://127.0.0.1:${parts.page}/`;
    this.#parts = parts;
    this.#child = child;
  }

  static async start(options: ProcessRobotOptions, signal: AbortSignal): Promise<ProcessRobot> {
    await using undo = new AsyncDisposableStack();
    undo.use(options.lid);
    const modem = undo.use(await Modem.to(options.cloud));
    const { body, clock } = options;
    const served = undo.use(await serveBody(body, { address: "tcp:127.0.0.1:0", clock, motion: () => motionOf(body) }));
    const page = options.diagnosticsPort === null ? null : await freePort(options.diagnosticsPort);
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    const parts: Parts = { options, modem, served, page };
    const child = begin(parts);
    undo.defer(() => end(child, "SIGKILL"));
    const robotId = await identityIn(options, child, signal);
    undo.move();
    return new ProcessRobot(robotId, parts, child);
  }

  setAir(air: Air): void {
    this.#parts.modem.set(air);
  }

  /** As a power cut does. */
  async crash(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child) await end(child, "SIGKILL");
    this.body.drive.hold();
  }

  async reboot(): Promise<void> {
    await this.crash();
    this.#child = begin(this.#parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.body.drive.hold();
    if (this.#child) await end(this.#child, "SIGTERM");
    const { served, modem, options } = this.#parts;
    await served[Symbol.asyncDispose]();
    await modem[Symbol.asyncDispose]();
    await options.lid[Symbol.asyncDispose]();
  }
}

interface Parts {
  readonly options: ProcessRobotOptions;
  readonly modem: Modem;
  readonly served: BodyServer;
  readonly page: number | null;
}

function begin({ options, modem, served, page }: Parts): ChildProcess {
  const { dataDir, claimCode, lid, onWords } = options;
  const { httpUrl, mqttUrl } = modem.cloud;
  const flags = ["--cloud", httpUrl, "--mqtt", mqttUrl, "--data", dataDir, "--body", served.address, "--lid", lid.flag];
  if (page !== null) flags.push("--diagnostics", String(page));
  // The code goes by the environment: flags can be read by everybody on the machine.
  const env = { ...process.env, ...(claimCode !== null && { KERBSIDE_CLAIM_CODE: claimCode }) };
  const child = spawn(process.execPath, [program, ...flags], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  for (const output of [child.stdout, child.stderr]) createInterface({ input: output }).on("line", onWords);
  return child;
}

/** Who it became: it writes that down as soon as the cloud has answered. */
async function identityIn(
  { dataDir, name, clock }: ProcessRobotOptions,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<string> {
  const file = join(dataDir, "identity.json");
  for (let waitedMs = 0; waitedMs < enrolWithinMs; waitedMs += 100) {
    if (existsSync(file)) return Identity.parse(JSON.parse(readFileSync(file, "utf8"))).robot_id;
    if (child.exitCode !== null)
      throw new Error(`the program of ${name} ended with code ${child.exitCode} before it was enrolled`);
    await clock.sleep(100, signal);
  }
  throw new Error(`the program of ${name} was not enrolled within ${enrolWithinMs / 1_000} s`);
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  const patience = AbortSignal.timeout(stopWithinMs);
  patience.addEventListener("abort", () => child.kill("SIGKILL"));
  await exit;
}
