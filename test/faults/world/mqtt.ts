import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { until } from "./world.ts";

/** A client of the broker that does not come back by itself. */
export class Wire implements AsyncDisposable {
  /** Why the broker did not let it in; null when it did. */
  readonly refusal: string | null;
  /** What came, by topic. */
  readonly received: { readonly topic: string; readonly payload: Buffer }[] = [];
  readonly #client: MqttClient;

  constructor(client: MqttClient, refusal: string | null) {
    this.#client = client;
    this.refusal = refusal;
    client.on("message", (topic, payload) => this.received.push({ topic, payload }));
    client.on("error", () => undefined);
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  get messages(): readonly string[] {
    return this.received.map(({ payload }) => payload.toString("latin1"));
  }

  /** Whether the broker granted it. */
  async subscribe(topic: string): Promise<boolean> {
    try {
      const granted = await this.#client.subscribeAsync(topic, { qos: 1 });
      return granted.every(({ qos }) => qos < 128);
    } catch {
      return false;
    }
  }

  /** Whether the broker took it: where it may not be said, MQTT 3.1.1 has only silence or a closed connection. */
  async publish(topic: string, payload: string | Buffer): Promise<boolean> {
    const closed = Promise.withResolvers<boolean>();
    const onClose = (): void => closed.resolve(false);
    this.#client.once("close", onClose);
    const said = this.#client.publishAsync(topic, payload, { qos: 1 }).then(
      () => true,
      () => false,
    );
    const outcome = await Promise.race([said, closed.promise]);
    this.#client.removeListener("close", onClose);
    return outcome;
  }

  /** Bytes as they are, past the client that would not send them; true when the broker closed the connection for it. */
  async isClosedFor(bytes: Buffer): Promise<boolean> {
    const closed = Promise.withResolvers<void>();
    this.#client.once("close", closed.resolve);
    this.#client.stream.write(bytes);
    const stays = this.subscribe("a/question/that/is/answered").then(() => false);
    return Promise.race([stays, closed.promise.then(() => true)]);
  }

  async heard(words: string): Promise<void> {
    await until(async () => this.messages.includes(words), `somebody said “${words}”`);
  }

  /** Without a goodbye, so that the last will is read. */
  vanish(): void {
    this.#client.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

export function wireTo(url: string, options: IClientOptions): Promise<Wire> {
  const client = connect(url, { reconnectPeriod: 0, connectTimeout: 5_000, ...options });
  return new Promise((resolve) => {
    client.once("connect", () => resolve(new Wire(client, null)));
    client.once("error", (error) => resolve(new Wire(client, error.message)));
    client.once("close", () => resolve(new Wire(client, "closed")));
  });
}
