import { join } from "node:path";
import { defineService } from "@kerbside/cloud-kit/service";
import { mapsRoutes } from "@kerbside/proto/routes/maps";
import { Atlas } from "./atlas.ts";
import { loadCityMap } from "./city/city-map.node.ts";
import { serveTiles } from "./drawing/tiles.web.ts";
import { mapsHandlers } from "./handlers.ts";
import { astanaTiles } from "./source/source-tiles.node.ts";

/** Where things are and how to walk between them. Holds the whole map in memory; its schema has no tables. */
export const maps = defineService({
  name: "maps",
  routes: mapsRoutes,
  migrations: new URL("../migrations/", import.meta.url),
  wire: async ({ clock, dataDir, log, newId, publicUrl }) => {
    const startedMs = clock.monotonic();
    const { map, wasCached } = await loadCityMap({ tiles: astanaTiles, cacheDir: join(dataDir, "maps") });
    const { nodeCount: nodes, edgeCount: edges } = map.graph;
    const took_ms = Math.round(clock.monotonic() - startedMs);
    log.info({ version: map.version, nodes, edges, took_ms }, wasCached ? "the map was read" : "the map was built");
    return {
      handlers: mapsHandlers(new Atlas(map), publicUrl),
      web: (app) => serveTiles(app, map, newId),
    };
  },
});
