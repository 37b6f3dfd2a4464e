import { createHash } from "node:crypto";
import type { Rng } from "@kerbside/proto/base/rng";

/** How long a claim code is good for. */
export const claimLifeMs = 24 * 60 * 60 * 1_000;

/** Crockford's base 32: no letter that can be taken for a digit. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Sixteen characters, 80 bits: beyond guessing in a day, and short enough to be typed at a robot. */
export function newClaimCode(rng: Rng): string {
  const characters = [...rng.bytes(16)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return characters.match(/.{4}/g)?.join("-") ?? "";
}

/** The same for every way to type a code: case, spaces and dashes do not matter, and neither do the usual mistakes. */
export function claimHash(typed: string): string {
  const code = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return createHash("sha256").update(code).digest("base64url");
}
