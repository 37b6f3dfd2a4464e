import type { Clock } from "@kerbside/proto/base/clock";

/** How much a partner may ask: so many requests at once, and so many a second for as long as it likes. */
export interface Rate {
  readonly burst: number;
  readonly perS: number;
}

/** Callers that are remembered; the ones longest silent are forgotten first, which only forgives them. */
const callersMax = 10_000;

/** The generic cell rate algorithm (ITU-T I.371): one number for each caller says when its requests so far are paid for. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #aheadMaxMs: number;
  readonly #paidUntilMs = new Map<string, number>();

  constructor({ burst, perS }: Rate, clock: Clock) {
    this.#clock = clock;
    this.#intervalMs = 1_000 / perS;
    this.#aheadMaxMs = (burst - 1) * this.#intervalMs;
  }

  /** Takes one request. Answers the milliseconds that it has to wait: 0 when it may go on. */
  take(caller: string): number {
    const nowMs = this.#clock.monotonic();
    const paidUntilMs = Math.max(nowMs, this.#paidUntilMs.get(caller) ?? nowMs);
    const waitMs = paidUntilMs - nowMs - this.#aheadMaxMs;
    if (waitMs > 0) return waitMs;
    this.#paidUntilMs.delete(caller);
    this.#paidUntilMs.set(caller, paidUntilMs + this.#intervalMs);
    const [longestSilent] = this.#paidUntilMs.keys();
    if (this.#paidUntilMs.size > callersMax && longestSilent !== undefined) this.#paidUntilMs.delete(longestSilent);
    return 0;
  }
}
