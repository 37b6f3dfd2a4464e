import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createClient } from "@kerbside/proto/base/client.http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import type { Fact } from "@kerbside/proto/robot/journal";
import { topics } from "@kerbside/proto/robot/topics";
import { assertionAudience, deviceRoutes } from "@kerbside/proto/routes/device";
import {
  chainNext,
  chainStart,
  MqttLink,
  type Outbox,
  type OutboxRun,
  packLink,
  Uplink,
  unpackSigned,
} from "@kerbside/sync/uplink";
import { HeartbeatStream } from "./heartbeat-stream.ts";

/**
 * A robot without body and disk: the real uplink with a real key, its journal in memory. It carries out whatever it is
 * ordered at once, so what is timed with it is the cloud and the way there.
 */
export class BenchRobot implements AsyncDisposable {
  readonly id: string;
  readonly link: MqttLink;
  readonly #uplink: Uplink;
  readonly heartbeats: HeartbeatStream;
  readonly #journal = new MemoryJournal();

  private constructor(id: string, token: string, { mqttUrl, key }: { mqttUrl: string; key: RobotKey }) {
    this.id = id;
    const bootId = randomUUID();
    const credentials = async () => ({ username: id, password: token });
    this.link = new MqttLink({ url: mqttUrl, clientId: id, credentials, clock: systemClock, rng: systemRng });
    this.heartbeats = new HeartbeatStream({ robotId: id, bootId, link: this.link, sign: key.sign });
    this.#uplink = new Uplink({
      robotId: id,
      bootId,
      link: this.link,
      outboxes: [this.#journal],
      sign: key.sign,
      clock: systemClock,
      rng: systemRng,
      onReport: () => undefined,
    });
    this.link.onChange((isConnected) => {
      const word = packLink({ v: 1, state: "online", boot_id: bootId, at: Date.now() });
      if (isConnected) void this.link.publish(topics.link(id), word, { retain: true });
    });
  }

  /** Enrols with a claim code, fetches a token and connects. */
  static async enrol(
    claimCode: string,
    cloud: { readonly url: string; readonly mqttUrl: string },
  ): Promise<BenchRobot> {
    const key = newKey();
    const devices = createClient(deviceRoutes, { baseUrl: cloud.url });
    const { robot_id } = await devices.enrolRobot({ body: { claim_code: claimCode, public_key: key.publicKey } });
    const { token } = await devices.issueRobotToken({ body: { assertion: assertionOf(robot_id, key) } });
    const robot = new BenchRobot(robot_id, token, { mqttUrl: cloud.mqttUrl, key });
    await robot.#connected();
    return robot;
  }

  /** From now on every command succeeds: first the intent is told, then the result, as the agent does. */
  obey(): void {
    this.link.subscribe(topics.command(this.id), (_topic, payload) => {
      const signed = unpackSigned(payload);
      if (!signed.ok) throw new Error(`a command that cannot be read: ${signed.error.detail}`);
      const { command_id, kind } = JSON.parse(Buffer.from(signed.value.payload, "base64").toString());
      this.#record(
        { type: "command_received", body: { command_id, road: "mqtt" } },
        { type: "command_intended", body: { command_id, kind } },
      );
      const done = { command_id, outcome: "succeeded", detail: null, reconciled: false } as const;
      this.#record({ type: "command_finished", body: done });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#uplink[Symbol.dispose]();
    await this.link[Symbol.asyncDispose]();
  }

  #record(...facts: readonly Omit<Fact, "actor">[]): void {
    const actor = { kind: "robot", id: this.id };
    for (const fact of facts) {
      this.#journal.append({ ...fact, seq: this.#journal.head + 1, event_time: Date.now(), actor });
    }
    this.#uplink.appended("p0");
  }

  async #connected(): Promise<void> {
    const untilMs = Date.now() + 10_000;
    while (!this.link.isConnected) {
      if (Date.now() > untilMs) throw new Error(`robot ${this.id} did not reach the broker within 10 s`);
      await systemClock.sleep(5);
    }
  }
}

/** The P0 journal in memory, with its chain. */
class MemoryJournal implements Outbox {
  readonly stream = "p0";
  readonly epoch = Date.now();
  acked = 0;
  #kept: { readonly entry: unknown; readonly chain: string }[] = [];
  #chain = chainStart;

  get head(): number {
    return this.acked + this.#kept.length;
  }

  append(entry: unknown): void {
    this.#chain = chainNext(this.#chain, JSON.stringify(entry));
    this.#kept.push({ entry, chain: this.#chain });
  }

  read(fromSeq: number): OutboxRun | null {
    const run = this.#kept.slice(fromSeq - 1 - this.acked);
    const last = run.at(-1);
    if (!last) return null;
    const entries = run.map(({ entry }) => entry);
    return { firstSeq: fromSeq, lastSeq: fromSeq + run.length - 1, chainHead: last.chain, entries };
  }

  trim(upTo: number): void {
    this.#kept = this.#kept.slice(upTo - this.acked);
    this.acked = upTo;
  }
}

interface RobotKey {
  readonly publicKey: string;
  readonly sign: (text: string) => string;
}

function newKey(): RobotKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("base64"),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64"),
  };
}

function assertionOf(robotId: string, key: RobotKey): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: robotId, sub: robotId, aud: assertionAudience, iat, exp: iat + 60, jti: randomUUID() };
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${Buffer.from(key.sign(text), "base64").toString("base64url")}`;
}
