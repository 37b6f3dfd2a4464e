import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { serveTiles } from "./tiles.web.ts";

const full = Uint8Array.of(1, 2, 3);
const map = {
  version: "0123456789ab",
  bounds: { south: 51.1, west: 71.4, north: 51.2, east: 71.5 },
  tiles: new Map([
    ["10/715/341", full],
    ["10/715/342", new Uint8Array(0)],
  ]),
};

const app = new Hono();
serveTiles(app, map, () => "req_test");

describe("a tile", () => {
  test("comes as it was drawn, to be kept for ever at the address that names its version", async () => {
    const tile = await app.request("/tiles/10/715/341.mvt?v=0123456789ab");

    expect(tile.status).toBe(200);
    expect(tile.headers.get("content-type")).toBe("application/vnd.mapbox-vector-tile");
    expect(tile.headers.get("cache-control")).toContain("immutable");
    expect(new Uint8Array(await tile.arrayBuffer())).toEqual(full);
  });

  test("without the version is asked for again, and answered 304 while nothing changed", async () => {
    const first = await app.request("/tiles/10/715/341.mvt");
    const etag = first.headers.get("etag") ?? "";

    const again = await app.request("/tiles/10/715/341.mvt", { headers: { "if-none-match": etag } });

    expect(first.headers.get("cache-control")).toBe("public, max-age=3600");
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test.each(["/tiles/10/715/342.mvt", "/tiles/14/0/0.mvt"])("%s has nothing on it", async (path) => {
    expect((await app.request(path)).status).toBe(204);
  });

  test.each([
    ["/tiles/10/1024/0.mvt", 400],
    ["/tiles/10/0/1024.mvt", 400],
    ["/tiles/10/-1/0.mvt", 400],
    ["/tiles/10/1e2/0.mvt", 400],
    ["/tiles/ten/1/0.mvt", 400],
    ["/tiles/10/1/0.png", 400],
    ["/tiles/10/1/NaN.mvt", 400],
    ["/tiles/99999999999999999999/1/1.mvt", 400],
    ["/tiles/9/1/1.mvt", 404],
    ["/tiles/15/1/1.mvt", 404],
  ])("%s is refused with %i", async (path, status) => {
    const answer = await app.request(path);

    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status, request_id: "req_test" });
  });
});

test("the TileJSON names tiles of the host that was asked, the bounds and whom to credit", async () => {
  const answer = await app.request("http://maps.test:4100/tiles/tiles.json");

  expect(await answer.json()).toMatchObject({
    tilejson: "3.0.0",
    tiles: ["http://maps.test:4100/tiles/{z}/{x}/{y}.mvt?v=0123456789ab"],
    bounds: [71.4, 51.1, 71.5, 51.2],
    attribution: expect.stringContaining("© OpenStreetMap contributors"),
  });
});

test.each(["light", "dark"])("the %s style draws layers that the tiles have", async (theme) => {
  const Named = z.object({ vector_layers: z.array(z.object({ id: z.string() })) });
  const Style = z.object({ layers: z.array(z.object({ "source-layer": z.string().optional() })) });

  const tileJson = Named.parse(await (await app.request("/tiles/tiles.json")).json());
  const style = Style.parse(await (await app.request(`/tiles/style/${theme}.json`)).json());

  const known = tileJson.vector_layers.map(({ id }) => id);
  const drawn = style.layers.flatMap((layer) => layer["source-layer"] ?? []);
  expect(known).toEqual(expect.arrayContaining(drawn));
  expect(drawn.length).toBeGreaterThan(4);
});

test("a theme that we do not have is not found", async () => {
  expect((await app.request("/tiles/style/neon.json")).status).toBe(404);
});
