import { expect, test } from "vitest";
import { PacketLengths } from "./packet-lengths.ts";

const limits = { firstBytesMax: 200, bytesMax: 20_000 };
const packet = (length: readonly number[], body = 0): readonly number[] => [
  0x30,
  ...length,
  ...Array<number>(body).fill(0xff),
];

test.each([
  ["small packets", [...packet([3], 3), ...packet([0]), ...packet([127], 127)], false],
  ["a first packet of just the limit", packet([0xc8, 0x01], 200), false],
  ["a first packet beyond its limit", packet([0xc9, 0x01]), true],
  ["a later packet beyond the first one's limit", [...packet([0]), ...packet([0xc9, 0x01], 201)], false],
  ["a later packet of just the limit", [...packet([0]), ...packet([0xa0, 0x9c, 0x01], 20_000)], false],
  ["a later packet beyond its limit", [...packet([0]), ...packet([0xa1, 0x9c, 0x01])], true],
  ["the longest packet there can be", packet([0xff, 0xff, 0xff, 0x7f]), true],
  ["a length without end", packet([0x80, 0x80, 0x80, 0x80]), true],
])("%s, however the bytes are cut", (_what, bytes, isTooLong) => {
  for (const size of [1, 7, bytes.length]) {
    const lengths = new PacketLengths(limits);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_each, index) =>
      Uint8Array.from(bytes.slice(index * size, (index + 1) * size)),
    );

    expect(pieces.some((piece) => lengths.exceed(piece))).toBe(isTooLong);
  }
});
