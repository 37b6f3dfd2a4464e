import { createHash } from "node:crypto";
import type { Rng } from "@kerbside/proto/base/rng";

/** What a credential begins with, so that people and scanners of leaked secrets know it by sight. */
export const secretPrefixes = { live: "kbs_live_", test: "kbs_test_", token: "kbt_" } as const;

/** 256 bits of chance, in characters that a header, a cookie and a shell take as they are. */
export function newSecret(rng: Rng, prefix = ""): string {
  return `${prefix}${Buffer.from(rng.bytes(32)).toString("base64url")}`;
}

/** What is stored of a secret that was made by chance. It is looked up by this, so that no comparison leaks its time. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** No letter or digit that can be mistaken for another when a password is read out or typed from paper. */
const passwordAlphabet = "23456789abcdefghjkmnpqrstuvwxyz";

/** Four groups of six: 24 characters of 31 are 118 bits. */
export function newPassword(rng: Rng): string {
  const groups = Array.from({ length: 4 }, () => Array.from({ length: 6 }, () => character(rng)).join(""));
  return groups.join("-");
}

/** Words beyond the last whole multiple of the alphabet would favour its beginning, so they are drawn again. */
function character(rng: Rng): string {
  const limit = Math.floor(2 ** 32 / passwordAlphabet.length) * passwordAlphabet.length;
  let word = rng.uint32();
  while (word >= limit) word = rng.uint32();
  return passwordAlphabet[word % passwordAlphabet.length] ?? "";
}
