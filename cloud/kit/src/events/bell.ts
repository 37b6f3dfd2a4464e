import type { Clock } from "@kerbside/proto/base/clock";

/** Wakes one loop early. A ring that nobody waits for is heard at the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the ring or after the time, whichever comes first; rejects when aborted. */
  async heard(clock: Clock, withinMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#rung) {
      const over = new AbortController();
      const late = clock.sleep(withinMs, AbortSignal.any([signal, over.signal]));
      late.catch(() => undefined);
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await Promise.race([rung, late]);
      } finally {
        this.#wake = null;
        over.abort();
      }
    }
    this.#rung = false;
  }
}
