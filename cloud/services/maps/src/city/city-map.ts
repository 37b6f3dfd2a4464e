import { type Bounds, drawTiles } from "../drawing/tiles.ts";
import { findChains } from "../graph/chains.ts";
import { buildHierarchy } from "../graph/hierarchy.ts";
import { buildLabels } from "../graph/labels.ts";
import { stitch } from "../graph/stitch.ts";
import type { WalkGraph } from "../graph/walk-graph.ts";
import { type Entry, readEntries } from "../places/address-book.ts";
import type { Roads } from "../routing/fastest.ts";
import { readFeatures, type SourceTile } from "../source/features.ts";

/** One version of the map of one city: everything that is worked out once and then only read. */
export interface CityMap {
  readonly version: string;
  readonly bounds: Bounds;
  readonly graph: WalkGraph;
  readonly roads: Roads;
  readonly entries: readonly Entry[];
  /** By `z/x/y`. */
  readonly tiles: ReadonlyMap<string, Uint8Array>;
}

/** Builds the map from its source tiles: some seconds of work for a city. The same tiles give the same map, byte for byte. */
export function buildCityMap(version: string, sources: readonly SourceTile[]): CityMap {
  const read = sources.map(readFeatures);
  const [first] = read;
  if (!first) throw new RangeError("a map needs at least one source tile");
  const { grid } = first;
  const features = read.flatMap((tile) => tile.features);
  const graph = stitch(grid, features);
  const chains = findChains(graph);
  const hierarchy = buildHierarchy(chains);
  const bounds = boundsOf(graph);
  return {
    version,
    bounds,
    graph,
    roads: { chains, hierarchy, labels: buildLabels(hierarchy) },
    entries: readEntries(grid, features),
    tiles: drawTiles(grid, features, bounds),
  };
}

function boundsOf({ lat, lng }: WalkGraph): Bounds {
  return {
    south: lat.reduce((least, value) => Math.min(least, value), 90),
    west: lng.reduce((least, value) => Math.min(least, value), 180),
    north: lat.reduce((most, value) => Math.max(most, value), -90),
    east: lng.reduce((most, value) => Math.max(most, value), -180),
  };
}
