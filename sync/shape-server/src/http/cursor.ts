import { below, type Rng } from "@kerbside/proto/base/rng";

const cursorEpochMs = Date.UTC(2024, 9, 9);
const jumpS = 3_600;

/**
 * The next `electric-cursor`: seconds since 2024-10-09 rounded up to the poll's length, so that clients who ask together
 * share a URL. Always greater than the one received, or a cache could answer the same poll for ever.
 */
export function nextCursor(received: string | null, nowMs: number, pacing: { pollMs: number; rng: Rng }): string {
  const pollS = Math.floor(pacing.pollMs / 1_000);
  const seconds = Math.ceil((nowMs - cursorEpochMs) / 1_000);
  const aligned = pollS < 1 ? 0 : Math.ceil(seconds / pollS) * pollS;
  const last = received !== null && /^\d{1,15}$/.test(received) ? Number(received) : -1;
  return String(aligned > last ? aligned : last + 1 + below(pacing.rng, jumpS));
}
