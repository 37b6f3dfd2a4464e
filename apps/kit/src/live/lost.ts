import type { ShapeStatus } from "@kerbside/sync/browser";

/**
 * A shape in which nothing happens is told by its next long poll that the server is back. Until then another shape that
 * came back speaks for it.
 */
const pollMs = 25_000;

/** What of a page is not live now, and has nobody to speak for it; null when all is well. */
export function lostOf(statuses: readonly (ShapeStatus | null)[], nowMs: number): ShapeStatus | null {
  return (
    statuses.find(
      (status) => status?.state === "lost" && !statuses.some((other) => other && speaksFor(other, status, nowMs)),
    ) ?? null
  );
}

function speaksFor(other: ShapeStatus, lost: ShapeStatus, nowMs: number): boolean {
  return (
    lost.reason === "unreachable" &&
    other.state === "live" &&
    other.sinceMs >= lost.sinceMs &&
    nowMs - other.sinceMs < pollMs
  );
}
