import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@kerbside/proto/base/clock";
import { type BodyServer, type CloudAddress, serveBody } from "@kerbside/robot-agent";
import * as z from "zod";
import type { RobotBody } from "../body/robot-body.ts";
import { freePort } from "../network/free-port.node.ts";
import { Modem } from "../network/modem.node.ts";
import type { Air } from "../network/relay.node.ts";
import { Children } from "./children.node.ts";
import { type CityRobot, motionOf } from "./city-robot.ts";
import type { LidLine } from "./lid-line.node.ts";
import { Program } from "./program.node.ts";

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

const Identity = z.object({ robot_id: z.uuid() });
const enrolWithinMs = 60_000;
const lookEveryMs = 100;

/** A robot whose program is a process of its own: its own disk, connection and page, its lid at the end of a line. */
export class ProcessRobot implements CityRobot {
  readonly name: string;
  readonly robotId: string;
  readonly body: RobotBody;
  readonly diagnosticsUrl: string | null;
  readonly #modem: Modem;
  readonly #program: Program;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    robotId: string,
    { name, body }: ProcessRobotOptions,
    parts: { readonly modem: Modem; readonly page: number | null; program: Program; owned: AsyncDisposableStack },
  ) {
    this.name = name;
    this.robotId = robotId;
    this.body = body;
    this.diagnosticsUrl = parts.page === null ? null : `http://127.0.0.1:${parts.page}/`;
    this.#modem = parts.modem;
    this.#program = parts.program;
    this.#owned = parts.owned;
  }

  static async start(options: ProcessRobotOptions, signal: AbortSignal): Promise<ProcessRobot> {
    const { body, clock, dataDir, lid, onWords, claimCode, diagnosticsPort } = options;
    await using undo = new AsyncDisposableStack();
    undo.use(lid);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const children = undo.use(await Children.open(join(dataDir, "processes.json"), clock));
    if (lid.carrier) children.started(lid.carrier.pid, lid.carrier.mark);
    const modem = undo.use(await Modem.to(options.cloud));
    const served = undo.use(await serveBody(body, { address: "tcp:127.0.0.1:0", clock, motion: () => motionOf(body) }));
    const page = diagnosticsPort === null ? null : await freePort(diagnosticsPort);
    // The code goes by the environment: flags can be read by everybody on the machine.
    const environment = claimCode === null ? {} : { KERBSIDE_CLAIM_CODE: claimCode };
    const flags = flagsOf(options, { modem, served, page });
    const program = new Program({ flags, environment, children, mark: dataDir, clock, onWords });
    undo.defer(() => program.end("SIGTERM"));
    const robotId = await identityIn(options, signal);
    return new ProcessRobot(robotId, options, { modem, page, program, owned: undo.move() });
  }

  setAir(air: Air): void {
    this.#modem.set(air);
  }

  /** As a power cut does. */
  async crash(): Promise<void> {
    await this.#program.end("SIGKILL");
    this.body.drive.hold();
  }

  async reboot(): Promise<void> {
    await this.crash();
    this.#program.begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.body.drive.hold();
    await this.#owned.disposeAsync();
  }
}

function flagsOf(
  { dataDir, lid }: ProcessRobotOptions,
  { modem, served, page }: { readonly modem: Modem; readonly served: BodyServer; readonly page: number | null },
): readonly string[] {
  const { httpUrl, mqttUrl } = modem.cloud;
  const flags = ["--cloud", httpUrl, "--mqtt", mqttUrl, "--data", dataDir, "--body", served.address, "--lid", lid.flag];
  return page === null ? flags : [...flags, "--diagnostics", String(page)];
}

/** Who it became: it writes that down as soon as the cloud has answered. */
async function identityIn(options: ProcessRobotOptions, signal: AbortSignal): Promise<string> {
  const { dataDir, name, clock } = options;
  const file = join(dataDir, "identity.json");
  const untilMs = clock.monotonic() + enrolWithinMs;
  while (clock.monotonic() < untilMs) {
    if (existsSync(file)) return Identity.parse(JSON.parse(readFileSync(file, "utf8"))).robot_id;
    await clock.sleep(lookEveryMs, signal);
  }
  throw new Error(`the program of ${name} was not enrolled within ${enrolWithinMs / 1_000} s`);
}
