import { type UplinkBatch, uplinkLimits } from "@kerbside/proto/robot/uplink";
import * as fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { packAck, packBatch, packLink, unpackAck, unpackBatch, unpackLink } from "./wire.ts";

const batch: UplinkBatch = {
  v: 1,
  epoch: 3,
  boot_id: "01890a5d-ac96-774b-bcce-b302099a8057",
  stream: "p2",
  first_seq: 7,
  chain_head: "",
  entries: [{ type: "heartbeats", seq: 7, event_time: 1_767_600_000_000, data: new Uint8Array([1, 2, 3]) }],
};
const plain = new Packr({ useRecords: false });

describe("what goes over the wire", () => {
  test("a batch comes back as it went", () => {
    const read = unpackBatch(packBatch(batch));

    expect(read).toEqual({ ok: true, value: { ...batch, entries: [expect.objectContaining({ seq: 7 })] } });
  });

  test("an acknowledgement and a link message come back as they went", () => {
    const ack = { v: 1, stream: "p0", epoch: 3, cursor: 12, cloud_time: 1_767_600_000_000 } as const;
    const link = { v: 1, state: "online", boot_id: batch.boot_id, at: 5 } as const;

    expect(unpackAck(packAck(ack))).toEqual({ ok: true, value: ack });
    expect(unpackLink(packLink(link))).toEqual({ ok: true, value: link });
  });
});

describe("bad input is a typed error", () => {
  const nested = new Uint8Array(10_001).fill(0x91);
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["empty", new Uint8Array(), "malformed"],
    ["a megabyte", new Uint8Array(1024 * 1024), "too_large"],
    ["ten thousand levels deep", nested, "too_deep"],
    ["an array that claims four billion values", new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]), "malformed"],
    ["text cut in the middle", new Uint8Array([0xd9, 0x20, 0x61]), "malformed"],
    ["a byte behind the end", new Uint8Array([...packBatch(batch), 0]), "malformed"],
    ["an extension type", plain.pack({ ...batch, entries: [new Date(5)] }), "malformed"],
    ["a version of tomorrow", plain.pack({ ...batch, v: 2 }), "unknown_version"],
    ["an unknown stream", plain.pack({ ...batch, stream: "p3" }), "invalid"],
    ["a seq that is not a number", plain.pack({ ...batch, first_seq: Number.NaN }), "invalid"],
    [
      "more entries than allowed",
      plain.pack({ ...batch, entries: Array(uplinkLimits.entriesMax + 1).fill(0) }),
      "invalid",
    ],
    ["a number alone", plain.pack(7), "malformed"],
  ];

  test.each(cases)("%s", (_title, bytes, code) => {
    const read = unpackBatch(bytes);

    expect(read.ok ? null : read.error.code).toBe(code);
  });

  test("__proto__ in a map changes no prototype", () => {
    const entry = plain.pack({ v: 1 });
    const poisoned = new Uint8Array([0x81, 0xa9, ...new TextEncoder().encode("__proto__"), ...entry]);

    unpackBatch(poisoned);

    expect(Object.hasOwn(Object.prototype, "v")).toBe(false);
  });

  test("no bytes at all make it throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(unpackBatch(bytes).ok || unpackAck(bytes).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 2_000 },
    );
  });

  test("no single changed byte makes it throw", () => {
    const good = packBatch(batch);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const bad = Uint8Array.from(good);
        bad[at] = value;

        expect(unpackBatch(bad).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 2_000 },
    );
  });
});
