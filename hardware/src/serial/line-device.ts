import type { Clock } from "@kerbside/proto/base/clock";
import type { Line, LineListener, LineOptions } from "./line.ts";
import { openLine } from "./open-line.ts";

/** What a device does with its line. Called one at a time; must not throw. */
export interface LineDeviceParts extends LineListener {
  /** Called this often, whether the line is open or not. */
  readonly tickMs: number;
  tick(): void;
}

/** What every device at the end of a line has: the line, a beat, and those who hear of it. */
export class LineDevice<Told> implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #line: Line;
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #reopenedCount = 0;

  constructor(options: LineOptions, parts: LineDeviceParts) {
    this.#clock = options.clock;
    this.#line = openLine(options, parts);
    this.#running = this.#run(parts);
  }

  /** How often the line was open and dead, and was opened anew. */
  get reopenedCount(): number {
    return this.#reopenedCount;
  }

  write(bytes: Uint8Array): void {
    this.#line.write(bytes);
  }

  reopen(): void {
    this.#reopenedCount += 1;
    this.#line.reopen();
  }

  subscribe(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#stopping.abort();
    await this.#line[Symbol.asyncDispose]();
    await this.#running;
  }

  async #run(parts: LineDeviceParts): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.sleep(parts.tickMs, signal).catch(() => undefined);
      parts.tick();
    }
  }
}
