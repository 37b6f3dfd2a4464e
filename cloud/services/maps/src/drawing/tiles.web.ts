import { problemResponse, toProblem } from "@kerbside/cloud-kit/http/problem";
import { Fault } from "@kerbside/proto/base/fault";
import { Hono } from "hono";
import type { CityMap } from "../city/city-map.ts";
import { mapStyle } from "./style.ts";
import { tileJson } from "./tile-json.ts";
import { tileZooms } from "./tiles.ts";

const forEver = "public, max-age=31536000, immutable";
const forAnHour = "public, max-age=3600";

type Drawn = Pick<CityMap, "version" | "bounds" | "tiles">;

/** Tiles, their TileJSON and two styles, public and at the root, as map clients expect them. */
export function serveTiles(app: Hono, map: Drawn, newRequestId: () => string): void {
  const web = new Hono();
  web.onError((error) => problemResponse(toProblem(error, newRequestId())));
  serveDescriptions(web, map);
  const etag = `"${map.version}"`;

  web.get("/:z/:x/:file", (c) => {
    const name = tileName(c.req.param());
    c.header("ETag", etag);
    c.header("Cache-Control", c.req.query("v") === map.version ? forEver : forAnHour);
    if (isKnown(c.req.header("If-None-Match"), etag)) return c.body(null, 304);
    const bytes = map.tiles.get(name);
    if (!bytes || bytes.length === 0) return c.body(null, 204);
    return c.body(Uint8Array.from(bytes), 200, { "Content-Type": "application/vnd.mapbox-vector-tile" });
  });
  app.route("/tiles", web);
}

/** Addresses in them are those of the host that was asked, so that they hold behind any name of this installation. */
function serveDescriptions(web: Hono, map: Drawn): void {
  const describe = (url: string): object => tileJson(map, new URL(url).origin);
  const headers = { "Cache-Control": "public, max-age=60" };
  web.get("/tiles.json", (c) => c.json(describe(c.req.url), 200, headers));
  web.get("/style/light.json", (c) => c.json(mapStyle("light", describe(c.req.url)), 200, headers));
  web.get("/style/dark.json", (c) => c.json(mapStyle("dark", describe(c.req.url)), 200, headers));
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
