import type { Handlers } from "@kerbside/cloud-kit/service";
import { Fault, type FieldError } from "@kerbside/proto/base/fault";
import type { Place } from "@kerbside/proto/base/place";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { mapsRoutes } from "@kerbside/proto/routes/maps";
import { type Atlas, coverageLimitM, type SampleQuestion } from "./atlas.ts";
import { attribution, cityName } from "./city/credits.ts";
import { centerOf } from "./drawing/tiles.ts";
import { type Miss, missText } from "./miss.ts";

export function mapsHandlers(atlas: Atlas, publicUrl: string): Handlers<typeof mapsRoutes> {
  const { version, bounds, graph, entries } = atlas.map;
  return {
    async describeMap() {
      return {
        version,
        name: cityName,
        attribution,
        center: centerOf(bounds),
        south_west: { lat: bounds.south, lng: bounds.west },
        north_east: { lat: bounds.north, lng: bounds.east },
        nodes: graph.nodeCount,
        edges: graph.edgeCount,
        addresses: entries.length,
        tiles_url: `${publicUrl}/tiles/tiles.json`,
      };
    },

    async searchAddresses({ query }) {
      const matches = atlas.geocoder.search(query.text, query.limit);
      return { items: matches.map(({ text, place, precision, score }) => ({ text, place, precision, score })) };
    },

    async mapAddress({ body }) {
      const found = atlas.address(body);
      if (found.ok) return found.value;
      throw new Fault(found.error, { ...body, ...missDetails(atlas.miss(body)) });
    },

    async route({ body }) {
      const legs = atlas.legs(body.places);
      if (!legs.ok) throw new Fault(legs.error, {}, uncovered(atlas, body.places));
      return { map_version: version, legs: [...legs.value] };
    },

    async matrix({ body }) {
      const cells = atlas.matrix(body.from, body.to);
      return {
        map_version: version,
        duration_s: Array.from(cells.costMs, (costMs) => (costMs < 0 ? null : costMs / 1000)),
        distance_m: Array.from(cells.lengthCm, (lengthCm) => (lengthCm < 0 ? null : lengthCm / 100)),
      };
    },

    async sampleAddresses({ query }) {
      return { items: [...atlas.sample(new SeededRng(query.seed), sampleQuestion(query))] };
    },
  };
}

function missDetails(miss: Miss): Readonly<Record<string, unknown>> {
  const { why, closest, nearest } = miss;
  return {
    detail: missText(miss, { cityName, limitM: coverageLimitM }),
    why,
    ...(closest === null ? {} : { closest }),
    ...(nearest === null ? {} : { nearest_street: nearest.street, nearest_street_m: nearest.distanceM }),
  };
}

/** Each place that no street is near to. */
function uncovered(atlas: Atlas, places: readonly Place[]): readonly FieldError[] {
  return places.flatMap((place, i) => {
    if (atlas.router.snap(place)) return [];
    const message = missText(atlas.miss({ place }), { cityName, limitM: coverageLimitM });
    return [{ pointer: `/places/${i}`, message }];
  });
}

interface SampleQuery {
  readonly count: number;
  readonly kind: "house" | "name";
  readonly lat?: number | undefined;
  readonly lng?: number | undefined;
  readonly radius_m?: number | undefined;
}

/** A circle needs its centre and its radius. */
function sampleQuestion({ count, kind, lat, lng, radius_m: radiusM }: SampleQuery): SampleQuestion {
  const given = { lat, lng, radius_m: radiusM };
  if (lat !== undefined && lng !== undefined && radiusM !== undefined) {
    return { count, kind, near: { place: { lat, lng }, radiusM } };
  }
  if (lat === undefined && lng === undefined && radiusM === undefined) return { count, kind };
  const missing = Object.entries(given).filter(([, value]) => value === undefined);
  throw new Fault(
    "invalid_request",
    {},
    missing.map(([name]) => ({ pointer: `/query/${name}`, message: "lat, lng and radius_m go together" })),
  );
}
