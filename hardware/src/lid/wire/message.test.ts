import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lidFaults, lidRefusals } from "../lid.ts";
import {
  type ControllerMessage,
  decodeControllerMessage,
  decodeHostMessage,
  encodeControllerMessage,
  encodeHostMessage,
  type HostMessage,
} from "./message.ts";

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString("hex"));
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);

const hostMessage: fc.Arbitrary<HostMessage> = fc.oneof(
  fc.constant<HostMessage>({ type: "ping" }),
  fc.constant<HostMessage>({ type: "latch" }),
  fc.record({ type: fc.constant("arm" as const), hash: hex(32) }),
  fc.record({ type: fc.constant("fire" as const), hash: hex(32), challenge: hex(16) }),
);

const controllerMessage: fc.Arbitrary<ControllerMessage> = fc.oneof(
  fc.record({ type: fc.constant("challenge" as const), bootId: u32, hash: hex(32), challenge: hex(16) }),
  fc.record({ type: fc.constant("refused" as const), replyTo: u16, reason: fc.constantFrom(...lidRefusals) }),
  fc.record({
    type: fc.constant("status" as const),
    bootId: u32,
    position: fc.constantFrom("open" as const, "closed" as const, "unknown" as const),
    latch: fc.constantFrom("engaged" as const, "released" as const, "unknown" as const),
    goods: fc.constantFrom("present" as const, "absent" as const, "unknown" as const),
    faults: fc.subarray([...lidFaults]),
    isDriving: fc.boolean(),
    drives: u16,
    openings: u16,
    releases: u16,
    heard: u16,
    isSettled: fc.boolean(),
    lastUnlatch: fc.option(fc.record({ hash: hex(32), opened: fc.boolean() })),
  }),
);

test("every message of the host comes back as it was", () => {
  fc.assert(
    fc.property(hostMessage, (value) => {
      expect(decodeHostMessage(encodeHostMessage(value))).toEqual({ ok: true, value });
    }),
  );
});

test("every message of the controller comes back as it was", () => {
  fc.assert(
    fc.property(controllerMessage, (value) => {
      expect(decodeControllerMessage(encodeControllerMessage(value))).toEqual({ ok: true, value });
    }),
  );
});

test("any bytes at all give a message or the name of what is wrong, never an exception", () => {
  const kind = fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x81, 0x82, 0x83, 0x00, 0xff);
  fc.assert(
    fc.property(kind, fc.uint8Array({ maxLength: 96 }), (first, rest) => {
      const payload = Uint8Array.of(first, ...rest);

      const answers = [decodeHostMessage(payload), decodeControllerMessage(payload)].map((decoded) =>
        decoded.ok ? "message" : decoded.error,
      );

      expect(["message", "message_unknown", "message_malformed"]).toEqual(expect.arrayContaining(answers));
    }),
    { numRuns: 5_000 },
  );
});

test("a message of the controller is no message of the host", () => {
  fc.assert(
    fc.property(controllerMessage, (value) => {
      expect(decodeHostMessage(encodeControllerMessage(value))).toEqual({ ok: false, error: "message_unknown" });
    }),
  );
});
