import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { expect, test } from "vitest";
import { isNews } from "./position-news.ts";

const sample: HeartbeatSample = {
  atMs: 0,
  lat: 51.1,
  lng: 71.4,
  accuracyM: 1,
  speedMps: 1,
  headingDeg: 0,
  batteryPct: 80,
  lid: "closed_locked",
  operationalState: "working",
  controlMode: "AUTOMATIC",
  motionSafety: "moving",
  lidFlags: 0,
};
const told = { lat: 51.1, lng: 71.4, batteryPct: 80, toldAtMs: 100_000 };

test.each([
  ["the first position", undefined, sample, 100_000, true],
  ["no fix", undefined, { ...sample, lat: null, lng: null }, 100_000, false],
  ["nothing new", told, sample, 130_000, false],
  ["25 metres and more", told, { ...sample, lat: 51.100_25 }, 130_000, true],
  ["less than 25 metres", told, { ...sample, lat: 51.100_2 }, 130_000, false],
  ["a percent of battery", told, { ...sample, batteryPct: 79 }, 130_000, true],
  ["a minute", told, sample, 160_000, true],
  ["a long way within five seconds", told, { ...sample, lat: 52 }, 104_999, false],
] as const)("%s: is it news?", (_title, before, now, nowMs, expected) => {
  expect(isNews(before, now, nowMs)).toBe(expected);
});
