import type { Place } from "@kerbside/proto/base/place";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { expect, test } from "vitest";
import { drawDeadZones, hasSignal } from "./coverage.ts";

const sites: readonly Place[] = [
  { lat: 51.19, lng: 71.36 },
  { lat: 51.2, lng: 71.38 },
  { lat: 51.205, lng: 71.365 },
];

test("whoever waits at a hub or a store has a signal, whatever is drawn", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const zones = drawDeadZones(new SeededRng(seed), sites, 6);
    expect(sites.every((site) => hasSignal(zones, site))).toBe(true);
  }
});

test("in a dead zone there is none", () => {
  const [zone] = drawDeadZones(new SeededRng(1), sites, 1);

  expect(zone && hasSignal([zone], zone.center)).toBe(false);
});

test("where no city is, no zones are", () => {
  expect(drawDeadZones(new SeededRng(1), [], 6)).toEqual([]);
});
