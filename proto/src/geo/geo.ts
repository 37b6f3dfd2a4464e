import type { Place } from "../base/place.ts";

/** Mean radius of the Earth (IUGG), metres. */
const earthRadiusM = 6_371_008.8;
const radians = Math.PI / 180;

/** Great-circle distance in metres (haversine). */
export function distanceM(a: Place, b: Place): number {
  const dLat = (b.lat - a.lat) * radians;
  const dLng = (b.lng - a.lng) * radians;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(dLng / 2) ** 2;
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Initial bearing from `a` to `b`, degrees clockwise from north in [0, 360). */
export function bearingDeg(a: Place, b: Place): number {
  const dLng = (b.lng - a.lng) * radians;
  const y = Math.sin(dLng) * Math.cos(b.lat * radians);
  const x =
    Math.cos(a.lat * radians) * Math.sin(b.lat * radians) -
    Math.sin(a.lat * radians) * Math.cos(b.lat * radians) * Math.cos(dLng);
  return (Math.atan2(y, x) / radians + 360) % 360;
}

/** The point `fraction` of the way from `a` to `b`; straight in degrees, exact enough below a kilometre. */
export function between(a: Place, b: Place, fraction: number): Place {
  return { lat: a.lat + (b.lat - a.lat) * fraction, lng: a.lng + (b.lng - a.lng) * fraction };
}

/** Length of a line in metres. */
export function lengthM(line: readonly Place[]): number {
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) {
    const a = line[i - 1];
    const b = line[i];
    if (a && b) sum += distanceM(a, b);
  }
  return sum;
}
