import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeHeartbeats,
  encodeHeartbeats,
  HeartbeatDamaged,
  heartbeatLimits,
  newestHeartbeat,
  onGrid,
} from "./codec.ts";
import { type HeartbeatSample, heartbeatSets } from "./sample.ts";
import { cityTrace, sensorNoises } from "./trace.sim.ts";

const place = fc.record({ lat: fc.double(degrees(90)), lng: fc.double(degrees(180)) });
const anySample: fc.Arbitrary<HeartbeatSample> = fc
  .record({
    atMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    place: fc.option(place),
    accuracyM: fc.double({ min: 0, max: 10_000, noNaN: true }),
    speedMps: fc.double({ min: -5, max: 5, noNaN: true }),
    headingDeg: fc.double({ min: -720, max: 720, noNaN: true }),
    batteryPct: fc.double({ min: 0, max: 100, noNaN: true }),
    lid: fc.constantFrom(...heartbeatSets.lid),
    operationalState: fc.constantFrom(...heartbeatSets.operational_state),
    controlMode: fc.constantFrom(...heartbeatSets.control_mode),
    motionSafety: fc.constantFrom(...heartbeatSets.motion_safety),
    lidFlags: fc.integer({ min: 0, max: 2 ** 15 - 1 }),
  })
  .map(({ place: found, ...rest }) => ({ ...rest, lat: found?.lat ?? null, lng: found?.lng ?? null }));
const anyBatch = fc.array(anySample, { minLength: 1, maxLength: 70 });
const minute = cityTrace({ seed: 1, samples: 60 });

describe("what goes in comes out", () => {
  test("any samples come back on the grid", () => {
    fc.assert(
      fc.property(anyBatch, (samples) => {
        expect(decodeHeartbeats(encodeHeartbeats(samples))).toEqual(samples.map(onGrid));
      }),
      { numRuns: 500 },
    );
  });

  test("samples on the grid come back as the very same numbers", () => {
    fc.assert(
      fc.property(anySample, (sample) => {
        const gridded = onGrid(sample);

        expect(decodeHeartbeats(encodeHeartbeats([gridded]))).toEqual([gridded]);
      }),
    );
  });

  test("the grid is 1e-7 degrees, 1 dm, 1 cm/s, 0.1 degree, 0.1 % and 1 ms", () => {
    fc.assert(
      fc.property(anySample, (sample) => {
        const gridded = onGrid(sample);

        expect(Math.abs((gridded.lat ?? 0) - (sample.lat ?? 0))).toBeLessThanOrEqual(0.51e-7);
        expect(Math.abs((gridded.lng ?? 0) - (sample.lng ?? 0))).toBeLessThanOrEqual(0.51e-7);
        expect(Math.abs(gridded.accuracyM - sample.accuracyM)).toBeLessThanOrEqual(0.0501);
        expect(Math.abs(gridded.speedMps - sample.speedMps)).toBeLessThanOrEqual(0.00501);
        expect(Math.abs(gridded.batteryPct - sample.batteryPct)).toBeLessThanOrEqual(0.0501);
        expect(gridded.headingDeg).toBeGreaterThanOrEqual(0);
        expect(gridded.headingDeg).toBeLessThan(360);
        expect(gridded.atMs).toBe(sample.atMs);
      }),
    );
  });

  test.each(Object.entries(sensorNoises))("an hour under %s comes back", (_name, noise) => {
    const hour = cityTrace({ seed: 9, samples: 3_600, noise });

    expect(decodeHeartbeats(encodeHeartbeats(hour))).toEqual(hour);
  });

  test("a fix that comes and goes, and a clock that jumps, come back", () => {
    const samples = minute.map((sample, at) => ({
      ...sample,
      ...(at % 7 < 3 && { lat: null, lng: null }),
      atMs: at < 30 ? sample.atMs : sample.atMs - 315_360_000_000,
    }));

    expect(decodeHeartbeats(encodeHeartbeats(samples))).toEqual(samples);
  });

  test.each(Object.entries(sensorNoises))("a minute under %s takes at most 7 bytes a heartbeat", (_name, noise) => {
    const trace = cityTrace({ seed: 3, samples: 6_000, noise });
    const bytes = Array.from({ length: 100 }, (_, at) => encodeHeartbeats(trace.slice(at * 60, at * 60 + 60)).length);

    expect(bytes.reduce((sum, length) => sum + length, 0) / trace.length).toBeLessThanOrEqual(7);
  });
});

test("the newest of any batch is the last of all that it holds", () => {
  const samples = cityTrace({ seed: 7, samples: 600 });

  for (let count = 1; count <= samples.length; count += 37) {
    const bytes = encodeHeartbeats(samples.slice(0, count));

    expect(newestHeartbeat(bytes)).toEqual({ count, newest: decodeHeartbeats(bytes).at(-1) });
  }
});

