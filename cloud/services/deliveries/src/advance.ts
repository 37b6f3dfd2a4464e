import type { Place } from "@kerbside/proto/base/place";
import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { between, distanceM } from "@kerbside/proto/geo/geo";

/** How far a robot has come on its leg, and how fast it was lately. */
export interface Advance {
  readonly to: "pickup" | "dropoff";
  /** Metres of the leg that lie behind it. */
  readonly alongM: number;
  /** When the robot measured that. */
  readonly atMs: number;
  /** What it covered lately, in seconds of the map, and how many seconds that took. Kept from leg to leg. */
  readonly coveredS: number;
  readonly tookS: number;
}

/** A robot's place, as it measured it. */
export interface Sighting {
  readonly place: Place;
  readonly atMs: number;
}

/** Less than this between two sightings is standing, which tells nothing of the pace, metres. */
const standingM = 5;
/** A robot is not looked for further behind where it was last seen: positions waver by a few metres. */
const waverM = 30;
/** How many seconds of the map the pace is taken from. */
const memoryS = 600;
/** As many seconds of the map does what dispatch counts with weigh against what was measured. */
const planWeightS = 60;

/** The advance after one more sighting. A younger one is known already: then nothing changes. */
export function advanced(
  before: Advance | null,
  leg: RouteLeg & { readonly to: Advance["to"] },
  { place, atMs }: Sighting,
): Advance {
  if (before && before.atMs >= atMs) return before;
  const isSameLeg = before?.to === leg.to;
  const alongM = alongLine(leg.line, place, isSameLeg ? before.alongM - waverM : 0);
  const known = { to: leg.to, alongM, atMs, coveredS: before?.coveredS ?? 0, tookS: before?.tookS ?? 0 };
  if (!isSameLeg || alongM - before.alongM < standingM) return known;
  const coveredS = known.coveredS + ((alongM - before.alongM) / lineM(leg)) * leg.duration_s;
  const tookS = known.tookS + (atMs - before.atMs) / 1_000;
  const share = Math.min(1, memoryS / coveredS);
  return { ...known, coveredS: coveredS * share, tookS: tookS * share };
}

/** What is left of a leg, in seconds of the map. */
export function leftS(leg: RouteLeg, advance: Advance | null): number {
  const wholeM = lineM(leg);
  if (advance?.to !== leg.to || wholeM === 0) return leg.duration_s;
  return leg.duration_s * Math.max(0, 1 - advance.alongM / wholeM);
}

/** How many seconds the robot needs for one of the map: as planned, and the further it came the more as measured. */
export function measuredFactor(plannedFactor: number, advance: Advance | null): number {
  if (!advance) return plannedFactor;
  return (plannedFactor * planWeightS + advance.tookS) / (planWeightS + advance.coveredS);
}

function lineM({ line }: RouteLeg): number {
  return segmentsOf(line).reduce((sum, { lengthM }) => sum + lengthM, 0);
}

interface Segment {
  readonly from: Place;
  readonly to: Place;
  readonly lengthM: number;
}

function segmentsOf(line: RouteLeg["line"]): readonly Segment[] {
  const places = line.map(([lat, lng]) => ({ lat, lng }));
  return places.slice(1).map((to, index) => {
    const from = places[index] ?? to;
    return { from, to, lengthM: distanceM(from, to) };
  });
}

/** Two stretches closer to each other than this are told apart by order, metres: the earlier one comes first. */
const besideM = 10;

/** Where on the line the place is nearest, from a point of it onwards: a way may cross itself or lead back. */
function alongLine(line: RouteLeg["line"], place: Place, onwardsFromM: number): number {
  let nearest = { alongM: Math.max(0, onwardsFromM), apartM: Infinity };
  let beganM = 0;
  for (const { from, to, lengthM } of segmentsOf(line)) {
    const leastFraction = lengthM === 0 ? 0 : Math.max(0, (onwardsFromM - beganM) / lengthM);
    if (leastFraction <= 1) {
      const fraction = Math.max(leastFraction, nearestFraction(from, to, place));
      const apartM = distanceM(between(from, to, fraction), place);
      const isOnTheSame = beganM <= nearest.alongM + besideM;
      if (apartM < nearest.apartM - (isOnTheSame ? 0 : besideM)) {
        nearest = { alongM: beganM + fraction * lengthM, apartM };
      }
    }
    beganM += lengthM;
  }
  return nearest.alongM;
}

/** The fraction of the segment at which it is nearest to the place, on a plane: a segment is short. */
function nearestFraction(from: Place, to: Place, place: Place): number {
  const squeeze = Math.cos((from.lat * Math.PI) / 180);
  const x = (to.lng - from.lng) * squeeze;
  const y = to.lat - from.lat;
  const squared = x ** 2 + y ** 2;
  if (squared === 0) return 0;
  const dot = (place.lng - from.lng) * squeeze * x + (place.lat - from.lat) * y;
  return Math.min(1, Math.max(0, dot / squared));
}
