import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NmeaReader, readSentence, writeSentence } from "./nmea.ts";

const rmc = "GNRMC,092750.00,A,5321.6802,N,00630.3372,W,2.92,271.5,280511,,,A";
const gga = "GPGGA,092750.00,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,";

function read(body: string) {
  return readSentence(writeSentence(body).slice(1, -2));
}
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("what receivers say", () => {
  test("RMC tells the motion and the time", () => {
    const utcMs = Date.UTC(2011, 4, 28, 9, 27, 50);

    expect(read(rmc)).toEqual({
      ok: true,
      value: { type: "rmc", time: "092750.00", rmc: { speedMps: 2.92 * 0.514444, courseDeg: 271.5, utcMs } },
    });
  });

  test("GGA tells the position and how good it is", () => {
    const sentence = read(gga);

    expect(sentence).toMatchObject({ value: { gga: { quality: "gnss", satellites: 8, hdop: 1.03 } } });
    expect(sentence).toMatchObject({ value: { gga: { lat: 53 + 21.6802 / 60, lng: -(6 + 30.3372 / 60) } } });
  });

  test("GST tells the error", () => {
    expect(read("GPGST,092750.00,1.0,2.0,1.0,0.0,3.0,4.0,5.0")).toMatchObject({
      value: { type: "gst", accuracyM: Math.sqrt(12.5) },
    });
  });

  test.each([
    ["GPRMC,092750.00,V,,,,,,,280511,,,N", { type: "rmc", rmc: null }],
    ["GPRMC,,V,,,,,,,,,,N", { type: "rmc", rmc: null }],
    ["GPGGA,,,,,,0,,,,,,,,", { type: "gga", gga: null }],
    ["GPGGA,092750.00,5321.6802,N,00630.3372,W,8,8,1.03,61.7,M,55.2,M,,", { type: "gga", gga: null }],
    ["GPGSV,3,1,11,10,63,137,17", { type: "other" }],
    ["PUBX,00,1", { type: "other" }],
  ])("%s is no position", (body, sentence) => {
    expect(read(body)).toMatchObject({ ok: true, value: sentence });
  });
});

describe("what is refused", () => {
  test.each([
    ["a wrong checksum", `${rmc}*00`, "damaged"],
    ["no checksum", rmc, "damaged"],
    ["nothing", "", "damaged"],
    ["a latitude beyond the pole", body("GPGGA,1,9100.0,N,00630.3,W,1,8,1.0,,,,,,"), "out_of_range"],
    ["sixty minutes", body("GPGGA,1,5160.0,N,00630.3,W,1,8,1.0,,,,,,"), "out_of_range"],
    ["no hemisphere", body("GPGGA,1,5121.6,,00630.3,W,1,8,1.0,,,,,,"), "out_of_range"],
    ["not a number", body("GPGGA,1,51xx.6,N,00630.3,W,1,8,1.0,,,,,,"), "out_of_range"],
    ["a negative speed", body("GPRMC,1,A,,,,,-1,0,280511,,,A"), "out_of_range"],
    ["a course beyond the circle", body("GPRMC,1,A,,,,,1,361,280511,,,A"), "out_of_range"],
    ["an unknown quality", body("GPGGA,1,5121.6,N,00630.3,W,9,8,1.0,,,,,,"), "out_of_range"],
  ])("%s", (_what, text, error) => {
    expect(readSentence(text)).toEqual({ ok: false, error });
  });

  test("a flipped bit anywhere is never another position", () => {
    const text = writeSentence(gga).slice(1, -2);
    for (let bit = 0; bit < text.length * 8; bit += 1) {
      const damaged = Buffer.from(text, "latin1");
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const sentence = readSentence(damaged.toString("latin1"));

      expect(sentence.ok && sentence.value.type === "gga" && damaged.toString("latin1").toUpperCase() !== text).toBe(
        false,
      );
    }
  });
});

describe("a stream of bytes", () => {
  test("sentences come whole, however the bytes are cut", () => {
    const stream = bytes(writeSentence(rmc) + writeSentence(gga));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const reader = new NmeaReader();
        const found: string[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          for (const read of reader.push(stream.subarray(at, at + size)))
            found.push(read.ok ? read.value.type : read.error);
          at += size;
        }

        expect(found).toEqual(["rmc", "gga"]);
      }),
    );
  });

  test("after any noise the next whole sentence is read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const reader = new NmeaReader();
        reader.push(noise);

        const found = reader.push(bytes(writeSentence(gga)));

        expect(found.at(-1)).toMatchObject({ ok: true, value: { type: "gga" } });
      }),
    );
  });

  test("an endless sentence is refused and held no longer", () => {
    const found = new NmeaReader().push(bytes(`$${"A".repeat(100_000)}`));

    expect(found).toEqual([{ ok: false, error: "too_long" }]);
  });

  test("a sentence that lost its end gives way to the next", () => {
    const found = new NmeaReader().push(bytes(`$GPGGA,0927${writeSentence(rmc)}`));

    expect(found).toMatchObject([{ error: "damaged" }, { value: { type: "rmc" } }]);
  });
});

function body(text: string): string {
  return writeSentence(text).slice(1, -2);
}
