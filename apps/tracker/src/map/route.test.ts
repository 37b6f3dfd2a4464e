import { expect, test } from "vitest";
import { routeOf } from "./route.ts";

test("a way is read from its pairs", () => {
  expect(routeOf("[[51.1,71.4],[51.2,71.5]]")).toEqual([
    { lat: 51.1, lng: 71.4 },
    { lat: 51.2, lng: 71.5 },
  ]);
});

test.each([null, "{}", "[]", '[["a","b"],7]'])("%s is no way", (text) => {
  expect(routeOf(text)).toEqual([]);
});
