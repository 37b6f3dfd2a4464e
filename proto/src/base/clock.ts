/** The only source of now and of waiting. Integer milliseconds everywhere. */
export interface Clock {
  /** Wall time since 1970-01-01T00:00Z. May jump in either direction. */
  now(): number;
  /** Time since an arbitrary start. Never goes back. */
  monotonic(): number;
  /** Resolves after `durationMs` of monotonic time; rejects with the signal's reason when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
