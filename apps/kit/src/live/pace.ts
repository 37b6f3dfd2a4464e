import type { Clock } from "@kerbside/proto/base/clock";

/** Least time between two drawings of what changes without end. */
const defaultEveryMs = 250;

/** Does its work when asked: at once after a pause, else once the pause since the last time is long enough. */
export class Pace implements Disposable {
  readonly #clock: Clock;
  readonly #work: () => void;
  readonly #end = new AbortController();
  #doneAtMs = Number.NEGATIVE_INFINITY;
  #isPlanned = false;

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  ask(everyMs = defaultEveryMs): void {
    const waitMs = this.#doneAtMs + everyMs - this.#clock.monotonic();
    if (waitMs <= 0) this.#do();
    else if (!this.#isPlanned) this.#plan(waitMs);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  #plan(waitMs: number): void {
    this.#isPlanned = true;
    this.#clock.sleep(waitMs, this.#end.signal).then(
      () => this.#do(),
      () => undefined,
    );
  }

  #do(): void {
    this.#isPlanned = false;
    this.#doneAtMs = this.#clock.monotonic();
    this.#work();
  }
}
