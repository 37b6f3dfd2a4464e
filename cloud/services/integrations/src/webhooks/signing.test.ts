import { createHmac } from "node:crypto";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { newSigningKey, signatureHeaders } from "./signing.ts";

const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const message = { eventId: "msg_p5jXN8AQM9LWM0D4loKWxJek", payload: '{"test": 2432232314}' };
const atMs = 1_614_265_330_000;

describe("a message", () => {
  test("is signed as the standard's own vector says", () => {
    expect(signatureHeaders(message, [key], atMs)).toMatchObject({
      "webhook-id": message.eventId,
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("is signed as Uber documents: hex HMAC of the raw body with the whole key", () => {
    const expected = createHmac("sha256", key).update(message.payload).digest("hex");

    expect(signatureHeaders(message, [key], atMs)["x-uber-signature"]).toBe(expected);
  });

  test("can be verified with the old key and with the new one after a rotation", () => {
    const newKey = newSigningKey(new SeededRng(1));
    const nowMs = Date.now();
    const headers = { ...signatureHeaders(message, [newKey, key], nowMs) };

    expect(new Webhook(key).verify(message.payload, headers)).toEqual({ test: 2_432_232_314 });
    expect(new Webhook(newKey).verify(message.payload, headers)).toEqual({ test: 2_432_232_314 });
    expect(() => new Webhook(newSigningKey(new SeededRng(2))).verify(message.payload, headers)).toThrow(/signature/);
  });
});

test("a key has 256 bits and says what it is", () => {
  const made = newSigningKey(new SeededRng(3));

  expect(made).toMatch(/^whsec_/);
  expect(Buffer.from(made.slice(6), "base64")).toHaveLength(32);
});
