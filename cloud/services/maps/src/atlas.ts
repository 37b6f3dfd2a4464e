import type { Place } from "@kerbside/proto/base/place";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { type Rng, below } from "@kerbside/proto/base/rng";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { MapLeg, MappedAddress } from "@kerbside/proto/routes/maps";
import type { CityMap } from "./city/city-map.ts";
import type { Miss } from "./miss.ts";
import { type Entry, entryText } from "./places/address-book.ts";
import { Geocoder, type Match } from "./places/geocoder.ts";
import type { Cells } from "./routing/matrix.ts";
import { Router } from "./routing/router.ts";

/** How far from the nearest walkway a place may be to count as covered, metres, straight. */
export const coverageLimitM = 150;
/** How far a pair of coordinates may be from a house to be called by its address. */
const namedWithinM = 80;
/** A house whose number is this far from the one asked for still stands beside it. */
const numberGapMax = 4;
/** A question of which less than this share is known names another city, or nothing of ours; sure of the house, less is enough. */
const explainedMin = { house: 0.5, name: 0.5, street: 0.8 } as const;

interface AddressQuestion {
  readonly text?: string | undefined;
  readonly unit?: string | undefined;
  readonly place?: Place | undefined;
}

interface Found {
  readonly place: Place;
  readonly text: string;
  readonly precision: MappedAddress["precision"];
  readonly unit?: string | undefined;
}

/** Draw from these, and no further than `radiusM` from `near` where it is given. */
export interface SampleQuestion {
  readonly count: number;
  readonly kind: "house" | "name";
  readonly near?: { readonly place: Place; readonly radiusM: number };
}

/** Everything one version of the map can be asked. */
export class Atlas {
  readonly map: CityMap;
  readonly router: Router;
  readonly geocoder: Geocoder;

  constructor(map: CityMap) {
    this.map = map;
    this.router = new Router(map.graph, map.roads, coverageLimitM);
    this.geocoder = new Geocoder(map.entries);
  }

  /** Coordinates decide where both they and words are given; the words are kept as they came. */
  address({ text, unit, place }: AddressQuestion): Result<MappedAddress, "outside_coverage"> {
    if (place) return this.#at({ place, text: text ?? this.#nameOf(place), precision: "given", unit });
    const match = this.geocoder.search(text ?? "", 5).find(isTrusted);
    return match ? this.#at({ ...match, text: text ?? match.text, unit }) : err("outside_coverage");
  }

  /** Why an address could not be put on the map. */
  miss({ text, place }: AddressQuestion): Miss {
    if (place) return { why: "too_far", asked: text ?? placeText(place), closest: null, nearest: this.#nearest(place) };
    const matches = this.geocoder.search(text ?? "", 5);
    const known = matches.find(isTrusted);
    const closest = (known ?? matches[0])?.text ?? null;
    if (!known) return { why: "not_understood", asked: text ?? "", closest, nearest: null };
    return { why: "too_far", asked: text ?? "", closest, nearest: this.#nearest(known.place) };
  }

  /** One leg between each two places. */
  legs(places: readonly Place[]): Result<readonly MapLeg[], "outside_coverage" | "no_route"> {
    const legs: MapLeg[] = [];
    for (const [i, to] of places.entries()) {
      const from = places[i - 1];
      if (!from) continue;
      const route = this.router.route(from, to);
      if (!route.ok) return route;
      const { distanceCm, durationMs, line } = route.value;
      legs.push({
        distance_m: distanceCm / 100,
        duration_s: durationMs / 1000,
        line: pairs(line),
      });
    }
    return ok(legs);
  }

  matrix(from: readonly Place[], to: readonly Place[]): Cells {
    return this.router.matrix(from, to);
  }

  /** Addresses that a robot can reach, each at most once, in the order of the draw; fewer where there are no more. */
  sample(rng: Rng, { count, kind, near }: SampleQuestion): readonly MappedAddress[] {
    const isWanted = ({ house, place }: Entry): boolean =>
      (house === null) === (kind === "name") && (!near || distanceM(place, near.place) <= near.radiusM);
    const pool = this.map.entries.filter(isWanted);
    const drawn: MappedAddress[] = [];
    while (pool.length > 0 && drawn.length < count) {
      const [entry] = pool.splice(below(rng, pool.length), 1);
      const mapped = entry && this.#at({ place: entry.place, text: entryText(entry), precision: kind });
      if (mapped?.ok) drawn.push(mapped.value);
    }
    return drawn;
  }

  #at({ place, text, precision, unit }: Found): Result<MappedAddress, "outside_coverage"> {
    const snapped = this.router.snap(place);
    if (!snapped) return err("outside_coverage");
    return ok({
      address: { text, ...(unit === undefined ? {} : { unit }), place },
      stop: roundPlace(snapped.place),
      walk_m: Math.round(snapped.distanceM * 10) / 10,
      precision,
    });
  }

  #nearest(place: Place): Miss["nearest"] {
    const street = this.router.nearestStreet(place);
    if (!street) return null;
    const address = this.geocoder.nearest(street, namedWithinM)?.text ?? null;
    return { street: roundPlace(street), distanceM: Math.round(distanceM(place, street)), address };
  }

  #nameOf(place: Place): string {
    return this.geocoder.nearest(place, namedWithinM)?.text ?? placeText(place);
  }
}

function placeText({ lat, lng }: Place): string {
  return `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
}

/** Whether goods may be sent there without asking again. */
function isTrusted({ precision, explained, numberGap }: Match): boolean {
  return explained >= explainedMin[precision] && numberGap !== null && numberGap <= numberGapMax;
}

function pairs(line: Float64Array): MapLeg["line"] {
  const places: MapLeg["line"] = [];
  for (let i = 0; i + 1 < line.length; i += 2)
    places.push([roundDegrees(line[i] ?? 0), roundDegrees(line[i + 1] ?? 0)]);
  return places;
}

function roundPlace({ lat, lng }: Place): Place {
  return { lat: roundDegrees(lat), lng: roundDegrees(lng) };
}

/** A centimetre: what the map is drawn with. */
function roundDegrees(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7;
}
