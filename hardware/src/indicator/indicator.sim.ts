import type { Indicator, IndicatorSignal } from "./indicator.ts";

/** Lights that people in the simulation can see. */
export class SimIndicator implements Indicator {
  readonly #watchers = new Set<(signal: IndicatorSignal) => void>();
  #signal: IndicatorSignal = "dark";

  show(signal: IndicatorSignal): void {
    this.#signal = signal;
    for (const watcher of this.#watchers) watcher(signal);
  }

  read(): IndicatorSignal {
    return this.#signal;
  }

  /** Calls for every signal shown, until the answered function is called. */
  watch(watcher: (signal: IndicatorSignal) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal = "dark";
    this.#watchers.clear();
  }
}
