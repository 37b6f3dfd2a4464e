import { describe, expect, test } from "vitest";
import { parseLsn } from "./lsn.ts";
import { parsePgOutput } from "./pgoutput.ts";
import { parseWalMessage, standbyStatus } from "./wire.ts";

describe("the replication protocol's messages", () => {
  test("a keepalive names the end of what was sent, and whether an answer is wanted", () => {
    const message = Buffer.alloc(18);
    message[0] = 0x6b;
    message.writeBigUInt64BE(parseLsn("16/B374D848"), 1);
    message[17] = 1;

    expect(parseWalMessage(message)).toEqual({ kind: "keepalive", walEnd: 0x16_b374_d848n, wantsReply: true });
  });

  test("a status says what was received, what is durable and when, in microseconds since 2000", () => {
    const nowMs = Date.UTC(2000, 0, 1) + 5;

    const status = standbyStatus({ received: 7n, durable: 5n, nowMs, wantsReply: true });

    expect([status[0], status.readBigUInt64BE(1), status.readBigUInt64BE(9), status.readBigUInt64BE(17)]).toEqual([
      0x72,
      7n,
      5n,
      5n,
    ]);
    expect([status.readBigInt64BE(25), status[33], status.length]).toEqual([5_000n, 1, 34]);
  });

  test.each([
    ["an unknown message", () => parseWalMessage(Buffer.from("x"))],
    ["an empty message", () => parseWalMessage(Buffer.alloc(0))],
    ["a begin cut short", () => parsePgOutput(Buffer.from("B123"), () => true)],
    ["a value of an unknown kind", () => parsePgOutput(Buffer.from("I\0\0\0\x01N\0\x01?"), () => true)],
    ["a position that is none", () => parseLsn("16")],
  ])("%s is refused, never guessed at", (_, parse) => {
    expect(parse).toThrow(/unknown|buffer|kind|position/i);
  });

  test("a change of a table that nobody watches is counted, not read", () => {
    expect(parsePgOutput(Buffer.from("I\0\0\0\x01N\0\x01?"), () => false)).toEqual({ kind: "unwatched" });
  });
});
