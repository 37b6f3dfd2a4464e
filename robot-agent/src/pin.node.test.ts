import { scryptSync } from "node:crypto";
import type { PinVerifier } from "@kerbside/proto/robot/grant";
import { describe, expect, test } from "vitest";
import { matchPin } from "./pin.node.ts";

const cost = { n: 16, r: 8, p: 1 };

function verifier(pin: string, change: Partial<PinVerifier> = {}): PinVerifier {
  const salt = Buffer.from("0123456789abcdef");
  const hash = scryptSync(pin, salt, 32, { N: cost.n, r: cost.r, p: cost.p }).toString("base64");
  return { kind: "scrypt", salt: salt.toString("base64"), hash, ...cost, ...change };
}

describe("a PIN", () => {
  test("finds the grant that it belongs to", async () => {
    const candidates = [
      { grantId: "g1", verifier: verifier("111111") },
      { grantId: "g2", verifier: verifier("222222") },
    ];

    expect(await matchPin("222222", candidates)).toBe("g2");
    expect(await matchPin("333333", candidates)).toBeNull();
    expect(await matchPin("", candidates)).toBeNull();
  });

  test.each([
    ["more memory than a robot gives", { n: 2 ** 20, r: 8 }],
    ["a cost that is no power of two", { n: 17 }],
    ["a hash of nothing", { hash: "" }],
  ])("matches nothing against %s", async (_title, change) => {
    expect(await matchPin("111111", [{ grantId: "g1", verifier: verifier("111111", change) }])).toBeNull();
  });
});
