import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { SourceTile } from "./features.ts";

/** Astana as OpenStreetMap knew it, tiles with every tag, from the npm package (ODbL). */
export const astanaTiles = new URL("./real-world/osm-qa-astana/", import.meta.resolve("@mapbox/mvt-fixtures"));

const tileName = /^(\d+)-(\d+)-(\d+)\.mvt$/;

/** Every `{z}-{x}-{y}.mvt` of a folder, in the order of the names, so that the same folder always gives the same map. */
export async function readSourceTiles(folder: URL): Promise<readonly SourceTile[]> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => tileName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const [z = 0, x = 0, y = 0] = (tileName.exec(name) ?? []).slice(1).map(Number);
      return { z, x, y, bytes: await readFile(new URL(name, folder)) };
    }),
  );
}
