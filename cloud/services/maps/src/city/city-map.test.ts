import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { astanaTiles } from "../source/source-tiles.node.ts";
import type { CityMap } from "./city-map.ts";
import { buildVersion, loadCityMap, readMap } from "./city-map.node.ts";

let cacheDir = "";
let built: CityMap;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "city-map-"));
  built = (await loadCityMap({ tiles: astanaTiles, cacheDir })).map;
});
afterAll(() => rm(cacheDir, { recursive: true }));

test("a map that was built once is read back as it was", async () => {
  const again = await loadCityMap({ tiles: astanaTiles, cacheDir });

  expect(again.wasCached).toBe(true);
  expect(digestOf(again.map)).toBe(digestOf(built));
});

test("a damaged file is built again", async () => {
  const [name = ""] = await readdir(cacheDir);
  const bytes = await readFile(join(cacheDir, name));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(join(cacheDir, name), bytes);

  const again = await loadCityMap({ tiles: astanaTiles, cacheDir });

  expect(again.wasCached).toBe(false);
  expect(digestOf(again.map)).toBe(digestOf(built));
});

/** When this fails, raise `buildVersion` with it: machines would go on with the old map in their caches. */
test("what is built carries the number of the code that built it", () => {
  expect({ buildVersion, digest: digestOf(built) }).toEqual({ buildVersion: 2, digest: "3c088e2b17ddf539" });
});

test.each([
  ["nothing", null],
  ["an empty file", new Uint8Array(0)],
  ["zeroes", new Uint8Array(40)],
  ["text", Buffer.from("x".repeat(100))],
])("%s is no map", (_what, bytes) => {
  expect(readMap(bytes)).toBeNull();
});

function digestOf({ graph, roads, entries, tiles }: CityMap): string {
  const hash = createHash("sha256").update(JSON.stringify(entries));
  for (const part of [graph, roads.chains, roads.hierarchy, roads.labels]) {
    for (const values of Object.values(part)) hash.update(typeof values === "number" ? `${values}` : values);
  }
  for (const [name, bytes] of tiles) hash.update(name).update(bytes);
  return hash.digest("hex").slice(0, 16);
}
