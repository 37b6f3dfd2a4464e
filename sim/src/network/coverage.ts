import type { Place } from "@kerbside/proto/base/place";
import { below, type Rng, unit } from "@kerbside/proto/base/rng";
import { distanceM } from "@kerbside/proto/geo/geo";

/** A place without a cell: under a bridge, in a yard. */
export interface DeadZone {
  readonly center: Place;
  readonly radiusM: number;
}

/** Draws dead zones over the box around these places. */
export function drawDeadZones(rng: Rng, around: readonly Place[], count: number): readonly DeadZone[] {
  if (around.length === 0) return [];
  const lats = around.map(({ lat }) => lat);
  const lngs = around.map(({ lng }) => lng);
  const within = (low: number, high: number): number => low + unit(rng) * (high - low);
  return Array.from({ length: count }, () => ({
    center: { lat: within(Math.min(...lats), Math.max(...lats)), lng: within(Math.min(...lngs), Math.max(...lngs)) },
    radiusM: 40 + below(rng, 80),
  }));
}

export function hasSignal(zones: readonly DeadZone[], place: Place): boolean {
  return zones.every(({ center, radiusM }) => distanceM(center, place) > radiusM);
}
