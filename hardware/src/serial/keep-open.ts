import type { Clock } from "@kerbside/proto/base/clock";

const backoffMs = { first: 100, max: 2_000 } as const;
/** A healthy line drains this in a tenth of a second; more than that waiting means that nobody reads. */
export const waitingBytesMax = 4_096;

/**
 * Opens a line again and again until the signal aborts. `once` lives as long as the line is open and answers whether it
 * was; one that was is tried again soon.
 */
export async function keepOpen(clock: Clock, signal: AbortSignal, once: () => Promise<boolean>): Promise<void> {
  let waitMs: number = backoffMs.first;
  while (!signal.aborted) {
    if (await once()) waitMs = backoffMs.first;
    await clock.sleep(waitMs, signal).catch(() => undefined);
    waitMs = Math.min(backoffMs.max, waitMs * 2);
  }
}
