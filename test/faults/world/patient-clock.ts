import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";

/** A robot's clock, so that a lock-out of a minute is over at once. Whoever sleeps meanwhile sleeps on. */
export class PatientClock implements Clock {
  #skippedMs = 0;

  now(): number {
    return systemClock.now() + this.#skippedMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#skippedMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(durationMs, signal);
  }

  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }
}
