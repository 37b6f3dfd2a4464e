import { err, ok, type Result } from "@kerbside/proto/base/result";
import { assertionAudience, assertionLifeMaxS } from "@kerbside/proto/routes/device";
import * as z from "zod";

/** How far ahead of ours a robot's clock may be. */
const skewS = 10;

/** What a robot says of itself (RFC 7523), once its signature was found to hold. */
const Claims = z.object({
  iss: z.uuid(),
  sub: z.uuid(),
  aud: z.literal(assertionAudience),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(8).max(100),
});

/** An assertion that may be used, if it was not used before. */
export interface Assertion {
  readonly jti: string;
  /** From here on it is refused for its age, and need not be remembered. */
  readonly expiresAtMs: number;
}

/** `mistimed` is worth another try with our time; nothing else is. */
export function judgeAssertion(
  payload: unknown,
  { robotId, nowMs }: { readonly robotId: string; readonly nowMs: number },
): Result<Assertion, "malformed" | "mistimed"> {
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) return err("malformed");
  const { iss, sub, iat, exp, jti } = parsed.data;
  if (iss !== robotId || sub !== robotId || exp <= iat || exp - iat > assertionLifeMaxS) return err("malformed");
  const nowS = nowMs / 1_000;
  if (nowS >= exp || iat > nowS + skewS) return err("mistimed");
  return ok({ jti, expiresAtMs: exp * 1_000 });
}
