import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { SourceTile } from "../source/features.ts";
import { readSourceTiles } from "../source/source-tiles.node.ts";
import { buildCityMap, type CityMap } from "./city-map.ts";

/** Raised whenever other code would make another map of the same tiles; a test compares what is built with this number. */
export const buildVersion = 2;

const digestSize = 32;

export interface CityMapSource {
  /** Folder with `{z}-{x}-{y}.mvt` tiles of raw OpenStreetMap features. */
  readonly tiles: URL;
  /** Where the finished map is kept. */
  readonly cacheDir: string;
}

/** The map, from the cache where the same code already built it of the same tiles, else built and put there. */
export async function loadCityMap({ tiles, cacheDir }: CityMapSource): Promise<{
  readonly map: CityMap;
  readonly wasCached: boolean;
}> {
  const sources = await readSourceTiles(tiles);
  const version = versionOf(sources);
  const path = join(cacheDir, `city-${version}.map`);
  const cached = readMap(await readFile(path).catch(absent));
  if (cached) return { map: cached, wasCached: true };
  const map = buildCityMap(version, sources);
  await mkdir(cacheDir, { recursive: true });
  await writeFile(`${path}.new`, mapBytes(map));
  await rename(`${path}.new`, path);
  await dropOthers(cacheDir, path);
  return { map, wasCached: false };
}

/** Twelve hex digits that name tiles and code together. */
function versionOf(sources: readonly SourceTile[]): string {
  const hash = createHash("sha256").update(`${buildVersion}`);
  for (const { z, x, y, bytes } of sources) hash.update(`${z}/${x}/${y} ${bytes.length}\n`).update(bytes);
  return hash.digest("hex").slice(0, 12);
}

/** SHA-256, then the map as V8 serialises it: its arrays are read in place, so a start costs one read of the file. */
function mapBytes(map: CityMap): Uint8Array {
  const body = serialize(map);
  return Buffer.concat([digest(body), body]);
}

/** Null where there is nothing, or not what `mapBytes` wrote: a torn or damaged file only costs the time to build again. */
export function readMap(bytes: Uint8Array | null): CityMap | null {
  if (!bytes || bytes.length <= digestSize) return null;
  const body = bytes.subarray(digestSize);
  if (digest(body).compare(bytes.subarray(0, digestSize)) !== 0) return null;
  const map: CityMap = deserialize(body);
  return map;
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function absent(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}

async function dropOthers(cacheDir: string, kept: string): Promise<void> {
  const names = (await readdir(cacheDir)).filter((name) => name.startsWith("city-") && join(cacheDir, name) !== kept);
  await Promise.all(names.map((name) => rm(join(cacheDir, name))));
}
