import type { Place } from "@kerbside/proto/base/place";
import { type Grid, gridToLat, gridToLng, type OsmFeature } from "../source/features.ts";

/** One address or named thing of the map. `house` is null where the name itself is the address: a café, a school. */
export interface Entry {
  readonly name: string;
  readonly house: string | null;
  readonly place: Place;
}

const kinds = ["amenity", "shop", "tourism", "office", "leisure", "craft", "healthcare"];

/** Every house with street and number, and everything else that people know by its name. Each object once. */
export function readEntries(grid: Grid, features: readonly OsmFeature[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const feature of features) {
    const point = middle(feature);
    const id = `${feature.shape}${feature.id}`;
    if (!point || entries.has(id)) continue;
    const { "addr:street": street, "addr:housenumber": house, name } = feature.tags;
    const place = { lat: round(gridToLat(grid, point[1])), lng: round(gridToLng(grid, point[0])) };
    if (street && house) entries.set(id, { name: street, house, place });
    if (name && kinds.some((kind) => feature.tags[kind])) entries.set(`${id} name`, { name, house: null, place });
  }
  return [...entries.values()];
}

/** What an address reads like to people. */
export function entryText(entry: Entry): string {
  return entry.house === null ? entry.name : `${entry.name}, ${entry.house}`;
}

/** The balance point of an area's outline, the first point of anything else. */
function middle(feature: OsmFeature): readonly [number, number] | null {
  const [part] = feature.parts;
  const x0 = part?.[0];
  const y0 = part?.[1];
  if (part === undefined || x0 === undefined || y0 === undefined) return null;
  if (feature.shape !== "area") return [x0, y0];
  let twiceArea = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i + 3 < part.length; i += 2) {
    const ax = (part[i] ?? 0) - x0;
    const ay = (part[i + 1] ?? 0) - y0;
    const bx = (part[i + 2] ?? 0) - x0;
    const by = (part[i + 3] ?? 0) - y0;
    const cross = ax * by - bx * ay;
    twiceArea += cross;
    sumX += (ax + bx) * cross;
    sumY += (ay + by) * cross;
  }
  return twiceArea === 0 ? [x0, y0] : [x0 + sumX / (3 * twiceArea), y0 + sumY / (3 * twiceArea)];
}

function round(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7;
}
