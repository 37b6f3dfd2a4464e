import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { SimLid } from "@kerbside/hardware/lid/lid.sim";
import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import type { Clock } from "@kerbside/proto/base/clock";
import { unit } from "@kerbside/proto/base/rng";
import type { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { BodiesFile } from "../body/bodies.node.ts";
import { RobotBody } from "../body/robot-body.ts";
import type { CityOptions } from "../city/city-options.ts";
import type { CityCloud } from "../city/cloud.node.ts";
import type { CityPlan } from "../seed/plan.ts";
import type { CityRobot } from "./city-robot.ts";
import { commission, type Enlisted, enlist } from "./enlist.ts";
import { openLidLine } from "./lid-line.node.ts";
import { ProcessRobot } from "./process-robot.node.ts";
import { SimRobot } from "./sim-robot.ts";

export interface GarageOptions {
  readonly options: CityOptions;
  readonly cloud: CityCloud;
  readonly plan: CityPlan;
  readonly chance: SeededRng;
  readonly clock: Clock;
  /** Aborted when the start is given up. */
  readonly signal: AbortSignal;
}

/** Bodies are written down this often, for a city that ends without a goodbye. */
const keepEveryMs = 5_000;

/** All robots of a city with the bodies they had when it last stopped. */
export class Garage implements AsyncDisposable {
  readonly robots: readonly CityRobot[];
  readonly #bodies: BodiesFile;
  readonly #stopping = new AbortController();
  readonly #keeping: Promise<void>;

  private constructor(robots: readonly CityRobot[], bodies: BodiesFile, clock: Clock) {
    this.robots = robots;
    this.#bodies = bodies;
    this.#keeping = this.#keep(clock);
  }

  /** Enlists them where they are new, starts all and puts those into service that never were. */
  static async open(given: GarageOptions): Promise<Garage> {
    const { options, cloud, plan, clock, signal } = given;
    const root = join(options.dataDir, "robots");
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const bodies = new BodiesFile(join(root, "bodies.json"));
    const hasIdentity = (name: string): boolean => existsSync(join(root, name, "identity.json"));
    const enlisted = await enlist(cloud.platform, plan, { count: options.robots, hasIdentity });
    const settled = await Promise.allSettled(
      enlisted.map(async (one, index) => {
        const start = { ...given, dataDir: join(root, one.name), bodies };
        await using undo = new AsyncDisposableStack();
        const robot = undo.use(await (index < options.processRobots ? startProcess : startRobot)(one, start));
        await commission(cloud.platform, robot.robotId, { clock, signal });
        undo.move();
        return robot;
      }),
    );
    const robots = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = settled.find((one) => one.status === "rejected");
    if (!failed) return new Garage(robots, bodies, clock);
    await Promise.all(robots.map((robot) => robot[Symbol.asyncDispose]()));
    throw failed.reason;
  }

  get diagnosticsUrl(): string | null {
    return this.robots.find((robot) => robot instanceof ProcessRobot)?.diagnosticsUrl ?? null;
  }

  find(robotId: string): CityRobot | null {
    return this.robots.find((robot) => robot.robotId === robotId) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
    await Promise.all(this.robots.map((robot) => robot[Symbol.asyncDispose]()));
    this.#bodies.write(this.robots);
  }

  async #keep(clock: Clock): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#bodies.write(this.robots);
      await clock.sleep(keepEveryMs, signal).catch(() => undefined);
    }
  }
}

interface Start extends GarageOptions {
  readonly dataDir: string;
  readonly bodies: BodiesFile;
}

async function startRobot({ name, hubIndex, claimCode }: Enlisted, start: Start): Promise<CityRobot> {
  const { options, cloud, clock, signal, dataDir } = start;
  const lid = new SimLid({ clock });
  const body = makeBody(name, hubIndex, { ...start, lid: lid.body });
  const { onEvent } = options;
  return SimRobot.start(
    {
      name,
      claimCode,
      dataDir,
      cloud: cloud.address,
      body,
      lid,
      clock,
      rng: systemRng,
      onHappening: (happening) => onEvent({ type: "robot", name, happening }),
    },
    signal,
  );
}

async function startProcess({ name, hubIndex, claimCode }: Enlisted, start: Start): Promise<CityRobot> {
  const { options, cloud, clock, dataDir, signal } = start;
  const lid = await openLidLine(clock);
  const body = makeBody(name, hubIndex, { ...start, lid: lid.mechanism });
  const { diagnosticsPort, onEvent } = options;
  const onWords = (words: string): void => onEvent({ type: "robot_process", name, words });
  return ProcessRobot.start(
    { name, claimCode, dataDir, cloud: cloud.address, body, lid, clock, diagnosticsPort, onWords },
    signal,
  );
}

/** As it stood when the city stopped; a new one stands charged at its hub. */
function makeBody(
  name: string,
  hubIndex: number,
  { plan, bodies, chance, ...start }: Start & { lid: LidBody },
): RobotBody {
  const { options, clock, lid } = start;
  const stood = bodies.find(name);
  const rng = chance.fork(`body/${name}`);
  const levelPct = stood?.levelPct ?? Math.round(60 + 40 * unit(rng));
  const place = stood?.place ?? plan.hubs[hubIndex]?.place ?? plan.center;
  const chargers = plan.hubs.map((hub) => hub.place);
  if (stood?.hasGoods) lid.putGoods();
  return new RobotBody({ clock, rng, lid, place, levelPct, chargers, speedUp: options.speedUp });
}
