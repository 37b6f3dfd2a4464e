import type { Tone } from "@kerbside/proto/states/table";
import { Skeleton, Stack, Text } from "@mantine/core";
import { clockText } from "../time/local.browser.ts";
import "./timeline.css";

export interface TimelineItem {
  readonly key: string;
  /** When it happened, milliseconds since 1970. */
  readonly atMs: number;
  /** When we learned of it; said where it was much later. */
  readonly learnedMs: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Learned later than this after the fact is worth a word. */
const lateMs = 15_000;

/** What happened, newest first. `items` null while it is being read. */
export function Timeline({
  items,
  problem,
  empty,
}: {
  readonly items: readonly TimelineItem[] | null;
  readonly problem: string | null;
  readonly empty: string;
}) {
  if (items === null) {
    return problem === null ? (
      <Stack gap="xs" aria-label="Loading">
        {[1, 2, 3].map((line) => (
          <Skeleton key={line} height={18} />
        ))}
      </Stack>
    ) : (
      <Text size="sm" role="alert">
        {problem}
      </Text>
    );
  }
  if (items.length === 0) {
    return (
      <Text size="sm" className="kb-quiet">
        {empty}
      </Text>
    );
  }
  return (
    <ol className="kb-timeline">
      {items.map(({ key, atMs, learnedMs, text, tone }) => (
        <li key={key} data-tone={tone}>
          <time className="kb-timeline-time" dateTime={new Date(atMs).toISOString()}>
            {clockText(atMs)}
          </time>
          <span>
            {text}
            {learnedMs - atMs > lateMs && (
              <span className="kb-quiet kb-timeline-late">learned at {clockText(learnedMs)}</span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
