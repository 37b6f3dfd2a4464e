import type { Clock } from "./clock.ts";

/** Rings once when its time has come; setting it again moves it. For what is due at a computed moment. */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #dueMs: number | null = null;
  #sleep: AbortController | null = null;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Monotonic milliseconds, or null for never. */
  set(dueMs: number | null): void {
    if (dueMs === this.#dueMs) return;
    this.#sleep?.abort();
    this.#dueMs = dueMs;
    if (dueMs === null) return;
    const sleep = new AbortController();
    this.#sleep = sleep;
    void this.#wait(dueMs, sleep.signal);
  }

  [Symbol.dispose](): void {
    this.set(null);
  }

  async #wait(dueMs: number, signal: AbortSignal): Promise<void> {
    const isDue = await this.#clock.sleep(Math.max(0, dueMs - this.#clock.monotonic()), signal).then(
      () => true,
      () => false,
    );
    if (!isDue || signal.aborted) return;
    this.#dueMs = null;
    this.#ring();
  }
}
