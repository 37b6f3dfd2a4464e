import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";
import { BitReader, BitsDamaged, BitWriter } from "./bits.ts";
import { ColumnWriter, columnMax, readColumn } from "./column.ts";
import { type HeartbeatSample, heartbeatSets } from "./sample.ts";

/*
 * A batch on the wire: msgpack `[version, samples, columns]`, then CRC-32 (ISO-HDLC) of those bytes, big-endian.
 * `columns` are the bits of eight columns in the order of `readings`, see column.ts. A change of the layout, of
 * `readings` or of a grid is a new version; the sets of sample.ts may grow to sixteen words each without one.
 */
const version = 1;

/** Limits that both ends keep. A batch of an hour fits. */
export const heartbeatLimits = { samplesMax: 4_096, bytesMax: 128 * 1024 } as const;

export type HeartbeatDamage =
  | "too_short"
  | "too_large"
  | "unknown_version"
  | "checksum"
  | "envelope"
  | "columns"
  | "value";

/** Received bytes are not a batch of ours. Nothing of them was decoded. */
export class HeartbeatDamaged extends Error {
  readonly what: HeartbeatDamage;
  readonly where: string;

  constructor(what: HeartbeatDamage, where: string, cause?: unknown) {
    super(`heartbeats damaged: ${what} at ${where}`, { cause });
    this.name = "HeartbeatDamaged";
    this.what = what;
    this.where = where;
  }
}

/** The measures of a sample as integers on the wire's grid, in the order of the columns. */
const readings = ["at", "lat", "lng", "accuracy", "speed", "heading", "battery", "situation"] as const;
type Reading = (typeof readings)[number];

/** Steps of the grid in one unit. */
const grid = { degree: 1e7, metre: 10, metrePerSecond: 100, headingDegree: 10, percent: 10 } as const;
const circle = 360 * grid.headingDegree;
const largest: Readonly<Record<Reading, number>> = {
  at: columnMax,
  lat: 90 * grid.degree,
  lng: 180 * grid.degree,
  accuracy: columnMax,
  speed: columnMax,
  heading: columnMax,
  battery: columnMax,
  situation: 2 ** 32,
};

const packr = new Packr({ useRecords: false, moreTypes: false });

/**
 * Packs one robot's samples, oldest first. Each measure is rounded to the nearest step of its grid: 1e-7 degrees,
 * 1 decimetre of accuracy, 1 cm/s, 0.1 degree of heading (360 becomes 0), 0.1 %, 1 ms; ties go up. Samples that lie on
 * the grid come back as the very same numbers.
 * Throws `RangeError` for what no sample can be: no samples or too many, a number that is not finite, a latitude beyond
 * the poles, half a position, an unknown word.
 */
export function encodeHeartbeats(samples: readonly HeartbeatSample[]): Uint8Array {
  if (samples.length === 0 || samples.length > heartbeatLimits.samplesMax) {
    throw new RangeError(`a batch holds 1 to ${heartbeatLimits.samplesMax} heartbeats, not ${samples.length}`);
  }
  const bits = new BitWriter();
  const columns = toColumns(samples);
  for (const reading of readings) memory.writer.write(bits, columns[reading], samples.length);
  const body = packr.pack([version, samples.length, bits.finish()]);
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc32(body));
  return bytes;
}

/** Reads a batch back. Throws `HeartbeatDamaged` for anything that `encodeHeartbeats` did not write; never partly. */
export function decodeHeartbeats(bytes: Uint8Array): HeartbeatSample[] {
  const { count, columns } = readColumns(bytes);
  return Array.from({ length: count }, (_, index) => toSample(columns, index));
}

/**
 * How many samples a batch holds, and the last of them. Throws where `decodeHeartbeats` would, for half of its work: a cloud
 * stores batches as they are, and needs of most no other sample.
 */
export function newestHeartbeat(bytes: Uint8Array): { readonly count: number; readonly newest: HeartbeatSample } {
  const { count, columns } = readColumns(bytes);
  return { count, newest: toSample(columns, count - 1) };
}

/** The sample as it will come back: rounded to the wire's grid. */
export function onGrid(sample: HeartbeatSample): HeartbeatSample {
  const columns = toColumns([sample]);
  return toSample(columns, 0);
}

