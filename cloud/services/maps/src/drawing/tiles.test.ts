import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { describe, expect, test } from "vitest";
import type { OsmFeature } from "../source/features.ts";
import { drawTiles, polygonsOf } from "./tiles.ts";

const grid = { z: 12, extent: 1_048_576 };
const x = 2_860 * grid.extent + 500_000;
const y = 1_368 * grid.extent + 500_000;
const bounds = { south: 51.1, west: 71.4, north: 51.2, east: 71.5 };

function feature(shape: OsmFeature["shape"], tags: Record<string, string>, points: readonly number[]): OsmFeature {
  return { id: 1, shape, tags, parts: [Float64Array.from(points, (value, i) => value + (i % 2 === 0 ? x : y))] };
}

const road = feature("line", { highway: "primary", name: "проспект", "@user": "somebody" }, [0, 0, 300_000, 0]);
const house = feature("area", { building: "yes" }, [0, 0, 9_000, 0, 9_000, 9_000, 0, 9_000, 0, 0]);

function layersOf(bytes: Uint8Array | undefined): Record<string, Record<string, unknown>[]> {
  const { layers } = new VectorTile(new PbfReader(bytes ?? new Uint8Array()));
  return Object.fromEntries(
    Object.values(layers).map((layer) => [
      layer.name,
      Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties),
    ]),
  );
}

describe("drawing", () => {
  test("a road is on every zoom with its name, a house from 13 on, and neither tells more than how to draw it", () => {
    const tiles = drawTiles(grid, [road, house], bounds);

    const at = (zoom: number) => {
      const scale = 2 ** (zoom - grid.z) / grid.extent;
      return layersOf(tiles.get(`${zoom}/${Math.floor((x + 4_000) * scale)}/${Math.floor((y + 4_000) * scale)}`));
    };
    expect(at(12)).toEqual({ road: [{ rank: 4, name: "проспект" }] });
    expect(at(14)).toEqual({ road: [{ rank: 4, name: "проспект" }], building: [{}] });
  });

  test("every tile within the bounds is there, with or without anything on it", () => {
    const tiles = drawTiles(grid, [], bounds);

    expect([...tiles.keys()].filter((name) => name.startsWith("10/"))).toEqual(["10/715/341", "10/715/342"]);
    expect(tiles.get("10/715/342")).toEqual(new Uint8Array(0));
  });
});

test("rings that turn the other way are holes in the polygon before them", () => {
  const ring = (...flat: number[]) =>
    Array.from({ length: flat.length / 2 }, (_, i) => ({ x: flat[2 * i] ?? 0, y: flat[2 * i + 1] ?? 0 }));
  const outer = ring(0, 0, 9, 0, 9, 9, 0, 9, 0, 0);
  const hole = ring(1, 1, 1, 2, 2, 2, 2, 1, 1, 1);
  const second = ring(20, 0, 29, 0, 29, 9, 20, 9, 20, 0);

  expect(polygonsOf([outer, hole, second])).toEqual([[outer, hole], [second]]);
  expect(polygonsOf([])).toEqual([]);
});
