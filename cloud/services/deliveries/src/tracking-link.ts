import { createHash } from "node:crypto";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";

/** Tokens begin with this, so that leaked ones can be found, and other credentials are not looked up as links. */
export const tokenPrefix = "trk_";

const tokenPattern = /^trk_[\w-]{43}$/;

/** The token of a link from the request's `Authorization`; null when it carries another kind of credential. */
export function bearerToken(authorization: string | null): string | null {
  const [scheme, token, ...rest] = (authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || !token?.startsWith(tokenPrefix) || rest.length > 0) return null;
  return token;
}

/** What the database knows of a token; null for what cannot be one. */
export function hashOf(token: string): string | null {
  return tokenPattern.test(token) ? createHash("sha256").update(token).digest("hex") : null;
}

/** The token travels in the fragment, which browsers send to nobody and preview bots never see. */
export function linkUrl(publicUrl: string, token: string): string {
  return `${publicUrl.replace(/\/+$/, "")}/t#${token}`;
}

export function isAlive(
  link: { readonly expires_at: string; readonly revoked_at: string | null },
  nowMs: number,
): boolean {
  return link.revoked_at === null && nowMs < fromInstant(link.expires_at);
}

export interface LinkLife {
  /** From the order on. */
  readonly openMs: number;
  /** From the delivery's end on: long enough to see what became of it. */
  readonly endedMs: number;
}

/** When a link of this delivery dies at the latest. */
export function linkExpiry(
  { created_at, ended_at }: { readonly created_at: string; readonly ended_at: string | null },
  life: LinkLife,
): string {
  const openUntilMs = fromInstant(created_at) + life.openMs;
  return toInstant(ended_at === null ? openUntilMs : Math.min(openUntilMs, fromInstant(ended_at) + life.endedMs));
}