describe("what is no sample is refused before it is sent", () => {
  test.each([
    ["no samples", []],
    ["too many", Array.from({ length: heartbeatLimits.samplesMax + 1 }, () => sampleWith({}))],
    ["not a number", [sampleWith({ speedMps: Number.NaN })]],
    ["endless", [sampleWith({ batteryPct: Number.POSITIVE_INFINITY })]],
    ["beyond the pole", [sampleWith({ lat: 90.1, lng: 0 })]],
    ["half a position", [sampleWith({ lat: 1, lng: null })]],
    ["a flag without a place", [sampleWith({ lidFlags: 2 ** 15 })]],
  ])("%s", (_what, samples) => {
    expect(() => encodeHeartbeats(samples)).toThrow(RangeError);
  });
});

describe("damage is found", () => {
  const bytes = encodeHeartbeats(minute);

  test("every single flipped bit", () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));

      expect(() => decodeHeartbeats(flipped)).toThrow(HeartbeatDamaged);
    }
  });

  test("every truncation, and bytes too many", () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeHeartbeats(bytes.subarray(0, length))).toThrow(HeartbeatDamaged);
    }
    expect(() => decodeHeartbeats(Uint8Array.of(...bytes, 0))).toThrow(HeartbeatDamaged);
  });

  test("garbage, also behind a right checksum and the head of a batch", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 4_096 }), (garbage, count) => {
        expect(isRefusedOrSent(garbage)).toBe(true);
        expect(isRefusedOrSent(sealed(garbage))).toBe(true);
        expect(isRefusedOrSent(sealed(envelope(count, garbage)))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("bits of a real batch that were changed by somebody who mends the checksum", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: (bytes.length - 4) * 8 - 1 }), (bit) => {
        const body = Uint8Array.from(bytes.subarray(0, -4));
        body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7));

        expect(isRefusedOrSent(sealed(body))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["more samples than a batch holds", Uint8Array.of(0x93, 1, 0xcd, 0xff, 0xff, 0xc4, 1, 0), "envelope"],
    ["a length beyond the bytes", Uint8Array.of(0x93, 1, 60, 0xc6, 0x7f, 0xff, 0xff, 0xff), "envelope"],
    ["no samples", Uint8Array.of(0x93, 1, 0, 0xc4, 1, 0), "envelope"],
    ["an extension type for a count", Uint8Array.of(0x93, 1, 0xd6, 0xff, 0, 0, 0, 1), "envelope"],
    ["a later version", Uint8Array.of(0x93, 2, 60, 0xc4, 1, 0), "unknown_version"],
    ["nothing at all", new Uint8Array(0), "too_short"],
  ])("%s", (_what, body, what) => {
    const read = attempt(body.length === 0 ? body : sealed(body));

    expect(read).toMatchObject({ name: "HeartbeatDamaged", what });
  });

  test("a megabyte is refused before it is read", () => {
    expect(attempt(new Uint8Array(1_000_000))).toMatchObject({ what: "too_large" });
  });
});

function degrees(limit: number) {
  return { min: -limit, max: limit, noNaN: true } as const;
}

function sampleWith(change: Partial<HeartbeatSample>): HeartbeatSample {
  const [sample] = cityTrace({ seed: 1, samples: 1 });
  if (!sample) throw new Error("a trace has samples");
  return { ...sample, ...change };
}

function envelope(count: number, columns: Uint8Array): Uint8Array {
  const head = [0x93, 1, 0xcd, count >> 8, count & 0xff, 0xc5, columns.length >> 8, columns.length & 0xff];
  return Uint8Array.of(...head, ...columns);
}

function sealed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  new DataView(bytes.buffer).setUint32(body.length, crc32(body));
  return bytes;
}

/** Forged bytes may happen to be a batch; then every number in it is one that a robot can send. */
function isRefusedOrSent(bytes: Uint8Array): boolean {
  const read = attempt(bytes);
  const newest = attempt(bytes, newestHeartbeat);
  if (read instanceof HeartbeatDamaged) return newest instanceof HeartbeatDamaged && newest.message === read.message;
  expect(newest).toEqual({ count: read.length, newest: read.at(-1) });
  return encodeHeartbeats(read).length > 0;
}

function attempt(bytes: Uint8Array): HeartbeatSample[] | HeartbeatDamaged;
function attempt<T>(bytes: Uint8Array, read: (bytes: Uint8Array) => T): T | HeartbeatDamaged;
function attempt(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown = decodeHeartbeats): unknown {
  try {
    return read(bytes);
  } catch (problem) {
    if (problem instanceof HeartbeatDamaged) return problem;
    throw problem;
  }
}
