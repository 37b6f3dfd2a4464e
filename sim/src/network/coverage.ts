import type { Place } from "@kerbside/proto/base/place";
import { below, type Rng, unit } from "@kerbside/proto/base/rng";
import { distanceM } from "@kerbside/proto/geo/geo";

/** A place without a cell: under a bridge, in a yard. */
export interface DeadZone {
  readonly center: Place;
  readonly radiusM: number;
}

/** Robots wait for orders at hubs and stores: whoever builds there sees to it that a cell is heard. */
const clearM = 60;
/** Draws for one zone before the place is taken to be too full for another. */
const triesMax = 50;

/** Draws dead zones over the box around these places, none of which lies in one. */
export function drawDeadZones(rng: Rng, places: readonly Place[], count: number): readonly DeadZone[] {
  if (places.length === 0) return [];
  return Array.from({ length: count }, () => drawZone(rng, places)).filter((zone) => zone !== null);
}

function drawZone(rng: Rng, places: readonly Place[]): DeadZone | null {
  const lats = places.map(({ lat }) => lat);
  const lngs = places.map(({ lng }) => lng);
  const within = (low: number, high: number): number => low + unit(rng) * (high - low);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const center = {
      lat: within(Math.min(...lats), Math.max(...lats)),
      lng: within(Math.min(...lngs), Math.max(...lngs)),
    };
    const radiusM = 40 + below(rng, 80);
    if (places.every((place) => distanceM(center, place) > radiusM + clearM)) return { center, radiusM };
  }
  return null;
}

export function hasSignal(zones: readonly DeadZone[], place: Place): boolean {
  return zones.every(({ center, radiusM }) => distanceM(center, place) > radiusM);
}
