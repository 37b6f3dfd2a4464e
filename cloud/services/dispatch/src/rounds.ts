import type { Clock } from "@kerbside/proto/base/clock";
import type { Happenings } from "./happenings.ts";

/** What one round needs of the solver and of its hold on the work. */
export interface Work {
  /** True while this process is the one that solves. */
  hold(): Promise<boolean>;
  letGo(): Promise<void>;
  takeChanges(): Promise<boolean>;
  /** Answers when to solve again, if nothing happens before. */
  solve(): Promise<number>;
}

/** Changes that come within this time of each other are solved together. */
const gatherMs = 40;
/** How often the changes of other processes are looked for. */
const lookEveryMs = 1_000;
/** A change wakes us before its transaction has ended; it is looked for so often. */
const eagerLooksMax = 10;
/** Once one was found: others that woke us too may still be on their way. */
const looksAfterChange = 2;
const afterTroubleMs = { first: 500, max: 15_000 } as const;

/** Solves on every change, as long as it may. The first round of a start solves in any case. */
export class Rounds {
  readonly #work: Work;
  readonly #clock: Clock;
  readonly #happenings: Pick<Happenings, "troubled">;
  #wakeUp = new AbortController();
  #eagerLooks = 0;
  #dueMs = 0;
  #troubleMs = 0;

  constructor({ work, clock, happenings }: { work: Work; clock: Clock; happenings: Pick<Happenings, "troubled"> }) {
    this.#work = work;
    this.#clock = clock;
    this.#happenings = happenings;
  }

  /** Something is about to be different. */
  wake(): void {
    this.#eagerLooks = eagerLooksMax;
    this.#wakeUp.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#round();
        this.#troubleMs = 0;
      } catch (error) {
        this.#happenings.troubled(null, error);
        this.#troubleMs = Math.min(afterTroubleMs.max, Math.max(afterTroubleMs.first, this.#troubleMs * 2));
      }
      await this.#rest(signal);
    }
    await this.#work.letGo();
  }

  async #round(): Promise<void> {
    if (!(await this.#work.hold())) return;
    const hasChanged = await this.#work.takeChanges();
    if (hasChanged) {
      this.#eagerLooks = Math.min(this.#eagerLooks, looksAfterChange);
      // What was taken is gone: until it is solved, it stays due.
      this.#dueMs = 0;
    }
    if (this.#clock.now() < this.#dueMs) return;
    this.#dueMs = await this.#work.solve();
  }

  /** Until something wakes us, is due, or may have changed elsewhere. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#troubleMs > 0) return this.#sleep(this.#troubleMs, signal);
    if (this.#eagerLooks > 0) {
      this.#eagerLooks -= 1;
      return this.#sleep(gatherMs, signal);
    }
    this.#wakeUp = new AbortController();
    const untilDueMs = Math.max(gatherMs, this.#dueMs - this.#clock.now());
    await this.#sleep(Math.min(lookEveryMs, untilDueMs), AbortSignal.any([signal, this.#wakeUp.signal]));
    if (this.#wakeUp.signal.aborted) await this.#sleep(gatherMs, signal);
  }

  /** Being woken is not a failure. */
  async #sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(durationMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
