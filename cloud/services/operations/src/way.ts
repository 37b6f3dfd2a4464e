import type { Place } from "@kerbside/proto/base/place";
import { distanceM, lengthM } from "@kerbside/proto/geo/geo";
import type { StopKind } from "@kerbside/proto/robot/mission";

/** One leg of a planned way; the next begins where it ends. */
export interface Leg {
  readonly to: StopKind;
  readonly line: readonly Place[];
}

/** Somewhere on a planned way: on the leg to a stop, near a place. */
export interface Spot {
  readonly leg: StopKind;
  readonly place: Place;
}

/** Closer than this a robot counts as being there, metres. */
export const thereM = 50;

/** Along the plan, from the spot to the end of the leg that leads to the stop. Null where the plan leads elsewhere. */
export function onward(legs: readonly Leg[], spot: Spot, to: StopKind): readonly Place[] | null {
  const first = legs.findIndex((leg) => leg.to === spot.leg);
  const last = legs.findIndex((leg) => leg.to === to);
  if (first < 0 || last < first) return null;
  const rest = legs.slice(first + 1, last + 1).flatMap((leg) => leg.line);
  return withoutRepeats([...after(legs[first]?.line ?? [], spot.place), ...rest]);
}

/** The same way back, from the spot to where the leg after that stop began; with null, to where the plan began. */
export function backward(legs: readonly Leg[], spot: Spot, to: StopKind | null): readonly Place[] | null {
  const first = legs.findIndex((leg) => leg.to === spot.leg);
  const last = to === null ? 0 : legs.findIndex((leg) => leg.to === to) + 1;
  if (first < 0 || (to !== null && last === 0) || last > first) return null;
  const before = legs.slice(last, first).flatMap((leg) => leg.line);
  const way = [...before, ...upTo(legs[first]?.line ?? [], spot.place)];
  return withoutRepeats(way.toReversed());
}

/**
 * The shortest way to the hub that is known to be walkable: on along the plan, or back on it if it began at the hub.
 * Straight where nothing is known.
 */
export function wayToHub(legs: readonly Leg[], spot: Spot, hub: Place): readonly Place[] {
  const start = legs[0]?.line[0];
  const isFromHub = start !== undefined && distanceM(start, hub) <= thereM;
  const ways = [onward(legs, spot, "hub"), isFromHub ? backward(legs, spot, null) : null];
  return shortest(ways) ?? [spot.place, hub];
}

/** The way back to the store. Straight where nothing is known. */
export function wayToStore(legs: readonly Leg[], spot: Spot, store: Place): readonly Place[] {
  return backward(legs, spot, "pickup") ?? [spot.place, store];
}

function shortest(ways: readonly (readonly Place[] | null)[]): readonly Place[] | null {
  let best: readonly Place[] | null = null;
  for (const way of ways) if (way && (!best || lengthM(way) < lengthM(best))) best = way;
  return best;
}

/** From the place to the end of the line, by the point of the line that is nearest to it. */
function after(line: readonly Place[], place: Place): readonly Place[] {
  return [place, ...line.slice(nearestIndex(line, place))];
}

function upTo(line: readonly Place[], place: Place): readonly Place[] {
  return [...line.slice(0, nearestIndex(line, place) + 1), place];
}

function nearestIndex(line: readonly Place[], place: Place): number {
  let nearest = 0;
  let leastM = Infinity;
  line.forEach((point, index) => {
    const apartM = distanceM(point, place);
    if (apartM < leastM) {
      leastM = apartM;
      nearest = index;
    }
  });
  return nearest;
}

function withoutRepeats(way: readonly Place[]): readonly Place[] {
  return way.filter((point, index) => {
    const before = way[index - 1];
    return !before || before.lat !== point.lat || before.lng !== point.lng;
  });
}
