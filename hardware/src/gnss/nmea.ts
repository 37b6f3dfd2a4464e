import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { GnssFix } from "./gnss.ts";

/** NMEA 0183 allows 82 characters; receivers with more digits than that standard knew send a few more. */
const sentenceMax = 120;
const knotMps = 0.514444;

export type NmeaFault = "damaged" | "too_long" | "out_of_range";

/** What a receiver says, as far as we listen. `time` is UTC as it stands in the sentence, the mark of one epoch. */
export type NmeaSentence =
  | { readonly type: "rmc"; readonly time: string; readonly rmc: Rmc | null }
  | { readonly type: "gga"; readonly time: string; readonly gga: Gga | null }
  | { readonly type: "gst"; readonly accuracyM: number }
  /** Valid, and none of our business. */
  | { readonly type: "other" };

/** Recommended minimum: the motion of the fix. */
export interface Rmc {
  readonly speedMps: number;
  readonly courseDeg: number | null;
  readonly utcMs: number | null;
}

/** The position and how good it is. */
export interface Gga {
  readonly lat: number;
  readonly lng: number;
  readonly quality: GnssFix["quality"];
  readonly satellites: number;
  readonly hdop: number;
}

/**
 * Cuts sentences out of a stream of bytes. Whatever stands before a `$` is skipped and a `$` in the middle begins anew,
 * so after noise the very next sentence is read.
 */
export class NmeaReader {
  #text: string | null = null;

  push(bytes: Uint8Array): readonly Result<NmeaSentence, NmeaFault>[] {
    const found: Result<NmeaSentence, NmeaFault>[] = [];
    for (const byte of bytes) {
      const read = this.#take(byte);
      if (read) found.push(read);
    }
    return found;
  }

  reset(): void {
    this.#text = null;
  }

  #take(byte: number): Result<NmeaSentence, NmeaFault> | null {
    const text = this.#text;
    if (byte === dollar) {
      this.#text = "";
      return text === null ? null : err("damaged");
    }
    if (text === null) return null;
    if (byte === carriageReturn || byte === lineFeed) {
      this.#text = null;
      return readSentence(text);
    }
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    this.#text = isPrintable && text.length < sentenceMax ? text + String.fromCharCode(byte) : null;
    if (this.#text !== null) return null;
    return err(isPrintable ? "too_long" : "damaged");
  }
}

const dollar = 0x24;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** One sentence between `$` and the end of its line. Without a checksum nothing is believed. */
export function readSentence(text: string): Result<NmeaSentence, NmeaFault> {
  const [, body = "", sum = ""] = /^([^*]*)\*([0-9A-Fa-f]{2})$/.exec(text) ?? [];
  if (sum === "" || checksum(body) !== Number.parseInt(sum, 16)) return err("damaged");
  const [address = "", ...fields] = body.split(",");
  const read = readers[address.slice(-3)];
  if (!read || address.length !== 5) return ok({ type: "other" });
  const sentence = read(fields);
  return sentence ? ok(sentence) : err("out_of_range");
}

/** The sentence with its frame: `$`, checksum, end of line. */
export function writeSentence(body: string): string {
  return `$${body}*${checksum(body).toString(16).toUpperCase().padStart(2, "0")}\r\n`;
}

function checksum(body: string): number {
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) sum ^= body.charCodeAt(i);
  return sum;
}

/** Null for fields that no receiver means: those are refused whole. */
const readers: Readonly<Partial<Record<string, (fields: readonly string[]) => NmeaSentence | null>>> = {
  RMC([time = "", status, , , , , speed = "", course = "", date = ""]) {
    if (status !== "A") return status === "V" ? { type: "rmc", time, rmc: null } : null;
    const speedMps = inRange(speed, 0, 1_000);
    const courseDeg = course === "" ? null : inRange(course, 0, 360);
    if (speedMps === null || (course !== "" && courseDeg === null)) return null;
    const rmc = {
      speedMps: speedMps * knotMps,
      courseDeg: courseDeg === null ? null : courseDeg % 360,
      utcMs: utcOf(date, time),
    };
    return { type: "rmc", time, rmc };
  },
  GGA([time = "", lat = "", north = "", lng = "", east = "", code = "", satellites = "", hdop = ""]) {
    if (!/^[0-8]$/.test(code)) return null;
    const quality = qualities[code];
    if (!quality) return { type: "gga", time, gga: null };
    const position = { lat: degrees(lat, north, "N", "S"), lng: degrees(lng, east, "E", "W") };
    const count = inRange(satellites, 0, 99);
    const dilution = inRange(hdop, 0, 100);
    if (position.lat === null || position.lng === null || count === null || dilution === null) return null;
    return {
      type: "gga",
      time,
      gga: { lat: position.lat, lng: position.lng, quality, satellites: count, hdop: dilution },
    };
  },
  GST([, , , , , north = "", east = ""]) {
    const errors = [inRange(north, 0, 100_000), inRange(east, 0, 100_000)];
    const [northM, eastM] = errors;
    if (northM === null || northM === undefined || eastM === null || eastM === undefined) return { type: "other" };
    return { type: "gst", accuracyM: Math.sqrt((northM ** 2 + eastM ** 2) / 2) };
  },
};

/** The digits that stand for a position. Typed in by hand (7) or simulated by the receiver (8) is none. */
const qualities: Readonly<Partial<Record<string, GnssFix["quality"]>>> = {
  1: "gnss",
  2: "differential",
  3: "gnss",
  4: "rtk_fixed",
  5: "rtk_float",
  6: "dead_reckoning",
};

/** `ddmm.mmmm` or `dddmm.mmmm` with its hemisphere. */
function degrees(text: string, hemisphere: string, positive: string, negative: string): number | null {
  const [, whole = "", minutes = ""] = /^(\d{2,3})(\d{2}(?:\.\d+)?)$/.exec(text) ?? [];
  const value = Number(whole) + Number(minutes) / 60;
  const limit = positive === "N" ? 90 : 180;
  if (whole === "" || Number(minutes) >= 60 || value > limit) return null;
  if (hemisphere === positive) return value;
  return hemisphere === negative ? -value : null;
}

function inRange(text: string, min: number, max: number): number | null {
  if (!/^\d+(\.\d*)?$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

function utcOf(date: string, time: string): number | null {
  const [, day = "", month = "", year = ""] = /^(\d\d)(\d\d)(\d\d)$/.exec(date) ?? [];
  const [, hour = "", minute = "", second = ""] = /^(\d\d)(\d\d)(\d\d(?:\.\d+)?)$/.exec(time) ?? [];
  if (day === "" || hour === "") return null;
  const midnightMs = Date.UTC(2000 + Number(year), Number(month) - 1, Number(day));
  return midnightMs + Math.round((Number(hour) * 3_600 + Number(minute) * 60 + Number(second)) * 1_000);
}