function readColumns(bytes: Uint8Array): { readonly count: number; readonly columns: Columns<readonly number[]> } {
  const { count, columns } = openEnvelope(bytes);
  const bits = new BitReader(columns);
  const read = (reading: Reading): number[] => {
    try {
      return readColumn(bits, count);
    } catch (cause) {
      if (cause instanceof BitsDamaged) throw new HeartbeatDamaged("columns", `column ${reading}`, cause);
      throw cause;
    }
  };
  const decoded = {
    at: read("at"),
    lat: read("lat"),
    lng: read("lng"),
    accuracy: read("accuracy"),
    speed: read("speed"),
    heading: read("heading"),
    battery: read("battery"),
    situation: read("situation"),
  };
  if (!bits.isFinished()) throw new HeartbeatDamaged("columns", "the end");
  for (const reading of readings) checkColumn(reading, decoded[reading]);
  return { count, columns: decoded };
}

/** No sample may hold what `encodeHeartbeats` would refuse, however far in it lies. */
function checkColumn(reading: Reading, column: readonly number[]): void {
  const max = largest[reading];
  let last = Number.NaN;
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index] ?? Number.NaN;
    if (value === last) continue;
    if (!(Math.abs(value) <= max)) throw new HeartbeatDamaged("value", `column ${reading}, sample ${index}`);
    if (reading === "situation") wordsAt(value);
    last = value;
  }
}

function openEnvelope(bytes: Uint8Array): { readonly count: number; readonly columns: Uint8Array } {
  if (bytes.length < 9) throw new HeartbeatDamaged("too_short", `byte ${bytes.length}`);
  if (bytes.length > heartbeatLimits.bytesMax) throw new HeartbeatDamaged("too_large", `byte ${bytes.length}`);
  const body = bytes.subarray(0, -4);
  const sum = new DataView(bytes.buffer, bytes.byteOffset + body.length, 4).getUint32(0);
  if (crc32(body) !== sum) throw new HeartbeatDamaged("checksum", `byte ${body.length}`);
  if (bytes[0] !== 0x93) throw new HeartbeatDamaged("envelope", "byte 0");
  if (bytes[1] !== version) throw new HeartbeatDamaged("unknown_version", `byte 1: ${bytes[1]}`);
  const [, count, columns] = unpackBody(body);
  if (!Number.isInteger(count) || count < 1 || count > heartbeatLimits.samplesMax) {
    throw new HeartbeatDamaged("envelope", `samples: ${count}`);
  }
  return { count, columns };
}

/**
 * Only the tags that the encoder writes reach msgpackr: a small unsigned integer, then binary that fills the rest. A
 * forged length or an extension type is refused before anything is built from it.
 */
function unpackBody(body: Uint8Array): readonly [number, number, Uint8Array] {
  const countBytes = { 0xcc: 2, 0xcd: 3 }[body[2] ?? 0] ?? 1;
  if (countBytes === 1 && (body[2] ?? 0xff) > 0x7f) throw new HeartbeatDamaged("envelope", "byte 2");
  const at = 2 + countBytes;
  const lengthBytes = { 0xc4: 1, 0xc5: 2, 0xc6: 4 }[body[at] ?? 0];
  if (lengthBytes === undefined) throw new HeartbeatDamaged("envelope", `byte ${at}`);
  let length = 0;
  for (let i = 1; i <= lengthBytes; i += 1) length = length * 256 + (body[at + i] ?? 0);
  if (at + 1 + lengthBytes + length !== body.length) throw new HeartbeatDamaged("envelope", `byte ${at + 1}`);
  return packr.unpack(body);
}

/** One batch as columns of integers; `Float64Array` on the way out, where it is memory that is used again. */
type Columns<Column> = Readonly<Record<Reading, Column>>;

/** Encoding is synchronous, so one set of memory serves every batch of this process. */
const memory: Columns<Float64Array> & { readonly writer: ColumnWriter } = {
  at: new Float64Array(heartbeatLimits.samplesMax),
  lat: new Float64Array(heartbeatLimits.samplesMax),
  lng: new Float64Array(heartbeatLimits.samplesMax),
  accuracy: new Float64Array(heartbeatLimits.samplesMax),
  speed: new Float64Array(heartbeatLimits.samplesMax),
  heading: new Float64Array(heartbeatLimits.samplesMax),
  battery: new Float64Array(heartbeatLimits.samplesMax),
  situation: new Float64Array(heartbeatLimits.samplesMax),
  writer: new ColumnWriter(heartbeatLimits.samplesMax),
};

