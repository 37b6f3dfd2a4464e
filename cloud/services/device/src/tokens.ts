import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import type { Clock } from "@kerbside/proto/base/clock";
import { robotTokenAudiences } from "@kerbside/proto/routes/device";
import { compactVerify, decodeJwt, jwtVerify, SignJWT } from "jose";
import * as z from "zod";

/** An hour: a robot fetches the next one well before, and a revocation does not wait for it. */
export const tokenLifeMs = 60 * 60 * 1_000;
const issuer = "kerbside/device";

/** What a robot's token says. `thumbprint` names the key that it was given for (RFC 7800). */
export interface RobotToken {
  readonly robotId: string;
  readonly organizationId: string;
  readonly thumbprint: string;
}

const Claims = z.object({
  sub: z.uuid(),
  org: z.uuid(),
  cnf: z.object({ jkt: z.string() }),
});

/** Makes and reads robots' tokens: JWTs signed with Ed25519. */
export class RobotTokens {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;
  readonly #clock: Clock;

  constructor({ key, clock }: { key: KeyObject; clock: Clock }) {
    this.#key = key;
    this.#publicKey = createPublicKey(key);
    this.#keyId = keyIdOf(this.#publicKey);
    this.#clock = clock;
  }

  async issue({ robotId, organizationId, thumbprint }: RobotToken): Promise<{ token: string; expiresAtMs: number }> {
    const issuedS = Math.floor(this.#clock.now() / 1_000);
    const expiresS = issuedS + tokenLifeMs / 1_000;
    const token = await new SignJWT({ org: organizationId, cnf: { jkt: thumbprint } })
      .setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid: this.#keyId })
      .setIssuer(issuer)
      .setSubject(robotId)
      .setAudience([...robotTokenAudiences])
      .setIssuedAt(issuedS)
      .setExpirationTime(expiresS)
      .sign(this.#key);
    return { token, expiresAtMs: expiresS * 1_000 };
  }

  /** Null for a token that is not signed by us, not for robots, or over. */
  async read(token: string): Promise<RobotToken | null> {
    const currentDate = new Date(this.#clock.now());
    const options = { algorithms: ["EdDSA"], issuer, audience: [...robotTokenAudiences], currentDate };
    const verified = await jwtVerify(token, this.#publicKey, options).catch(() => null);
    const claims = Claims.safeParse(verified?.payload);
    if (!claims.success) return null;
    const { sub, org, cnf } = claims.data;
    return { robotId: sub, organizationId: org, thumbprint: cnf.jkt };
  }
}

/** Whether a bearer token claims to be one of ours; says nothing about whether it is. */
export function claimsToBeOurs(token: string): boolean {
  return unverified(token)?.iss === issuer;
}

/** Who an assertion claims to be from, so that we know whose key to ask. */
export function claimedSubject(assertion: string): string | null {
  const parsed = z.uuid().safeParse(unverified(assertion)?.sub);
  return parsed.success ? parsed.data : null;
}

/** What a robot's own key signed; null when it did not. */
export async function signedPayload(assertion: string, key: KeyObject): Promise<unknown> {
  const verified = await compactVerify(assertion, key, { algorithms: ["EdDSA"] }).catch(() => null);
  return verified && parseJson(new TextDecoder().decode(verified.payload));
}

function unverified(token: string) {
  try {
    return decodeJwt(token);
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function keyIdOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ format: "der", type: "spki" });
  return createHash("sha256").update(spki).digest("hex").slice(0, 16);
}
