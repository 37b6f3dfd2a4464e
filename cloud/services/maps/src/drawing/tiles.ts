import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import type { Place } from "@kerbside/proto/base/place";
import type { Feature, Geometry, Position } from "geojson";
import { type Grid, gridToLat, gridToLng, type OsmFeature } from "../source/features.ts";
import { type Layer, layers } from "./layers.ts";

/** Zooms we serve; a map client magnifies the last one beyond it. */
export const tileZooms = { min: 10, max: 14 } as const;

const extent = 4096;

/** What we use of a GeoJSONVT: its package's own types do not resolve under `nodenext`. */
interface Slicer {
  getTile(zoom: number, x: number, y: number): Slice | null;
}
interface Slice {
  readonly features: readonly unknown[];
}

/** Bounds in degrees. */
export interface Bounds {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

export function centerOf({ south, west, north, east }: Bounds): Place {
  return { lat: (south + north) / 2, lng: (west + east) / 2 };
}

/** Draws every tile of the map with only what a map shows: no tag of the source but name and kind. Keys are `z/x/y`. */
export function drawTiles(
  grid: Grid,
  features: readonly OsmFeature[],
  bounds: Bounds,
): ReadonlyMap<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  const drawn = layers.map((layer) => ({ layer, features: drawLayer(layer, grid, features) }));
  for (let zoom: number = tileZooms.min; zoom <= tileZooms.max; zoom += 1) {
    const indexes = drawn.map((each) => ({ name: each.layer.name, index: indexFor(each.features, zoom) }));
    for (const [x, y] of tilesWithin(bounds, zoom)) {
      const parts: Record<string, Slice> = {};
      for (const { name, index } of indexes) {
        const part = index?.getTile(zoom, x, y);
        if (part && part.features.length > 0) parts[name] = part;
      }
      tiles.set(`${zoom}/${x}/${y}`, fromGeojsonVt(parts, { version: 2, extent }));
    }
  }
  return tiles;
}

interface Drawn {
  readonly fromZoom: number;
  readonly feature: Feature;
}

function drawLayer(layer: Layer, grid: Grid, features: readonly OsmFeature[]): readonly Drawn[] {
  return features.flatMap((feature) => {
    const words = layer.shapes.includes(feature.shape) ? layer.describe(feature.tags) : null;
    if (words === null) return [];
    const geometry = geometryOf(grid, feature);
    return [{ fromZoom: layer.fromZoom(words), feature: { type: "Feature", properties: { ...words }, geometry } }];
  });
}

function indexFor(drawn: readonly Drawn[], zoom: number): Slicer | null {
  const features = drawn.filter((each) => each.fromZoom <= zoom).map((each) => each.feature);
  if (features.length === 0) return null;
  return new GeoJSONVT(
    { type: "FeatureCollection", features },
    {
      maxZoom: zoom,
      indexMaxZoom: zoom,
      indexMaxPoints: 0,
      extent,
      wrap: false,
      tolerance: zoom === tileZooms.max ? 1 : 3,
    },
  );
}

function geometryOf(grid: Grid, feature: OsmFeature): Geometry {
  const toPosition = (point: { readonly x: number; readonly y: number }): Position => [
    gridToLng(grid, point.x),
    gridToLat(grid, point.y),
  ];
  const parts = feature.parts.map(points);
  if (feature.shape === "point") return { type: "MultiPoint", coordinates: parts.flat().map(toPosition) };
  if (feature.shape === "line")
    return { type: "MultiLineString", coordinates: parts.map((part) => part.map(toPosition)) };
  const polygons = polygonsOf(parts);
  return { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map((ring) => ring.map(toPosition))) };
}

type Ring = readonly { readonly x: number; readonly y: number }[];

/** Rings as polygons with their holes: a ring that turns like the first begins a polygon, any other is a hole in it. */
export function polygonsOf(rings: readonly Ring[]): readonly (readonly Ring[])[] {
  const polygons: Ring[][] = [];
  const [first] = rings;
  if (!first) return polygons;
  const outwards = Math.sign(turningOf(first));
  for (const ring of rings) {
    if (Math.sign(turningOf(ring)) === outwards) polygons.push([ring]);
    else polygons.at(-1)?.push(ring);
  }
  return polygons;
}

/** Twice the signed area. Reckoned from the ring's own first point, where doubles are exact enough. */
function turningOf(ring: Ring): number {
  const [origin] = ring;
  if (!origin) return 0;
  let sum = 0;
  for (let i = 1; i < ring.length; i += 1) {
    const a = ring[i - 1];
    const b = ring[i];
    if (a && b) sum += (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
  }
  return sum;
}

function points(part: Float64Array): { readonly x: number; readonly y: number }[] {
  return Array.from({ length: part.length / 2 }, (_, i) => ({ x: part[2 * i] ?? 0, y: part[2 * i + 1] ?? 0 }));
}

function tilesWithin(bounds: Bounds, zoom: number): readonly (readonly [number, number])[] {
  const tiles: (readonly [number, number])[] = [];
  const [west, north] = [column(bounds.west, zoom), row(bounds.north, zoom)];
  const [east, south] = [column(bounds.east, zoom), row(bounds.south, zoom)];
  for (let x = Math.floor(west); x < east; x += 1)
    for (let y = Math.floor(north); y < south; y += 1) tiles.push([x, y]);
  return tiles;
}

function column(lng: number, zoom: number): number {
  return ((lng + 180) / 360) * 2 ** zoom;
}

function row(lat: number, zoom: number): number {
  const sin = Math.sin((lat * Math.PI) / 180);
  return (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * 2 ** zoom;
}
