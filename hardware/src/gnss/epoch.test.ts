import { expect, test } from "vitest";
import { type GnssState, gnssStep, silenceMs, unheardGnss } from "./epoch.ts";
import type { NmeaSentence } from "./nmea.ts";

const rmc = (time: string): NmeaSentence => ({ type: "rmc", time, rmc: { speedMps: 1, courseDeg: 90, utcMs: null } });
const gga = (time: string): NmeaSentence => ({
  type: "gga",
  time,
  gga: { lat: 51, lng: 71, quality: "gnss", satellites: 9, hdop: 2 },
});
const gst: NmeaSentence = { type: "gst", accuracyM: 0.7 };

function hear(sentences: readonly NmeaSentence[], nowMs = 10_000): GnssState {
  return sentences.reduce((state, sentence) => gnssStep(state, { type: "sentence", sentence }, nowMs), unheardGnss);
}

test.each([
  ["RMC first", [rmc("1"), gga("1")]],
  ["GGA first", [gga("1"), rmc("1")]],
])("both halves of one instant make a fix, %s", (_order, sentences) => {
  expect(hear(sentences).reading.fix).toMatchObject({ lat: 51, speedMps: 1, accuracyM: 6 });
});

test("halves of different instants make none", () => {
  expect(hear([rmc("1"), gga("2")]).reading).toMatchObject({ fix: null, link: "up" });
});

test("the receiver's own estimate of its error goes before one by dilution", () => {
  expect(hear([gga("1"), gst, rmc("1")]).reading.fix?.accuracyM).toBe(0.7);
});

test("a fix grows old while the receiver speaks of other things, and all is lost when it is silent", () => {
  const fixed = hear([gga("1"), rmc("1")]);
  const later = 10_000 + silenceMs;

  const stale = gnssStep(
    gnssStep(fixed, { type: "sentence", sentence: { type: "other" } }, later),
    { type: "tick" },
    later,
  );
  const silent = gnssStep(stale, { type: "tick" }, later + silenceMs);

  expect(stale.reading).toMatchObject({ fix: null, link: "up" });
  expect(silent.reading).toMatchObject({ fix: null, link: "lost" });
});

test("what is refused is counted and changes nothing else", () => {
  const fixed = hear([gga("1"), rmc("1")]);

  const after = gnssStep(fixed, { type: "refused" }, 10_001);

  expect(after.reading).toEqual({ ...fixed.reading, refusedCount: 1 });
});
