/** How often a consumer is tried with one event before the event is parked for a human. */
export const triesMax = 10;

const firstMs = 100;
const longestMs = 60_000;

/** The pause after the n-th failed try: 0.1 s, 0.3 s, 0.9 s … at most a minute. All tries together take four minutes. */
export function pauseMs(tries: number): number {
  return Math.min(longestMs, firstMs * 3 ** Math.max(0, tries - 1));
}
