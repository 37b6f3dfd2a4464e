import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { type CloudAddress, type Happening, identify, RobotAgent } from "@kerbside/robot-agent";
import type { RobotBody } from "../body/robot-body.ts";
import { type Air, Relay } from "../network/relay.node.ts";

export interface SimRobotOptions {
  readonly name: string;
  /** Used the first time; later the folder knows who it is. */
  readonly claimCode: string | null;
  readonly dataDir: string;
  readonly cloud: CloudAddress;
  readonly body: RobotBody;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onHappening?: (happening: Happening) => void;
}

/** A robot of the city: a simulated body, the real agent in it, and a way to the cloud that can be cut. */
export class SimRobot implements AsyncDisposable {
  readonly name: string;
  readonly robotId: string;
  readonly body: RobotBody;
  readonly #http: Relay;
  readonly #mqtt: Relay;
  readonly #begin: () => RobotAgent;
  #agent: RobotAgent | null;

  private constructor(
    robotId: string,
    relays: { readonly http: Relay; readonly mqtt: Relay },
    options: SimRobotOptions & { readonly begin: () => RobotAgent },
  ) {
    this.name = options.name;
    this.robotId = robotId;
    this.body = options.body;
    this.#http = relays.http;
    this.#mqtt = relays.mqtt;
    this.#begin = options.begin;
    this.#agent = options.begin();
  }

  static async start(options: SimRobotOptions, signal: AbortSignal): Promise<SimRobot> {
    const { name, claimCode, dataDir, cloud, body, clock, rng, onHappening } = options;
    const http = await relayTo(cloud.httpUrl);
    const mqtt = await relayTo(cloud.mqttUrl);
    const near = { httpUrl: `http://127.0.0.1:${http.port}`, mqttUrl: `mqtt://127.0.0.1:${mqtt.port}` };
    const identity = await identify({ dataDir, httpUrl: near.httpUrl, claimCode, clock, rng }, signal);
    const begin = (): RobotAgent =>
      new RobotAgent({
        identity,
        dataDir,
        cloud: near,
        devices: body,
        clock,
        rng,
        software: `sim ${name}`,
        ...(onHappening && { onHappening }),
      });
    return new SimRobot(identity.robot_id, { http, mqtt }, { ...options, begin });
  }

  get agent(): RobotAgent | null {
    return this.#agent;
  }

  /** What the modem of this robot has. */
  setAir(air: Air): void {
    this.#http.set(air);
    this.#mqtt.set(air);
  }

  /** Power goes, and comes back: the motors stop, nobody says goodbye, and the program begins anew on the same disk. */
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
    await this.#http[Symbol.asyncDispose]();
    await this.#mqtt[Symbol.asyncDispose]();
  }
}

function relayTo(url: string): Promise<Relay> {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol.startsWith("mqtt") ? 1883 : 80;
  return Relay.to({ host: hostname, port: port === "" ? usual : Number(port) });
}
