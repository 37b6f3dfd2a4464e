import { ageText, freshness } from "./age.ts";
import { clockText } from "./local.browser.ts";
import { useNow } from "./use-now.browser.ts";

export interface AgeProps {
  /** When it was measured, milliseconds since 1970; null when it never was. */
  readonly atMs: number | null;
  /** How often its source means to speak; without it nothing is called stale. */
  readonly intervalMs?: number;
}

/** How old a value is. Says `stale` and `unknown` in words; the exact time is in its title. */
export function Age({ atMs, intervalMs = Number.POSITIVE_INFINITY }: AgeProps) {
  const nowMs = useNow();
  if (atMs === null) return <span className="kb-age kb-quiet">unknown</span>;
  const isStale = freshness(atMs, intervalMs, nowMs) === "stale";
  const text = ageText(nowMs - atMs);
  return (
    <time
      className={isStale ? "kb-age kb-tone-warn-text" : "kb-age kb-quiet"}
      dateTime={new Date(atMs).toISOString()}
      title={clockText(atMs)}
    >
      {isStale ? `stale · ${text}` : text}
    </time>
  );
}
