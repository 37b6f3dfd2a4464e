import { Text, Tooltip } from "@mantine/core";
import { ageText, freshness } from "./age.ts";
import { clockText } from "./local.browser.ts";
import { useNow } from "./use-now.browser.ts";

export interface AgeProps {
  /** When it was measured, milliseconds since 1970; null when it never was. */
  readonly atMs: number | null;
  /** How often its source means to speak; without it nothing is called stale. */
  readonly intervalMs?: number;
}

/** How old a value is. Says `stale` and `unknown` in words; the exact time is in the tooltip. */
export function Age({ atMs, intervalMs = Number.POSITIVE_INFINITY }: AgeProps) {
  const nowMs = useNow();
  const state = freshness(atMs, intervalMs, nowMs);
  if (atMs === null) {
    return (
      <Text span size="sm" className="kb-quiet">
        unknown
      </Text>
    );
  }
  const text = ageText(nowMs - atMs);
  return (
    <Tooltip label={clockText(atMs)} withArrow>
      <Text
        span
        size="sm"
        className={state === "stale" ? "kb-tone-warn-text" : "kb-quiet"}
        style={{ whiteSpace: "nowrap" }}
      >
        {state === "stale" ? `stale · ${text}` : text}
      </Text>
    </Tooltip>
  );
}
