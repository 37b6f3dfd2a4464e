import { scrypt, timingSafeEqual } from "node:crypto";
import type { PinVerifier } from "@kerbside/proto/robot/grant";
import type { PinCandidate } from "./core/safety-state.ts";

/** The costliest hash a robot agrees to: 64 MiB for one guess. A grant that asks for more matches nothing. */
const memoryMax = 64 * 1024 * 1024;

/** The grant whose PIN this is, or null. Slow by design, so it runs beside the loop; every candidate is computed. */
export async function matchPin(pin: string, candidates: readonly PinCandidate[]): Promise<string | null> {
  const matches = await Promise.all(candidates.map(({ verifier }) => isPin(pin, verifier)));
  return candidates[matches.indexOf(true)]?.grantId ?? null;
}

async function isPin(pin: string, verifier: PinVerifier): Promise<boolean> {
  const expected = Buffer.from(verifier.hash, "base64");
  if (expected.length < 16 || 128 * verifier.n * verifier.r > memoryMax) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cost = { N: verifier.n, r: verifier.r, p: verifier.p, maxmem: 2 * memoryMax };
  try {
    scrypt(pin, Buffer.from(verifier.salt, "base64"), expected.length, cost, (problem, hash) => {
      resolve(problem === null && timingSafeEqual(hash, expected));
    });
  } catch {
    // Parameters that scrypt does not accept: nobody can have meant this PIN.
    return false;
  }
  return promise;
}
