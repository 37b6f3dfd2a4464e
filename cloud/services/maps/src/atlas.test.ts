import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { distanceM } from "@kerbside/proto/geo/geo";
import { describe, expect, test } from "vitest";
import { Atlas, coverageLimitM } from "./atlas.ts";
import { buildCityMap } from "./city/city-map.ts";
import { astanaTiles, readSourceTiles } from "./source/source-tiles.node.ts";

const atlas = new Atlas(buildCityMap("test", await readSourceTiles(astanaTiles)));
const sanFrancisco = { lat: 37.7936, lng: -122.3965 };

describe("an address", () => {
  test.each([
    "проспект Кабанбай батыра 15",
    "Kabanbay batyr avenue 15, Astana 010000, Kazakhstan",
    "Кенесары 40, подъезд 2, домофон 15",
    "Хан Шатыр",
  ])("%s is found, in the words it was asked for", (text) => {
    const found = atlas.address({ text, unit: "12" });

    expect(found).toMatchObject({ ok: true, value: { address: { text, unit: "12" } } });
    expect(found.ok && found.value.walk_m).toBeLessThanOrEqual(coverageLimitM);
  });

  test.each([
    "1 Market St, San Francisco, CA 94105",
    "10 Downing Street, London",
    "Абая 12, Алматы",
    "улица Кенесары 9999",
    "улица Кенесары",
    "???",
  ])("%s is outside coverage", (text) => {
    expect(atlas.address({ text })).toEqual({ ok: false, error: "outside_coverage" });
  });

  test("coordinates decide, words are kept", () => {
    const place = { lat: 51.1605, lng: 71.4704 };

    expect(atlas.address({ text: "back door", place })).toMatchObject({
      ok: true,
      value: { address: { text: "back door", place }, precision: "given" },
    });
  });

  test("coordinates alone are called by the nearest address", () => {
    const [house] = atlas.sample(new SeededRng(5), { count: 1, kind: "house" });

    expect(house && atlas.address({ place: house.address.place })).toMatchObject({
      value: { address: { text: house?.address.text } },
    });
  });

  test("coordinates far from every walkway are outside coverage, whatever the words say", () => {
    expect(atlas.address({ text: "проспект Кабанбай батыра 15", place: sanFrancisco })).toMatchObject({ ok: false });
  });
});

describe("a sample", () => {
  test("the same seed draws the same addresses, each once, and all can be reached from each other", () => {
    const sample = atlas.sample(new SeededRng(7), { count: 40, kind: "house" });
    const again = atlas.sample(new SeededRng(7), { count: 40, kind: "house" });

    expect(sample).toHaveLength(40);
    expect(again).toEqual(sample);
    expect(new Set(sample.map(({ address }) => address.text)).size).toBe(40);
    expect(atlas.legs(sample.map(({ stop }) => stop))).toMatchObject({ ok: true });
  });

  test("near a place it stays near", () => {
    const place = { lat: 51.1605, lng: 71.4704 };

    const sample = atlas.sample(new SeededRng(7), { count: 20, kind: "name", near: { place, radiusM: 900 } });

    expect(sample).toHaveLength(20);
    for (const { address } of sample) expect(distanceM(place, address.place)).toBeLessThanOrEqual(900);
  });
});

describe("ways", () => {
  test("legs begin and end where robots can stand, and a matrix says the same of them", () => {
    const places = atlas.sample(new SeededRng(3), { count: 5, kind: "house" }).map(({ stop }) => stop);

    const legs = atlas.legs(places);
    const cells = atlas.matrix(places, places);

    if (!legs.ok) throw new Error(legs.error);
    expect(legs.value).toHaveLength(4);
    for (const [i, leg] of legs.value.entries()) {
      const [lat = 0, lng = 0] = leg.line.at(-1) ?? [];
      const end = places[i + 1];
      expect(end && distanceM(end, { lat, lng })).toBeLessThan(0.5);
      expect(leg.duration_s * 1000).toBe(cells.costMs[i * 5 + i + 1]);
      expect(leg.distance_m / leg.duration_s).toBeLessThanOrEqual(1.5);
    }
  });

  test("a place outside coverage has no leg and an empty cell", () => {
    const [inside] = atlas.sample(new SeededRng(3), { count: 1, kind: "house" }).map(({ stop }) => stop);
    if (!inside) throw new Error("the sample is empty");

    expect(atlas.legs([inside, sanFrancisco])).toEqual({ ok: false, error: "outside_coverage" });
    expect([...atlas.matrix([inside, sanFrancisco], [inside]).costMs]).toEqual([0, -1]);
  });
});
