import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { expect, test } from "vitest";
import { newPassword, newSecret, secretHash } from "./secrets.ts";

test("a password can be read out and typed", () => {
  for (let i = 0; i < 100; i += 1)
    expect(newPassword(systemRng)).toMatch(/^([2-9a-hjkmnp-z]{6}-){3}[2-9a-hjkmnp-z]{6}$/);
});

test("no character of a password is likelier than another", () => {
  const rng = new SeededRng(7);
  const seen = new Map<string, number>();
  for (let i = 0; i < 2_000; i += 1) {
    for (const character of newPassword(rng).replaceAll("-", "")) seen.set(character, (seen.get(character) ?? 0) + 1);
  }

  expect(seen.size).toBe(31);
  expect(Math.min(...seen.values())).toBeGreaterThan(1_300);
  expect(Math.max(...seen.values())).toBeLessThan(1_800);
});

test("a secret says what it is and is stored as something else", () => {
  const secret = newSecret(systemRng, "kbs_live_");

  expect(secret).toMatch(/^kbs_live_[\w-]{43}$/);
  expect(secretHash(secret)).toMatch(/^[\w-]{43}$/);
  expect(secret).not.toContain(secretHash(secret));
});
