import { isSensed, type LidEdge, type LidEvent, type LidReading } from "./lid.ts";

/** How often the lid opened and the latch released between two readings, where the device counts. */
export interface EdgeCounts {
  readonly openings: number;
  readonly releases: number;
}

/** More than this between two readings is no person at a lid but a broken counter; only the net change is told then. */
const edgesMax = 8;

/**
 * What happened between two readings, oldest first. With counts, an opening that began and ended between them is told too.
 * A lid that opens needs its latch released before, so of two simultaneous edges that order is assumed.
 */
export function eventsBetween(
  before: LidReading,
  after: LidReading,
  counts: EdgeCounts = netCounts(before, after),
): LidEvent[] {
  if (!isSensed(after)) {
    if (isSensed(before)) return [{ type: "lost", reading: after }];
    return isSame(before, after) ? [] : [{ type: "changed", reading: after }];
  }
  if (!isSensed(before)) return [{ type: "recovered", reading: after }];
  const edges = edgesBetween(before, after, counts);
  if (edges.length > 0) return edges;
  return isSame(before, after) ? [] : [{ type: "changed", reading: after }];
}

/** The edges alone, both readings being sensed. */
export function edgesBetween(before: LidReading, after: LidReading, counts: EdgeCounts): LidEvent[] {
  const believed = counts.openings + counts.releases <= edgesMax / 2 ? counts : netCounts(before, after);
  const lid = alternate(
    "lid_opened",
    "lid_closed",
    before.position === "open",
    after.position === "open",
    believed.openings,
  );
  const latch = alternate(
    "latch_released",
    "latch_engaged",
    before.latch === "released",
    after.latch === "released",
    believed.releases,
  );
  const events: LidEvent[] = [];
  let { position, latch: bolt } = before;
  while (lid.length > 0 || latch.length > 0) {
    const latchFirst = lid.length === 0 || (lid[0] === "lid_opened" && bolt === "engaged" && latch.length > 0);
    const edge = latchFirst ? latch.shift() : lid.shift();
    if (!edge) break;
    if (edge === "lid_opened" || edge === "lid_closed") position = edge === "lid_opened" ? "open" : "closed";
    else bolt = edge === "latch_released" ? "released" : "engaged";
    events.push({ type: "edge", edge, reading: { ...after, position, latch: bolt } });
  }
  return events;
}

/** The alternating run from `wasOn` to `isOn` that switches on `times` times. */
function alternate(on: LidEdge, off: LidEdge, wasOn: boolean, isOn: boolean, times: number): LidEdge[] {
  const edges: LidEdge[] = [];
  let now = wasOn;
  let left = Math.max(times, !wasOn && isOn ? 1 : 0);
  while (left > 0 || now !== isOn) {
    if (!now) left -= 1;
    now = !now;
    edges.push(now ? on : off);
  }
  return edges;
}

function netCounts(before: LidReading, after: LidReading): EdgeCounts {
  return {
    openings: before.position === "closed" && after.position === "open" ? 1 : 0,
    releases: before.latch === "engaged" && after.latch === "released" ? 1 : 0,
  };
}

function isSame(a: LidReading, b: LidReading): boolean {
  return (
    a.position === b.position &&
    a.latch === b.latch &&
    a.goods === b.goods &&
    a.faults.join() === b.faults.join() &&
    a.isSettled === b.isSettled &&
    a.lastUnlatch?.hash === b.lastUnlatch?.hash &&
    a.lastUnlatch?.opened === b.lastUnlatch?.opened
  );
}
