import { type Link, LinkDown, type PublishOptions, type TakeMessage } from "@kerbside/sync/uplink";

/** The broker as the rest of the service sees it. */
export type Broker = Pick<Link, "isConnected" | "publish" | "subscribe" | "onChange">;

/** Connects only while the service runs; until then it is a link that is down, and remembers who wants to listen. */
export class GatewayBroker implements Broker {
  readonly #connect: () => Link;
  readonly #subscriptions = new Map<string, TakeMessage>();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #link: Link | null = null;

  constructor(connect: () => Link) {
    this.#connect = connect;
  }

  get isConnected(): boolean {
    return this.#link?.isConnected ?? false;
  }

  publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void> {
    return this.#link?.publish(topic, payload, options) ?? Promise.reject(new LinkDown(topic));
  }

  subscribe(filter: string, take: TakeMessage): void {
    this.#subscriptions.set(filter, take);
    this.#link?.subscribe(filter, take);
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends with the signal, after the last message was taken. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await using link = this.#connect();
    this.#link = link;
    for (const [filter, take] of this.#subscriptions) link.subscribe(filter, take);
    link.onChange((isConnected) => {
      for (const listener of this.#listeners) listener(isConnected);
    });
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    this.#link = null;
  }
}
