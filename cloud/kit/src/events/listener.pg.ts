import type { Clock } from "@kerbside/proto/base/clock";
import { Client } from "pg";

/** The relay notifies it with the consumer's schema after each delivery. */
export const inboxChannel = "kerbside_inbox";

const againMs = 1_000;

/**
 * Hears of deliveries that another process made. Only for speed: whoever misses one finds the event at the next poll,
 * so a lost connection is simply made again.
 */
export class InboxListener implements AsyncDisposable {
  readonly #url: string;
  readonly #onDelivered: (schema: string) => void;
  readonly #over = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(url: string, onDelivered: (schema: string) => void) {
    this.#url = url;
    this.#onDelivered = onDelivered;
  }

  start(signal: AbortSignal, clock: Clock): void {
    this.#done = this.#listen(AbortSignal.any([signal, this.#over.signal]), clock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#done;
  }

  async #listen(signal: AbortSignal, clock: Clock): Promise<void> {
    while (!signal.aborted) {
      const client = new Client({
        connectionString: this.#url,
        application_name: "kerbside-bus-listener",
        connectionTimeoutMillis: 10_000,
      });
      const ended = new Promise<void>((resolve) => {
        client.on("end", resolve);
        client.on("error", () => resolve());
      });
      client.on("notification", ({ payload }) => this.#onDelivered(payload ?? ""));
      try {
        await client.connect();
        await client.query(`listen ${inboxChannel}`);
        await Promise.race([ended, aborted(signal)]);
      } catch {
        // The next try says the same in the log of whoever needs the database.
      }
      await client.end().catch(() => undefined);
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
