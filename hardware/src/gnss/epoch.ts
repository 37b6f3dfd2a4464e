import type { GnssFix, GnssReading } from "./gnss.ts";
import type { Gga, NmeaSentence, Rmc } from "./nmea.ts";

/** A receiver is silent, and a fix old, after this; with the tick of the adapter it is told within 2 s. */
export const silenceMs = 1_750;
/** Below this the course over ground is noise. */
const courseFromMps = 0.2;
/** One sigma of a range by kind of fix, metres; times the dilution this is the error where the receiver tells none. */
const rangeErrorM: Readonly<Record<GnssFix["quality"], number>> = {
  gnss: 3,
  differential: 1.5,
  rtk_float: 0.3,
  rtk_fixed: 0.02,
  dead_reckoning: 10,
};

/** What a receiver has said, and what is known by it. */
export interface GnssState {
  readonly reading: GnssReading;
  readonly fixedAtMs: number;
  /** The two halves of a fix: where, and how it moves. Both of the same time make one. */
  readonly gga: { readonly time: string; readonly gga: Gga } | null;
  readonly rmc: { readonly time: string; readonly rmc: Rmc } | null;
  readonly gst: { readonly accuracyM: number } | null;
}

export type GnssInput =
  | { readonly type: "sentence"; readonly sentence: NmeaSentence }
  | { readonly type: "refused" }
  | { readonly type: "tick" }
  | { readonly type: "closed" };

export const unheardGnss: GnssState = {
  reading: { atMs: 0, fix: null, link: "lost", refusedCount: 0 },
  fixedAtMs: 0,
  gga: null,
  rmc: null,
  gst: null,
};

/** Decides what is known after this. */
export function gnssStep(state: GnssState, input: GnssInput, nowMs: number): GnssState {
  switch (input.type) {
    case "refused":
      return { ...state, reading: { ...state.reading, refusedCount: state.reading.refusedCount + 1 } };
    case "closed":
      return lose(state);
    case "tick":
      if (nowMs - state.reading.atMs >= silenceMs) return lose(state);
      return nowMs - state.fixedAtMs >= silenceMs ? withoutFix(state) : state;
    case "sentence":
      return hear({ ...state, reading: { ...state.reading, atMs: nowMs, link: "up" } }, input.sentence, nowMs);
  }
}

function hear(state: GnssState, sentence: NmeaSentence, nowMs: number): GnssState {
  switch (sentence.type) {
    case "other":
      return state;
    case "gst":
      return { ...state, gst: sentence };
    case "rmc": {
      const { time, rmc } = sentence;
      return rmc ? combine({ ...state, rmc: { time, rmc } }, nowMs) : withoutFix(state);
    }
    case "gga": {
      const { time, gga } = sentence;
      return gga ? combine({ ...state, gga: { time, gga } }, nowMs) : withoutFix(state);
    }
  }
}

function combine(state: GnssState, nowMs: number): GnssState {
  const { gga, rmc, gst } = state;
  if (!gga || !rmc || gga.time !== rmc.time) return state;
  const { lat, lng, quality, satellites, hdop } = gga.gga;
  const { speedMps, courseDeg, utcMs } = rmc.rmc;
  const fix: GnssFix = {
    lat,
    lng,
    // Receivers tell the error after the position, so it may be that of the fix before.
    accuracyM: gst ? gst.accuracyM : Math.max(0.01, hdop * rangeErrorM[quality]),
    speedMps,
    headingDeg: speedMps < courseFromMps ? null : courseDeg,
    satellites,
    quality,
    utcMs,
  };
  return { ...state, reading: { ...state.reading, fix }, fixedAtMs: nowMs, gga: null, rmc: null };
}

function withoutFix(state: GnssState): GnssState {
  return { ...state, gga: null, rmc: null, gst: null, reading: { ...state.reading, fix: null } };
}

function lose(state: GnssState): GnssState {
  return { ...withoutFix(state), reading: { ...state.reading, fix: null, link: "lost" } };
}
