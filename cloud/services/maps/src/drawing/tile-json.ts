import type { CityMap } from "../city/city-map.ts";
import { attributionHtml, cityName } from "../city/credits.ts";
import { layers } from "./layers.ts";
import { centerOf, tileZooms } from "./tiles.ts";

/** TileJSON 3.0.0: what a map client has to know of our tiles. The version in the address lets them be cached for ever. */
export function tileJson(map: Pick<CityMap, "version" | "bounds">, origin: string): object {
  const { south, west, north, east } = map.bounds;
  const center = centerOf(map.bounds);
  return {
    tilejson: "3.0.0",
    name: cityName,
    version: "1.0.0",
    scheme: "xyz",
    tiles: [`${origin}/tiles/{z}/{x}/{y}.mvt?v=${map.version}`],
    minzoom: tileZooms.min,
    maxzoom: tileZooms.max,
    bounds: [west, south, east, north],
    center: [center.lng, center.lat, 12],
    attribution: attributionHtml,
    vector_layers: layers.map(({ name, fields }) => ({ id: name, fields })),
  };
}
