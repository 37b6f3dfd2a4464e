import type { Place } from "@kerbside/proto/base/place";
import { bearingDeg, between, distanceM } from "@kerbside/proto/geo/geo";

/** A route with the distance of every point from its start, metres. */
export interface Track {
  readonly points: readonly Place[];
  readonly atM: readonly number[];
  readonly lengthM: number;
}

/** How a body can move: along a straight, around a corner, gaining and losing speed. */
export interface Pace {
  readonly limitMps: number;
  readonly cornerMps: number;
  readonly gainMps2: number;
  readonly brakeMps2: number;
}

/** Kerb-side pace: a brisk walk, slow around corners, comfortable for a bowl of soup. */
export const kerbPace = { cornerMps: 0.6, gainMps2: 0.5, brakeMps2: 0.8 } as const;

/** A turn sharper than this is taken at the corner's pace. */
const cornerDeg = 40;

export function trackOf(route: readonly Place[]): Track {
  const atM: number[] = [];
  let lengthM = 0;
  route.forEach((point, index) => {
    const before = route[index - 1];
    if (before) lengthM += distanceM(before, point);
    atM.push(lengthM);
  });
  return { points: route, atM, lengthM };
}

/** Where one is after so many metres, and which way one looks. */
export function placeAt(track: Track, metres: number): { readonly place: Place; readonly headingDeg: number } {
  const index = Math.max(
    1,
    track.atM.findIndex((at) => at >= metres),
  );
  const [a, b] = [track.points[index - 1], track.points[index]];
  if (!a) throw new Error("a track needs at least one point");
  if (!b) return { place: a, headingDeg: 0 };
  const [from, to] = [track.atM[index - 1] ?? 0, track.atM[index] ?? 0];
  const fraction = to > from ? Math.min(1, Math.max(0, (metres - from) / (to - from))) : 1;
  return { place: between(a, b, fraction), headingDeg: bearingDeg(a, b) };
}

/** The metres at which a body that stands here joins the track: its nearest point. */
export function joinAt(track: Track, here: Place): number {
  let best = { metres: 0, offM: Number.POSITIVE_INFINITY };
  for (let index = 1; index < track.points.length; index += 1) {
    const [a, b] = [track.points[index - 1], track.points[index]];
    if (!a || !b) continue;
    const fraction = project(here, a, b);
    const offM = distanceM(here, between(a, b, fraction));
    const from = track.atM[index - 1] ?? 0;
    if (offM < best.offM) best = { metres: from + fraction * ((track.atM[index] ?? from) - from), offM };
  }
  return best.metres;
}

/** One step along a track: as fast as the pace allows and no faster than can be braked for what lies ahead. */
export function advance(
  track: Track,
  { metres, speedMps }: { readonly metres: number; readonly speedMps: number },
  { pace, seconds }: { readonly pace: Pace; readonly seconds: number },
): { readonly metres: number; readonly speedMps: number } {
  const wanted = Math.min(pace.limitMps, speedMps + pace.gainMps2 * seconds, allowed(track, metres, pace));
  const speed = Math.max(wanted, speedMps - pace.brakeMps2 * seconds, 0);
  const next = Math.min(track.lengthM, metres + ((speedMps + speed) / 2) * seconds);
  const isThere = track.lengthM - next < 0.05;
  return isThere ? { metres: track.lengthM, speedMps: 0 } : { metres: next, speedMps: Math.max(speed, 0.05) };
}

/** The speed from which everything ahead can still be braked for. */
function allowed(track: Track, metres: number, pace: Pace): number {
  const horizonM = pace.limitMps ** 2 / (2 * pace.brakeMps2) + 1;
  let speed = brakeable(0, track.lengthM - metres, pace);
  for (let index = 1; index < track.points.length - 1; index += 1) {
    const aheadM = (track.atM[index] ?? 0) - metres;
    if (aheadM < 0 || aheadM > horizonM || !isCorner(track, index)) continue;
    speed = Math.min(speed, brakeable(pace.cornerMps, aheadM, pace));
  }
  return speed;
}

function brakeable(toMps: number, withinM: number, { brakeMps2 }: Pace): number {
  return Math.sqrt(toMps ** 2 + 2 * brakeMps2 * Math.max(0, withinM));
}

function isCorner(track: Track, index: number): boolean {
  const [a, b, c] = [track.points[index - 1], track.points[index], track.points[index + 1]];
  if (!a || !b || !c) return false;
  const turn = Math.abs(bearingDeg(a, b) - bearingDeg(b, c));
  return Math.min(turn, 360 - turn) > cornerDeg;
}

/** How far along the segment the nearest point lies, 0 to 1; flat, exact enough for a segment. */
function project(here: Place, a: Place, b: Place): number {
  const east = Math.cos((a.lat * Math.PI) / 180);
  const [dx, dy] = [(b.lng - a.lng) * east, b.lat - a.lat];
  const [px, py] = [(here.lng - a.lng) * east, here.lat - a.lat];
  const square = dx * dx + dy * dy;
  return square === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / square));
}
