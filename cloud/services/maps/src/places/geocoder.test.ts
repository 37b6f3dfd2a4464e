import { describe, expect, test } from "vitest";
import { Geocoder } from "./geocoder.ts";

const at = (i: number) => ({ lat: 51.16 + i * 1e-3, lng: 71.43 });
const geocoder = new Geocoder([
  { name: "улица Кенесары", house: "40", place: at(0) },
  { name: "улица Кенесары", house: "42/1", place: at(1) },
  { name: "улица Кенесары", house: "44А", place: at(2) },
  { name: "проспект Абая", house: "12", place: at(3) },
  { name: "переулок Абая", house: "5", place: at(4) },
  { name: "улица Сакена Сейфуллина", house: "40", place: at(5) },
  { name: "улица 187", house: "3", place: at(6) },
  { name: "Korean House", house: null, place: at(7) },
]);

describe("searching", () => {
  test.each([
    ["улица Кенесары, 40", "улица Кенесары, 40"],
    ["ул. кенесары 40, Астана", "улица Кенесары, 40"],
    ["Kenesary street 40, Astana, Kazakhstan", "улица Кенесары, 40"],
    ["40 Kenesary", "улица Кенесары, 40"],
    ["Kenesari 42/1", "улица Кенесары, 42/1"],
    ["Кенесары 44 а", "улица Кенесары, 44А"],
    ["Кенесары 44а", "улица Кенесары, 44А"],
    ["Kenesarry 44A", "улица Кенесары, 44А"],
    ["пр. Абая 12", "проспект Абая, 12"],
    ["Abay 5", "переулок Абая, 5"],
    ["Сейфуллин 40", "улица Сакена Сейфуллина, 40"],
    ["улица 187, 3", "улица 187, 3"],
    ["korean house", "Korean House"],
    ["Korean House, 010000 Astana", "Korean House"],
  ])("%s finds %s", (question, answer) => {
    expect(geocoder.search(question, 1)[0]?.text).toBe(answer);
  });

  test("another number on the right street is marked as such", () => {
    expect(geocoder.search("Кенесары 99", 1)[0]).toEqual({
      text: "улица Кенесары, 44А",
      place: at(2),
      precision: "street",
      score: 0.7,
      explained: 1,
      numberGap: 55,
    });
  });

  test("a city that the name does not explain is told from one that goes without saying", () => {
    expect(geocoder.search("Abay 12, Almaty", 1)[0]).toMatchObject({ text: "проспект Абая, 12", explained: 0.4 });
    expect(geocoder.search("Abay 12, Astana", 1)[0]).toMatchObject({ text: "проспект Абая, 12", explained: 1 });
  });

  test("a name without a house number does not answer for one", () => {
    expect(geocoder.search("Korean House", 1)[0]).toMatchObject({ precision: "name", numberGap: 0 });
    expect(geocoder.search("Korean House 12", 1)[0]).toMatchObject({ precision: "name", numberGap: null });
  });

  test.each(["", "  ,. ", "улица", "Baker Street 221b", "12"])("%j finds nothing", (question) => {
    expect(geocoder.search(question, 5)).toEqual([]);
  });
});

describe("pointing", () => {
  test("the nearest address answers", () => {
    expect(geocoder.nearest({ lat: 51.1601, lng: 71.43 }, 150)).toMatchObject({ text: "улица Кенесары, 40" });
  });

  test("a place far from every address has none", () => {
    expect(geocoder.nearest({ lat: 51.3, lng: 71.43 }, 150)).toBeNull();
  });

  test("an empty book knows nothing", () => {
    expect(new Geocoder([]).nearest({ lat: 51.16, lng: 71.43 }, 150)).toBeNull();
  });
});
