/** One connection to the broker, which comes back by itself. */
export interface Link extends AsyncDisposable {
  readonly isConnected: boolean;
  /**
   * QoS 1 resolves when the broker has it, QoS 0 when it is written. Rejects with `LinkDown` when there is no
   * connection or it breaks meanwhile; nothing is queued here.
   */
  publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Takes messages of a topic filter for as long as the link lives, across reconnects. One message after another: the
   * broker has its acknowledgement when `take` is done, so `take` must be quick, must not await a `publish` on this
   * same link, and must not throw for bad input. If it does throw, the connection is dropped.
   */
  subscribe(filter: string, take: TakeMessage): void;
  /** Hears of every connect, after the subscriptions are in place, and of every loss. Returns how to stop listening. */
  onChange(listener: (isConnected: boolean) => void): () => void;
  /** Breaks the connection without a goodbye, as a dead network or a pulled plug does. It comes back by itself. */
  sever(): void;
}

/** QoS 1 and not retained where silent. */
export interface PublishOptions {
  readonly qos?: 0 | 1;
  readonly retain?: boolean;
}

export type TakeMessage = (topic: string, payload: Uint8Array) => Promise<void> | void;

/** What the broker publishes for us when we vanish. */
export interface LastWill {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** There was no connection, or it broke before the broker had acknowledged. */
export class LinkDown extends Error {
  constructor(topic: string, cause?: unknown) {
    super(`no connection to the broker to publish on ${topic}`, { cause });
    this.name = "LinkDown";
  }
}

/** Whether a topic falls under a filter with `+` and `#` (MQTT 3.1.1, 4.7). */
export function matchesFilter(filter: string, topic: string): boolean {
  const parts = topic.split("/");
  const wanted = filter.split("/");
  for (const [index, part] of wanted.entries()) {
    if (part === "#") return true;
    if (parts[index] === undefined || (part !== "+" && part !== parts[index])) return false;
  }
  return parts.length === wanted.length;
}
