/** How old a value is, in words short enough for a table: `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 3) return "now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

export type Freshness = "fresh" | "stale" | "unknown";

/** A value is stale after twice the interval that its source declared, and unknown when it never came. */
export function freshness(measuredMs: number | null, intervalMs: number, nowMs: number): Freshness {
  if (measuredMs === null) return "unknown";
  return nowMs - measuredMs > Math.max(2 * intervalMs, staleFloorMs) ? "stale" : "fresh";
}

/** The way from robot to screen takes a moment; below this nothing is called stale. */
const staleFloorMs = 5_000;
