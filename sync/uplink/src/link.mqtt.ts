import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import { type IPublishPacket, MqttClient } from "mqtt";
import { type LastWill, type Link, LinkDown, matchesFilter, type PublishOptions, type TakeMessage } from "./link.ts";

export interface MqttLinkOptions {
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  readonly url: string;
  readonly clientId: string;
  /** Asked before every connect, so that a short-lived token is always fresh. */
  readonly credentials?: (signal: AbortSignal) => Promise<{ readonly username: string; readonly password: string }>;
  /** Asked before every connect, so that it carries the time of it. Published retained. */
  readonly will?: () => LastWill;
  /** 4 (MQTT 3.1.1) is what every broker speaks and the protocol above needs; 5 tells of denied publishes. */
  readonly protocolVersion?: 4 | 5;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Hears why a connection failed or broke. */
  readonly onProblem?: (problem: Error) => void;
}

const keepaliveS = 5;
const connectTimeoutMs = 10_000;
const backoffMs = { first: 500, max: 30_000 } as const;

/**
 * mqtt.js with what its defaults leave out: no delay on the socket (Nagle's algorithm costs 44–88 ms a round trip),
 * a fresh token at every reconnect, and the acknowledgement to the broker only after the message was taken.
 * Each connection is a clean session and a client object of its own; nothing of the last one is re-sent behind our back.
 */
export class MqttLink implements Link {
  readonly #options: MqttLinkOptions;
  readonly #subscriptions = new Map<string, TakeMessage>();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #client: MqttClient | null = null;
  #isConnected = false;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    const client = this.#client;
    if (!client || !this.#isConnected) return Promise.reject(new LinkDown(topic));
    return new Promise((resolve, reject) => {
      const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      client.publish(topic, body, { qos: options.qos ?? 1, retain: options.retain ?? false }, (problem) => {
        if (problem) reject(new LinkDown(topic, problem));
        else resolve();
      });
    });
  }

  subscribe(filter: string, take: TakeMessage): void {
    this.#subscriptions.set(filter, take);
    const client = this.#client;
    if (client && this.#isConnected) subscribeAll(client, [filter]).catch(() => client.stream.destroy());
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  sever(): void {
    this.#client?.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, rng } = this.#options;
    for (let attempt = 0; !this.#end.signal.aborted; attempt += 1) {
      const wasConnected = await this.#connectOnce().catch((problem: unknown) => this.#tell(problem));
      if (wasConnected) attempt = 0;
      const waitMs = Math.min(backoffMs.max, backoffMs.first * 2 ** attempt) * (0.5 + unit(rng) / 2);
      await clock.sleep(waitMs, this.#end.signal).catch(() => undefined);
    }
  }

  /** Lives as long as the connection; says whether there was one. */
  async #connectOnce(): Promise<boolean> {
    const signal = this.#end.signal;
    const credentials = await this.#options.credentials?.(signal);
    if (signal.aborted) return false;
    const client = this.#open(credentials);
    const closed = Promise.withResolvers<void>();
    client.on("close", closed.resolve);
    client.on("error", (problem) => this.#tell(problem));
    const goodbye = (): void => void client.end(!this.#isConnected);
    signal.addEventListener("abort", goodbye, { once: true });
    client.on("connect", () => {
      subscribeAll(client, [...this.#subscriptions.keys()]).then(
        () => this.#change(true),
        (problem: unknown) => {
          this.#tell(problem);
          client.stream.destroy();
        },
      );
    });
    await closed.promise;
    signal.removeEventListener("abort", goodbye);
    const wasConnected = this.#isConnected;
    this.#change(false);
    this.#client = null;
    client.end(true);
    return wasConnected;
  }

  #open(credentials: { readonly username: string; readonly password: string } | undefined): MqttClient {
    const will = this.#options.will?.();
    const client = new MqttClient(() => openSocket(new URL(this.#options.url)), {
      clientId: this.#options.clientId,
      ...credentials,
      ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
      protocolVersion: this.#options.protocolVersion ?? 4,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      clean: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // 65,536 small buffers, 7 MB of a robot's memory, to save a robot's few messages some nanoseconds each.
      writeCache: false,
    });
    client.handleMessage = (packet, done) => void this.#take(client, packet, done);
    this.#client = client;
    return client;
  }

  async #take(client: MqttClient, packet: unknown, done: (problem?: Error) => void): Promise<void> {
    try {
      if (isPublish(packet)) {
        const payload = packet.payload;
        await this.#dispatch(packet.topic, typeof payload === "string" ? Buffer.from(payload) : payload);
      }
      done();
    } catch (problem) {
      this.#tell(problem);
      client.stream.destroy();
    }
  }

  async #dispatch(topic: string, payload: Uint8Array): Promise<void> {
    for (const [filter, take] of this.#subscriptions) if (matchesFilter(filter, topic)) await take(topic, payload);
  }

  #change(isConnected: boolean): void {
    if (isConnected === this.#isConnected || (isConnected && this.#end.signal.aborted)) return;
    this.#isConnected = isConnected;
    for (const listener of this.#listeners) listener(isConnected);
  }

  #tell(problem: unknown): false {
    this.#options.onProblem?.(problem instanceof Error ? problem : new Error(String(problem)));
    return false;
  }
}

function openSocket(url: URL): Socket {
  const isTls = url.protocol === "mqtts:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (isTls ? 8883 : 1883);
  const socket = isTls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  return socket.setNoDelay(true);
}

function isPublish(packet: unknown): packet is IPublishPacket {
  return typeof packet === "object" && packet !== null && "cmd" in packet && packet.cmd === "publish";
}

async function subscribeAll(client: MqttClient, filters: readonly string[]): Promise<void> {
  if (filters.length === 0) return;
  const granted = await client.subscribeAsync([...filters], { qos: 1 });
  const denied = granted.find((grant) => grant.qos >= 128);
  if (denied) throw new Error(`the broker denied the subscription to ${denied.topic}`);
}
