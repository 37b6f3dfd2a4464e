import { type LastWill, type Link, LinkDown, matchesFilter, type PublishOptions, type TakeMessage } from "./link.ts";

/** A broker in this process, with what ours have: retained messages, wills, session takeover, and sudden death. */
export class MemoryBroker {
  readonly #links = new Map<string, MemoryLink>();
  readonly #retained = new Map<string, Uint8Array>();

  connect(clientId: string, will?: () => LastWill): Link {
    const link = new MemoryLink(this, clientId, will);
    this.restore(link);
    return link;
  }

  /** Breaks a client's connection as a dead network does; `isBack` says whether it reconnects by itself. */
  cut(clientId: string, isBack = true): void {
    const link = this.#links.get(clientId);
    if (!link) return;
    this.#links.delete(clientId);
    const will = link.lose();
    if (will) this.route(will.topic, will.payload, true);
    if (isBack) queueMicrotask(() => this.restore(link));
  }

  restore(link: MemoryLink): void {
    if (link.isEnded) return;
    const other = this.#links.get(link.clientId);
    if (other && other !== link) this.cut(link.clientId, false);
    this.#links.set(link.clientId, link);
    link.gain();
  }

  forget(link: MemoryLink): void {
    if (this.#links.get(link.clientId) === link) this.#links.delete(link.clientId);
  }

  route(topic: string, payload: Uint8Array, retain: boolean): void {
    if (retain) this.#retained.set(topic, payload);
    for (const link of this.#links.values()) link.offer(topic, payload);
  }

  retainedFor(filter: string): readonly (readonly [string, Uint8Array])[] {
    return [...this.#retained].filter(([topic]) => matchesFilter(filter, topic));
  }
}

class MemoryLink implements Link {
  readonly clientId: string;
  readonly #broker: MemoryBroker;
  readonly #will: (() => LastWill) | undefined;
  readonly #subscriptions = new Map<string, TakeMessage>();
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #willNow: LastWill | undefined;
  #inbox: Promise<void> = Promise.resolve();
  #isConnected = false;
  isEnded = false;

  constructor(broker: MemoryBroker, clientId: string, will: (() => LastWill) | undefined) {
    this.#broker = broker;
    this.clientId = clientId;
    this.#will = will;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): Promise<void> {
    if (!this.#isConnected) throw new LinkDown(topic);
    this.#broker.route(topic, Uint8Array.from(payload), options.retain ?? false);
  }

  subscribe(filter: string, take: TakeMessage): void {
    this.#subscriptions.set(filter, take);
    if (this.#isConnected) this.#replay(filter);
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  sever(): void {
    this.#broker.cut(this.clientId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isEnded = true;
    this.#broker.forget(this);
    this.#change(false);
    await this.#inbox;
  }

  gain(): void {
    this.#willNow = this.#will?.();
    for (const filter of this.#subscriptions.keys()) this.#replay(filter);
    this.#change(true);
  }

  lose(): LastWill | undefined {
    this.#change(false);
    return this.#willNow;
  }

  offer(topic: string, payload: Uint8Array): void {
    for (const [filter, take] of this.#subscriptions) {
      if (matchesFilter(filter, topic)) this.#deliver(take, topic, payload);
    }
  }

  #replay(filter: string): void {
    const take = this.#subscriptions.get(filter);
    if (!take) return;
    for (const [topic, payload] of this.#broker.retainedFor(filter)) this.#deliver(take, topic, payload);
  }

  #deliver(take: TakeMessage, topic: string, payload: Uint8Array): void {
    this.#inbox = this.#inbox
      .then(() => (this.isEnded ? undefined : take(topic, payload)))
      .catch(() => this.#broker.cut(this.clientId));
  }

  #change(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    for (const listener of this.#listeners) listener(isConnected);
  }
}
