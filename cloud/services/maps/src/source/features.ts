import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

/** One vector tile of raw OpenStreetMap features, as it was delivered. */
export interface SourceTile {
  readonly z: number;
  readonly x: number;
  readonly y: number;
  readonly bytes: Uint8Array;
}

/**
 * One OpenStreetMap object, or the part of it that lies in one tile. `parts` hold x and y in turn, in grid units:
 * the tile number times its extent plus the position inside, so that neighbouring tiles share one plane.
 */
export interface OsmFeature {
  readonly id: number;
  readonly shape: "point" | "line" | "area";
  readonly tags: Readonly<Record<string, string>>;
  readonly parts: readonly Float64Array[];
}

/** The plane that the features of one zoom lie in. */
export interface Grid {
  readonly z: number;
  /** Units a tile side has. */
  readonly extent: number;
}

const shapes = { 1: "point", 2: "line", 3: "area" } as const;

/** All features of a tile. Tags that name a contributor or an edit (`@user`, `@uid`, …) end here. */
export function readFeatures(tile: SourceTile): { readonly grid: Grid; readonly features: readonly OsmFeature[] } {
  const features: OsmFeature[] = [];
  let extent = 0;
  for (const layer of Object.values(new VectorTile(new PbfReader(tile.bytes)).layers)) {
    extent = layer.extent;
    for (let i = 0; i < layer.length; i += 1) {
      const feature = layer.feature(i);
      if (feature.type === 0) continue;
      features.push({
        id: Number(feature.properties["@id"] ?? 0),
        shape: shapes[feature.type],
        tags: publicTags(feature.properties),
        parts: feature.loadGeometry().map((line) => onGrid(line, tile.x * extent, tile.y * extent)),
      });
    }
  }
  return { grid: { z: tile.z, extent }, features };
}

/** Web Mercator back to WGS 84 degrees. */
export function gridToLng(grid: Grid, x: number): number {
  return (x / (grid.extent * 2 ** grid.z)) * 360 - 180;
}

/** Web Mercator back to WGS 84 degrees. */
export function gridToLat(grid: Grid, y: number): number {
  const mercator = Math.PI * (1 - (2 * y) / (grid.extent * 2 ** grid.z));
  return (Math.atan(Math.sinh(mercator)) * 180) / Math.PI;
}

function publicTags(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties)) if (!key.startsWith("@")) tags[key] = String(value);
  return tags;
}

function onGrid(line: readonly { readonly x: number; readonly y: number }[], left: number, top: number): Float64Array {
  const part = new Float64Array(line.length * 2);
  line.forEach((point, i) => {
    part[2 * i] = point.x + left;
    part[2 * i + 1] = point.y + top;
  });
  return part;
}
