import { scryptSync } from "node:crypto";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeCodes, sixDigits } from "./codes.ts";
import { ScryptHasher } from "./hasher.node.ts";
import { NodeVault } from "./vault.node.ts";

const cost = { n: 256, r: 8, p: 1 };
const vault = new NodeVault(new Uint8Array(32));
const attempt = { attempt_id: "a", delivery_id: "d", robot_id: "r" };
const expiresAt = "2026-01-05T11:00:00.000Z";

test("a code is six digits, leading zeros among them", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(sixDigits(new SeededRng(seed))).toMatch(/^\d{6}$/);
    }),
  );
});

test("a word that would make some codes likelier is drawn again", () => {
  const words = [2 ** 32 - 1, 4_294_000_000, 42];
  const rng = { uint32: () => words.shift() ?? 0, bytes: (size: number) => new Uint8Array(size) };

  expect(sixDigits(rng)).toBe("000042");
});

test("codes of one attempt differ, are sealed, and only their verifiers tell them", async () => {
  const rng = new SeededRng(7);
  const purposes = (["load", "unload", "return_unload"] as const).map((purpose) => ({ purpose, expiresAt }));
  const maker = { rng, vault, hasher: new ScryptHasher(cost), newId: () => crypto.randomUUID() };

  const codes = await makeCodes({ attempt, purposes }, maker);

  const digits = codes.map(({ sealed_code }) => vault.open(sealed_code));
  expect(new Set(digits).size).toBe(3);
  expect(codes.map(({ means, stop }) => [means, stop])).toEqual([
    ["load_code", "pickup"],
    ["pin", "dropoff"],
    ["load_code", "return"],
  ]);
  codes.forEach(({ pin_verifier: { salt, hash, n, r, p } }, index) => {
    const expected = scryptSync(digits[index] ?? "", Buffer.from(salt, "base64"), 32, { N: n, r, p });
    expect(hash).toBe(expected.toString("base64"));
  });
  expect(JSON.stringify(codes)).not.toContain(digits[0]);
});
