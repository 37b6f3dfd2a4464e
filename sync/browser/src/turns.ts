/** A shape as far as its claim to a connection is concerned. Times are monotonic milliseconds. */
export interface Claim {
  readonly isWanted: boolean;
  /** When its present stream began; null while it has none. */
  readonly streamingSinceMs: number | null;
  /** Whether its present stream has brought everything. */
  readonly isUpToDate: boolean;
  /** When it last had a stream, or was last wanted; the longest without goes first. */
  readonly idleSinceMs: number;
}

export interface TurnLimits {
  /** Live connections of all tabs together: browsers allow six an origin, and pages need the others. */
  readonly streamsMax: number;
  /** With more wanted shapes than streams, how long one keeps its stream once it is up to date. */
  readonly turnMs: number;
  /** When a stream that is never up to date must give way. */
  readonly turnMaxMs: number;
  /** How long a shape is followed after the last tab let go of it. */
  readonly lingerMs: number;
}

export interface Turns<Shape extends Claim> {
  readonly stop: readonly Shape[];
  readonly start: readonly Shape[];
  /** When to ask again, if nothing happens before; null when there is no need. */
  readonly nextMs: number | null;
}

/** Who gets a stream now: wanted shapes before lingering ones, and in turns when there are too many. */
export function takeTurns<Shape extends Claim>(
  shapes: readonly Shape[],
  nowMs: number,
  limits: TurnLimits,
): Turns<Shape> {
  const streaming = shapes.filter(({ streamingSinceMs }) => streamingSinceMs !== null);
  const waiting = shapes
    .filter(({ isWanted, streamingSinceMs }) => isWanted && streamingSinceMs === null)
    .sort((a, b) => a.idleSinceMs - b.idleSinceMs);
  const expired = streaming.filter((shape) => !shape.isWanted && nowMs >= shape.idleSinceMs + limits.lingerMs);
  const free = limits.streamsMax - streaming.length + expired.length;
  const displaced = streaming
    .filter((shape) => !expired.includes(shape) && nowMs >= endsAtMs(shape, limits))
    .sort((a, b) => Number(a.isWanted) - Number(b.isWanted) || sinceMs(a) - sinceMs(b))
    .slice(0, Math.max(0, waiting.length - free));
  const start = waiting.slice(0, free + displaced.length);
  const stop = [...expired, ...displaced];
  const kept = streaming.filter((shape) => !stop.includes(shape));
  return { stop, start, nextMs: nextMs(kept, { start, isContended: waiting.length > start.length, nowMs, limits }) };
}

/** When a stream may be taken away for another. */
function endsAtMs(shape: Claim, limits: TurnLimits): number {
  if (!shape.isWanted) return Number.NEGATIVE_INFINITY;
  return sinceMs(shape) + (shape.isUpToDate ? limits.turnMs : limits.turnMaxMs);
}

function sinceMs(shape: Claim): number {
  return shape.streamingSinceMs ?? 0;
}

function nextMs(
  kept: readonly Claim[],
  {
    start,
    isContended,
    nowMs,
    limits,
  }: { start: readonly Claim[]; isContended: boolean; nowMs: number; limits: TurnLimits },
): number | null {
  const lingering = kept.filter(({ isWanted }) => !isWanted).map(({ idleSinceMs }) => idleSinceMs + limits.lingerMs);
  const turns = isContended
    ? [
        ...kept.filter(({ isWanted }) => isWanted).map((shape) => endsAtMs(shape, limits)),
        ...start.map(() => nowMs + limits.turnMaxMs),
      ]
    : [];
  const due = [...lingering, ...turns];
  return due.length === 0 ? null : Math.min(...due);
}
