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

function post(path: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return started.request(`/v1/maps/${path}`, { method: "POST", headers, body }, service);
}

const here = '{"lat":51.1,"lng":71.4}';

function list(count: number): string {
  return `[${Array.from({ length: count }, () => here).join(",")}]`;
}

/** So many good places and, behind them, one more. */
function places(count: number, last?: string): string {
  const good = list(count);
  return `{"places":${last === undefined ? good : `${good.slice(0, -1)},${last}]`}}`;
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

  test.each([
    [
      { text: "улица Кенесары 9999" },
      { why: "not_understood", closest: expect.stringContaining("Кенесары") },
      /^“улица Кенесары 9999” was not understood as an address of Astana: the closest that is known is “.*Кенесары, .*”$/,
    ],
    [
      { text: "10 Downing Street, London" },
      { why: "not_understood" },
      /^“10 Downing Street, London” was not understood as an address of Astana: give its coordinates$/,
    ],
    [
      { place: { lat: 51.5, lng: 71.43 } },
      { why: "too_far", nearest_street_m: expect.any(Number), nearest_street: { lat: expect.any(Number) } },
      /^“51.50000, 71.43000” is \d+ km from the nearest street that robots serve.*, and 150 m is the most$/,
    ],
    [
      { text: "my dacha", place: { lat: 51.5, lng: 71.43 } },
      { why: "too_far" },
      /^“my dacha” is \d+ km from the nearest street/,
    ],
  ])("refuses %j with what it understood and what is nearest", async (body, details, sentence) => {
    const asked = started.client(service).mapAddress({ body });

    await expect(asked).rejects.toMatchObject({
      code: "outside_coverage",
      details: { ...details, detail: expect.stringMatching(sentence) },
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
      errors: [{ pointer: "/places/1", message: expect.stringContaining("km from the nearest street") }],
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
    ["route", "a single place", places(1), "/places"],
    ["route", "more places than it takes", places(26), "/places"],
    ["route", "a latitude beyond the pole", places(1, '{"lat":91,"lng":71.4}'), "/places/1/lat"],
    ["route", "a number beyond numbers", places(1, '{"lat":51.1,"lng":1e999}'), "/places/1/lng"],
    ["route", "no number", places(1, '{"lat":null,"lng":71.4}'), "/places/1/lat"],
    ["route", "the word for no number", places(1, '{"lat":"NaN","lng":71.4}'), "/places/1/lat"],
    ["matrix", "more ends than it takes", `{"from":${list(501)},"to":[]}`, "/from"],
    ["address", "neither words nor a place", "{}", ""],
    ["address", "words without end", JSON.stringify({ text: "x".repeat(301) }), "/text"],
  ])("a %s with %s is refused, and the field is named", async (path, _title, body, pointer) => {
    const response = await post(path, body);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
  });

  test("a list that is longer than any request may be is refused unread", async () => {
    const response = await post("matrix", `{"from":${list(60_000)},"to":[]}`);

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "payload_too_large", details: { bytes_max: 1_048_576 } });
  });

  test.each(["lat=NaN&lng=71.4&radius_m=100", "lat=51.1&lng=Infinity&radius_m=100", "lat=51.1&lng=71.4&radius_m=1e9"])(
    "a sample around %s is refused",
    async (query) => {
      const response = await started.request(`/v1/maps/sample?${query}`, {}, service);

      expect(response.status).toBe(400);
    },
  );

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
