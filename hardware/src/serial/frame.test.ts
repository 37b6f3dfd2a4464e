import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cobsDecode, cobsEncode } from "./cobs.ts";
import { crc32c } from "./crc32c.ts";
import { encodeFrame, FrameReader, payloadBytesMax } from "./frame.ts";

const payload = fc.uint8Array({ maxLength: payloadBytesMax });
const frame = fc.record({ sequence: fc.nat(0xffff), payload });

test("CRC-32C agrees with the vectors of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test.each([
  ["", "01"],
  ["00", "0101"],
  ["0000", "010101"],
  ["11220033", "0311220233"],
  ["11000000", "021101 0101"],
  ["01".repeat(254), `ff${"01".repeat(254)}01`],
  ["01".repeat(255), `ff${"01".repeat(254)}0201`],
])("COBS stuffs %s as published", (message, stuffed) => {
  const bytes = Buffer.from(message, "hex");

  expect(Buffer.from(cobsEncode(bytes)).toString("hex")).toBe(stuffed.replaceAll(" ", ""));
});

test("COBS gives every message back and never a zero", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_000 }), (message) => {
      const stuffed = cobsEncode(message);

      expect(stuffed.includes(0)).toBe(false);
      expect(cobsDecode(stuffed)).toEqual(message);
    }),
  );
});

test("a frame comes out as it went in, however the line cuts it", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (frames, cuts) => {
        const reader = new FrameReader();

        const found = pieces(Buffer.concat(frames.map(encodeFrame)), cuts).flatMap((piece) => reader.push(piece));

        expect(found).toEqual(frames.map((value) => ({ ok: true, value })));
      },
    ),
  );
});

test("after any noise the very next frame is understood", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), frame, (noise, value) => {
      const reader = new FrameReader();
      reader.push(noise);

      expect(reader.push(encodeFrame(value)).at(-1)).toEqual({ ok: true, value });
    }),
  );
});

test("no single and no double flipped bit passes for a frame", () => {
  const bytes = encodeFrame({ sequence: 513, payload: Uint8Array.from({ length: 49 }, (_, index) => index * 5) });
  const bitCount = bytes.length * 8;
  let passed = 0;

  for (let first = 0; first < bitCount; first += 1) {
    for (let second = first; second < bitCount; second += 1) {
      const damaged = bytes.slice();
      flip(damaged, first);
      if (second !== first) flip(damaged, second);
      passed += new FrameReader().push(Uint8Array.of(...damaged, 0)).filter((found) => found.ok).length;
    }
  }

  expect(bitCount * (bitCount + 1)).toBeGreaterThan(200_000);
  expect(passed).toBe(0);
});

test("each kind of damage has its name", () => {
  const reader = new FrameReader();
  const good = encodeFrame({ sequence: 1, payload: Uint8Array.of(9, 9) });
  const wrongCrc = good.slice();
  flip(wrongCrc, 8 * (good.length - 3));
  const sealed = (body: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array([...body, 0, 0, 0, 0]);
    new DataView(bytes.buffer).setUint32(body.length, crc32c(Uint8Array.from(body)));
    return Uint8Array.of(0, ...cobsEncode(bytes), 0);
  };

  const names = (bytes: Uint8Array): unknown[] => reader.push(bytes).map((found) => (found.ok ? "ok" : found.error));

  expect(names(wrongCrc)).toEqual(["frame_crc"]);
  expect(names(Uint8Array.of(200, 1, 0))).toEqual(["frame_stuffing"]);
  expect(names(Uint8Array.of(3, 1, 1, 0))).toEqual(["frame_length"]);
  expect(names(sealed([1, 9, 0, 1, 5]))).toEqual(["frame_length"]);
  expect(names(sealed([2, 1, 0, 1, 5]))).toEqual(["frame_version"]);
  expect(names(Uint8Array.of(...new Uint8Array(5_000).fill(7), 0))).toEqual(["frame_too_long"]);
  expect(names(good)).toEqual(["ok"]);
});

test("a payload that no receiver would take is our bug", () => {
  expect(() => encodeFrame({ sequence: 0, payload: new Uint8Array(payloadBytesMax + 1) })).toThrow(RangeError);
});

function flip(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1;
    found.push(bytes.subarray(at, at + size));
    at += size;
  }
  return found;
}
