import { Fault } from "@kerbside/proto/base/fault";
import type { Hono } from "hono";
import type { CityMap } from "../city/city-map.ts";
import { mapStyle } from "./style.ts";
import { tileJson } from "./tile-json.ts";
import { tileZooms } from "./tiles.ts";

const forEver = "public, max-age=31536000, immutable";
const forAnHour = "public, max-age=3600";

/** Tiles, their TileJSON and two styles, public and at the root, as map clients expect them. */
export function serveTiles(app: Hono, map: Pick<CityMap, "version" | "bounds" | "tiles">): void {
  const etag = `"${map.version}"`;
  const originOf = (url: string): string => new URL(url).origin;

  app.get("/tiles/tiles.json", (c) => {
    c.header("Cache-Control", "public, max-age=60");
    return c.json(tileJson(map, originOf(c.req.url)));
  });

  app.get("/tiles/style/:theme{light\\.json|dark\\.json}", (c) => {
    c.header("Cache-Control", "public, max-age=60");
    const theme = c.req.param("theme") === "dark.json" ? "dark" : "light";
    return c.json(mapStyle(theme, tileJson(map, originOf(c.req.url))));
  });

  app.get("/tiles/:z/:x/:file", (c) => {
    const name = tileName(c.req.param());
    c.header("ETag", etag);
    c.header("Cache-Control", c.req.query("v") === map.version ? forEver : forAnHour);
    if (isKnown(c.req.header("If-None-Match"), etag)) return c.body(null, 304);
    const bytes = map.tiles.get(name);
    if (!bytes || bytes.length === 0) return c.body(null, 204);
    return c.body(Uint8Array.from(bytes), 200, { "Content-Type": "application/vnd.mapbox-vector-tile" });
  });
}

/** `z/x/y`, checked. Outside our zooms there is nothing; a column or row that no zoom has is a mistake. */
function tileName({ z, x, file }: Readonly<Record<"z" | "x" | "file", string>>): string {
  const [, y = ""] = /^(\d{1,7})\.mvt$/.exec(file) ?? [];
  const whole = /^\d{1,7}$/;
  const zoom = Number(z);
  const side = 2 ** zoom;
  if (!whole.test(z) || !whole.test(x) || y === "" || (zoom <= 30 && (Number(x) >= side || Number(y) >= side))) {
    throw new Fault("invalid_request", { tile: `${z}/${x}/${file}`, expected: "{z}/{x}/{y}.mvt, x and y below 2^z" });
  }
  if (zoom < tileZooms.min || zoom > tileZooms.max) throw new Fault("not_found", { zooms: tileZooms });
  return `${zoom}/${Number(x)}/${Number(y)}`;
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}
