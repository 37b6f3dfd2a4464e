import type { Clock } from "@kerbside/proto/base/clock";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import { type Act, type Core, type CoreStep, type Input, startCore, step, withoutDecisions } from "./core/core.ts";
import { freshSafety } from "./core/safety-state.ts";
import type { Seals } from "./core/seals.ts";
import { certainMs, type Moment, startTrustedTime, trustedMs } from "./core/trusted-time.ts";
import type { Journal } from "./storage/journal.sqlite.ts";
import type { WorkStore } from "./storage/work.sqlite.ts";

export interface LoopOptions {
  readonly robotId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly seals: Seals;
  readonly journal: Pick<Journal, "safety" | "floorMs" | "entries" | "commit" | "touch">;
  readonly work: Pick<WorkStore, "work" | "robot" | "floorMs" | "mirror" | "commit">;
  readonly carryOut: (act: Act) => void;
  /** Called after every turn, when everything it decided is on the disk. */
  readonly onTurn: (turn: Turn) => void;
  /** The disk would not take what was decided; the lid stays shut until it does. */
  readonly onFault: (problem: Error) => void;
}

/** What a turn wrote, for those who carry it further. */
export interface Turn {
  readonly core: Core;
  readonly hasP0: boolean;
  readonly hasP1: boolean;
}

/** How often the certain time and waiting trims are written when nothing else is. */
const touchIntervalMs = 10 * 60_000;

/** Input by input: decide, write down, act. Inputs that come meanwhile wait their turn. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #waiting: Input[] = [];
  #core: Core;
  #isTurning = false;
  #touchedAtMs: number;

  constructor(options: LoopOptions) {
    this.#options = options;
    const { journal, work } = options;
    const now = this.moment();
    this.#touchedAtMs = now.monotonicMs;
    const time = startTrustedTime(Math.max(journal.floorMs, work.floorMs), now);
    const saved = {
      safety: journal.safety ?? freshSafety,
      ...(work.work && { work: work.work }),
      ...(work.robot && { robot: work.robot }),
    };
    this.#core = startCore({ ...saved, time }, work.mirror.rows());
  }

  get core(): Core {
    return this.#core;
  }

  moment(): Moment {
    const { clock } = this.#options;
    return { wallMs: clock.now(), monotonicMs: clock.monotonic() };
  }

  /** The time by which everything expires. */
  trustedMs(): number {
    return trustedMs(this.#core.time, this.moment());
  }

  feed(input: Input): void {
    this.#waiting.push(input);
    if (this.#isTurning) return;
    this.#isTurning = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#turn(next);
    } finally {
      this.#isTurning = false;
    }
  }

  /** Once a second: time passes, and what could not be written is tried again. */
  tick(): void {
    const { clock, journal } = this.#options;
    const isDue = clock.monotonic() - this.#touchedAtMs >= touchIntervalMs;
    if (this.#core.journalFault !== null || isDue) {
      const fault = this.#attempt(() => journal.touch(this.#times(this.#core)));
      this.#touchedAtMs = clock.monotonic();
      this.feed({ type: "journal", fault: fault?.message ?? null });
    }
    this.feed({ type: "tick" });
  }

  #turn(input: Input): void {
    const { robotId, seals, clock, rng, journal, work } = this.#options;
    const before = this.#core;
    const epoch = journal.entries.epoch;
    const newId = (): string => uuidV7(clock, rng);
    const made = step(before, input, { robotId, epoch, now: this.moment(), seals, newId });
    for (const act of made.urgent) this.#options.carryOut(act);
    const times = this.#times(made.core);
    const fault = this.#attempt(() => journal.commit(made.p0, made.core.safety, times));
    if (fault) {
      this.#core = withoutDecisions(before, made, fault.message);
      this.#refuseAloud(made.acts);
      return;
    }
    this.#core = made.core;
    this.#attempt(() =>
      work.commit(made.p1, {
        work: made.core.work,
        robot: made.core.robot,
        ...times,
        appliedP0Seq: journal.entries.head,
      }),
    );
    for (const act of made.acts) this.#options.carryOut(act);
    this.#options.onTurn(turnOf(made));
  }

  /** Whoever typed a code is told, although nothing was decided. */
  #refuseAloud(acts: readonly Act[]): void {
    for (const act of acts) {
      if (!("attemptId" in act)) continue;
      this.#options.carryOut({ type: "answer_pin", attemptId: act.attemptId, answer: "journal_unwritable" });
    }
  }

  #times(core: Core): { readonly eventMs: number; readonly floorMs: number } {
    const now = this.moment();
    return { eventMs: Math.round(trustedMs(core.time, now)), floorMs: Math.round(certainMs(core.time, now)) };
  }

  #attempt(write: () => void): Error | null {
    try {
      write();
      return null;
    } catch (problem) {
      const fault = problem instanceof Error ? problem : new Error(String(problem));
      this.#options.onFault(fault);
      return fault;
    }
  }
}

function turnOf(made: CoreStep): Turn {
  return { core: made.core, hasP0: made.p0.length > 0, hasP1: made.p1.length > 0 };
}
