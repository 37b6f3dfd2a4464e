import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Principal } from "@kerbside/proto/base/roles";
import type { MapDescription, mapsRoutes } from "@kerbside/proto/routes/maps";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { maps } from "./service.ts";

const service: Principal = { kind: "service", id: "dispatch", organizationId: null };
const merchant: Principal = {
  kind: "user",
  id: "018f0000-0000-7000-8000-000000000001",
  organizationId: "018f0000-0000-7000-8000-000000000002",
  role: "merchant",
  name: "Aliya",
  storeIds: [],
};

let started: Started<typeof mapsRoutes>;
let described: MapDescription;
beforeAll(async () => {
  started = await startForTest(maps, { postgresUrl: inject("postgresUrl") });
  described = await started.client(service).describeMap({});
});
afterAll(() => started[Symbol.asyncDispose]());

async function sample(count: number) {
  const { items } = await started.client(service).sampleAddresses({ query: { seed: 11, count } });
  return items;
}

describe("the map", () => {
  test("says what it covers and whom to credit", () => {
    expect(described).toMatchObject({ name: "Astana", attribution: "© OpenStreetMap contributors" });
    expect(described.nodes).toBeGreaterThan(30_000);
  });

  test("finds what a merchant types", async () => {
    const { items } = await started.client(merchant).searchAddresses({ query: { text: "Kenesary 40", limit: 3 } });

    expect(items[0]).toMatchObject({ text: "улица Кенесары, 40", precision: "house" });
  });

  test("refuses an address of another city, and offers the closest of its own", async () => {
    const asked = started.client(service).mapAddress({ body: { text: "улица Кенесары 9999" } });

    await expect(asked).rejects.toMatchObject({
      code: "outside_coverage",
      details: { closest: expect.stringContaining("Кенесары") },
    });
  });

  test("walks from address to address in the order given, and knows the same from its matrix", async () => {
    const places = (await sample(4)).map(({ stop }) => stop);

    const { legs, map_version } = await started.client(service).route({ body: { places } });
    const matrix = await started.client(service).matrix({ body: { from: places.slice(0, 1), to: places.slice(1) } });

    expect(map_version).toBe(described.version);
    expect(legs).toHaveLength(3);
    expect(matrix.duration_s).toHaveLength(3);
    expect(matrix.duration_s[0]).toBe(legs[0]?.duration_s);
    expect(matrix.distance_m[0]).toBe(legs[0]?.distance_m);
  });

  test("has no way to another continent", async () => {
    const [{ stop } = { stop: described.center }] = await sample(1);
    const away = { lat: 37.7936, lng: -122.3965 };

    await expect(started.client(service).route({ body: { places: [stop, away] } })).rejects.toMatchObject({
      code: "outside_coverage",
    });
    expect(await started.client(service).matrix({ body: { from: [stop], to: [away] } })).toMatchObject({
      duration_s: [null],
      distance_m: [null],
    });
  });

  test("draws a sample around a place only with all of the circle", async () => {
    const near = started.client(service).sampleAddresses({ query: { lat: 51.16, lng: 71.43 } });

    await expect(near).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/query/radius_m" }] });
  });

  test.each([
    [{ places: [{ lat: 51.1, lng: 71.4 }] }, "/places"],
    [
      {
        places: [
          { lat: 51.1, lng: 71.4 },
          { lat: 91, lng: 71.4 },
        ],
      },
      "/places/1/lat",
    ],
  ])("a route over %j is refused", async (body, pointer) => {
    await expect(started.client(service).route({ body })).rejects.toMatchObject({
      code: "invalid_request",
      errors: [{ pointer }],
    });
  });

  test("nobody without a credential searches it, and no merchant asks for matrices", async () => {
    await expect(started.client(null).searchAddresses({ query: { text: "x" } })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(started.client(merchant).matrix({ body: { from: [], to: [] } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

test("tiles are public", async () => {
  const tile = await started.request(`/tiles/12/2860/1368.mvt?v=${described.version}`);

  expect(tile.status).toBe(200);
  expect((await tile.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
});