function toColumns(samples: readonly HeartbeatSample[]): Columns<Float64Array> {
  // Without a fix the column stands still where it was, and before the first fix where that will be.
  let place = samples.find((sample) => sample.lat !== null) ?? { lat: 0, lng: 0 };
  let heading = 0;
  let previous: HeartbeatSample | null = null;
  let situation = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const sample = samples[i];
    if (sample === undefined) throw new RangeError(`heartbeat ${i} is missing`);
    if (sample.lat !== null) place = sample;
    // Unrolled, so that 359.9 to 0 is a step of 0.1 and not of 359.9.
    heading += shortestTurn(steps(sample.headingDeg, grid.headingDegree, "headingDeg") - heading);
    if (previous === null || !isSameSituation(previous, sample)) situation = toSituation(sample);
    previous = sample;
    memory.at[i] = steps(sample.atMs, 1, "atMs");
    memory.lat[i] = steps(place.lat ?? 0, grid.degree, "lat", 90);
    memory.lng[i] = steps(place.lng ?? 0, grid.degree, "lng", 180);
    memory.accuracy[i] = steps(sample.accuracyM, grid.metre, "accuracyM");
    memory.speed[i] = steps(sample.speedMps, grid.metrePerSecond, "speedMps");
    memory.heading[i] = heading;
    memory.battery[i] = steps(sample.batteryPct, grid.percent, "batteryPct");
    memory.situation[i] = situation;
  }
  return memory;
}

/** Of columns that hold nothing but what a sample can be. */
function toSample(columns: Columns<ArrayLike<number>>, index: number): HeartbeatSample {
  const value = (reading: Reading): number => columns[reading][index] ?? Number.NaN;
  const situation = value("situation");
  const hasFix = (situation & 1) === 1;
  const turned = value("heading") % circle;
  return {
    atMs: value("at"),
    lat: hasFix ? value("lat") / grid.degree : null,
    lng: hasFix ? value("lng") / grid.degree : null,
    accuracyM: value("accuracy") / grid.metre,
    speedMps: value("speed") / grid.metrePerSecond,
    headingDeg: (turned < 0 ? turned + circle : turned + 0) / grid.headingDegree,
    batteryPct: value("battery") / grid.percent,
    ...wordsAt(situation),
    lidFlags: situation >>> 17,
  };
}

function wordsAt(situation: number) {
  return {
    lid: wordAt(heartbeatSets.lid, situation, 1),
    operationalState: wordAt(heartbeatSets.operational_state, situation, 5),
    controlMode: wordAt(heartbeatSets.control_mode, situation, 9),
    motionSafety: wordAt(heartbeatSets.motion_safety, situation, 13),
  };
}

function wordAt<W>(set: readonly W[], situation: number, shift: number): W {
  const index = (situation >>> shift) & 15;
  const found = set[index];
  if (found === undefined) throw new HeartbeatDamaged("value", `column situation, word ${index} of ${set.length}`);
  return found;
}

/** What seldom changes, as one number: whether there is a fix, four words of four bits, fifteen flags. */
function toSituation(sample: HeartbeatSample): number {
  const hasFix = sample.lat !== null;
  if (hasFix !== (sample.lng !== null)) throw new RangeError("lat and lng are both known or both null");
  if (!Number.isInteger(sample.lidFlags) || sample.lidFlags < 0 || sample.lidFlags >= 2 ** 15) {
    throw new RangeError(`lidFlags ${sample.lidFlags} is not a set of at most 15 flags`);
  }
  const words =
    (indexOf(heartbeatSets.lid, sample.lid) << 1) |
    (indexOf(heartbeatSets.operational_state, sample.operationalState) << 5) |
    (indexOf(heartbeatSets.control_mode, sample.controlMode) << 9) |
    (indexOf(heartbeatSets.motion_safety, sample.motionSafety) << 13);
  return (hasFix ? 1 : 0) + words + sample.lidFlags * 2 ** 17;
}

function isSameSituation(a: HeartbeatSample, b: HeartbeatSample): boolean {
  return (
    (a.lat === null) === (b.lat === null) &&
    (a.lng === null) === (b.lng === null) &&
    a.lid === b.lid &&
    a.operationalState === b.operationalState &&
    a.controlMode === b.controlMode &&
    a.motionSafety === b.motionSafety &&
    a.lidFlags === b.lidFlags
  );
}

function indexOf<W extends string>(set: readonly W[], word: W): number {
  const index = set.indexOf(word);
  if (index === -1) throw new RangeError(`“${word}” is none of ${set.join(", ")}`);
  return index;
}

function steps(value: number, perUnit: number, field: string, max = Number.POSITIVE_INFINITY): number {
  const step = Math.round(value * perUnit);
  if (!(Math.abs(step) <= columnMax && Math.abs(value) <= max)) throw new RangeError(`${field} cannot be ${value}`);
  // Math.round(-0.4) is -0, which is another number than the 0 that comes back.
  return step + 0;
}

/** The same turn, in steps of the grid, between half a circle left and right. */
function shortestTurn(turn: number): number {
  const rest = turn % circle;
  if (rest > circle / 2) return rest - circle;
  return rest < -circle / 2 ? rest + circle : rest;
}
