import type { CloudAddress } from "@kerbside/robot-agent";
import { type Air, Relay } from "./relay.node.ts";

/** One robot's modem: both of its ways to the cloud, which come and go together. */
export class Modem implements AsyncDisposable {
  readonly #http: Relay;
  readonly #mqtt: Relay;

  private constructor(http: Relay, mqtt: Relay) {
    this.#http = http;
    this.#mqtt = mqtt;
  }

  static async to(cloud: CloudAddress): Promise<Modem> {
    return new Modem(await relayTo(cloud.httpUrl), await relayTo(cloud.mqttUrl));
  }

  /** The cloud, as this robot reaches it. */
  get cloud(): CloudAddress {
    return { httpUrl: `http://127.0.0.1:${this.#http.port}`, mqttUrl: `mqtt://127.0.0.1:${this.#mqtt.port}` };
  }

  set(air: Air): void {
    this.#http.set(air);
    this.#mqtt.set(air);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
    await this.#mqtt[Symbol.asyncDispose]();
  }
}

function relayTo(url: string): Promise<Relay> {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol.startsWith("mqtt") ? 1883 : 80;
  return Relay.to({ host: hostname, port: port === "" ? usual : Number(port) });
}
