import type { Clock } from "@kerbside/proto/base/clock";

export interface LaneOptions<Item> {
  readonly clock: Clock;
  /** How long the first of a group waits for company; 0 takes whoever came while the last group was on its way. */
  readonly gatherMs: number;
  readonly weightOf: (item: Item) => number;
  /** What goes together at most; a single item may be heavier. */
  readonly group: Load;
  /** With so much waiting, whoever brings more has to wait too. */
  readonly room: Load;
  /** Must not throw: what cannot be committed is its business. */
  readonly commit: (group: readonly Item[]) => Promise<void>;
}

export interface Load {
  readonly items: number;
  readonly weight: number;
}

/** A bounded queue that is emptied in groups, one after another. */
export class Lane<Item> {
  readonly #options: LaneOptions<Item>;
  readonly #waiting: Item[] = [];
  #weight = 0;
  /** When the first of those who wait came. */
  #sinceMs = 0;
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
    const { clock, room, group, weightOf } = this.#options;
    while (this.#holds(room)) await this.#left.promise;
    if (this.#waiting.length === 0) this.#sinceMs = clock.monotonic();
    this.#waiting.push(item);
    this.#weight += weightOf(item);
    this.#arrived.resolve();
    if (this.#holds(group)) this.#stopGathering?.abort();
  }

  /** Ends once the signal has aborted and nothing waits any more. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted || this.#waiting.length > 0) {
      if (this.#waiting.length === 0) await this.#arrived.promise;
      if (!signal.aborted) await this.#gather();
      const group = this.#takeGroup();
      if (this.#waiting.length === 0 && !signal.aborted) this.#arrived = Promise.withResolvers<void>();
      this.#left.resolve();
      this.#left = Promise.withResolvers<void>();
      if (group.length > 0) await this.#options.commit(group);
    }
  }

  #holds({ items, weight }: Load): boolean {
    return this.#waiting.length >= items || this.#weight >= weight;
  }

  #takeGroup(): readonly Item[] {
    const { group, weightOf } = this.#options;
    let weight = 0;
    let count = 0;
    for (const item of this.#waiting.slice(0, group.items)) {
      const more = weightOf(item);
      if (count > 0 && weight + more > group.weight) break;
      weight += more;
      count += 1;
    }
    this.#weight -= weight;
    return this.#waiting.splice(0, count);
  }

  async #gather(): Promise<void> {
    const { clock, gatherMs, group } = this.#options;
    const leftMs = gatherMs - (clock.monotonic() - this.#sinceMs);
    if (leftMs <= 0 || this.#holds(group)) return;
    const enough = new AbortController();
    this.#stopGathering = enough;
    await clock.sleep(leftMs, enough.signal).catch(() => undefined);
    this.#stopGathering = null;
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#stopGathering?.abort();
  }
}
