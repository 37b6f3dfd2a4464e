import type { Clock } from "@kerbside/proto/base/clock";

export interface LaneOptions<Item> {
  readonly clock: Clock;
  /** How long the first of a group waits for company; 0 takes whoever came while the last group was on its way. */
  readonly gatherMs: number;
  readonly groupMax: number;
  /** Beyond so many waiting, whoever brings more has to wait too. */
  readonly roomMax: number;
  /** Must not throw: what cannot be committed is its business. */
  readonly commit: (group: readonly Item[]) => Promise<void>;
}

/** A bounded queue that is emptied in groups, one after another. */
export class Lane<Item> {
  readonly #options: LaneOptions<Item>;
  readonly #waiting: Item[] = [];
  #arrived = Promise.withResolvers<void>();
  #left = Promise.withResolvers<void>();
  #stopGathering: AbortController | null = null;

  constructor(options: LaneOptions<Item>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when the item has its place; that is the back-pressure. */
  async put(item: Item): Promise<void> {
    while (this.#waiting.length >= this.#options.roomMax) await this.#left.promise;
    this.#waiting.push(item);
    this.#arrived.resolve();
    if (this.#waiting.length >= this.#options.groupMax) this.#stopGathering?.abort();
  }

  /** Ends once the signal has aborted and nothing waits any more. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted || this.#waiting.length > 0) {
      if (this.#waiting.length === 0) await this.#arrived.promise;
      if (!signal.aborted) await this.#gather();
      const group = this.#waiting.splice(0, this.#options.groupMax);
      if (this.#waiting.length === 0 && !signal.aborted) this.#arrived = Promise.withResolvers<void>();
      this.#left.resolve();
      this.#left = Promise.withResolvers<void>();
      if (group.length > 0) await this.#options.commit(group);
    }
  }

  async #gather(): Promise<void> {
    const { clock, gatherMs, groupMax } = this.#options;
    if (gatherMs === 0 || this.#waiting.length >= groupMax) return;
    const enough = new AbortController();
    this.#stopGathering = enough;
    await clock.sleep(gatherMs, enough.signal).catch(() => undefined);
    this.#stopGathering = null;
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#stopGathering?.abort();
  }
}
