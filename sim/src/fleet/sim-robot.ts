import type { SimLid } from "@kerbside/hardware/lid/lid.sim";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { type CloudAddress, type Happening, identify, RobotAgent } from "@kerbside/robot-agent";
import type { RobotBody } from "../body/robot-body.ts";
import { Modem } from "../network/modem.node.ts";
import type { Air } from "../network/relay.node.ts";
import type { CityRobot } from "./city-robot.ts";

export interface SimRobotOptions {
  readonly name: string;
  /** Used the first time; later the folder knows who it is. */
  readonly claimCode: string | null;
  readonly dataDir: string;
  readonly cloud: CloudAddress;
  readonly body: RobotBody;
  /** The device of the body's lid. */
  readonly lid: SimLid;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onHappening?: (happening: Happening) => void;
}

/** A simulated body, the real agent in it in this process, and a way to the cloud that can be cut. */
export class SimRobot implements CityRobot {
  readonly name: string;
  readonly robotId: string;
  readonly body: RobotBody;
  readonly #modem: Modem;
  readonly #begin: () => RobotAgent;
  #agent: RobotAgent | null;

  private constructor(robotId: string, options: SimRobotOptions, parts: { modem: Modem; begin: () => RobotAgent }) {
    this.name = options.name;
    this.robotId = robotId;
    this.body = options.body;
    this.#modem = parts.modem;
    this.#begin = parts.begin;
    this.#agent = parts.begin();
  }

  static async start(options: SimRobotOptions, signal: AbortSignal): Promise<SimRobot> {
    const { name, claimCode, dataDir, body, lid, clock, rng, onHappening } = options;
    await using undo = new AsyncDisposableStack();
    const modem = undo.use(await Modem.to(options.cloud));
    const { cloud } = modem;
    const identity = await identify({ dataDir, httpUrl: cloud.httpUrl, claimCode, clock, rng }, signal);
    const { gnss, battery, estop, indicator, drive, keypad } = body;
    const devices = { lid, gnss, battery, estop, indicator, drive, keypad };
    const software = `sim ${name}`;
    const begin = (): RobotAgent =>
      new RobotAgent({ identity, dataDir, cloud, devices, clock, rng, software, ...(onHappening && { onHappening }) });
    const robot = new SimRobot(identity.robot_id, options, { modem, begin });
    undo.move();
    return robot;
  }

  /** Null between a crash and the next boot. */
  get agent(): RobotAgent | null {
    return this.#agent;
  }

  setAir(air: Air): void {
    this.#modem.set(air);
  }

  async reboot(): Promise<void> {
    await this.crash();
    this.#agent = this.#begin();
  }

  async crash(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    this.body.drive.hold();
    await agent?.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.body.drive.hold();
    await this.#agent?.[Symbol.asyncDispose]();
    await this.#modem[Symbol.asyncDispose]();
  }
}
