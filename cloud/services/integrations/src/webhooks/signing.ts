import { createHmac } from "node:crypto";
import type { Rng } from "@kerbside/proto/base/rng";
import { Webhook } from "standardwebhooks";

/** After a rotation both keys sign for this long. */
export const rotationGraceMs = 24 * 60 * 60 * 1_000;

/** Keys of an endpoint, the present one first. */
export type SigningKeys = readonly [string, ...string[]];

export interface Signable {
  /** The `id` of the payload. */
  readonly eventId: string;
  readonly payload: string;
}

export function newSigningKey(rng: Rng): string {
  return `whsec_${Buffer.from(rng.bytes(32)).toString("base64")}`;
}

/**
 * Both ways of proving that a message is ours. Standard Webhooks cover the time too and carry a signature for each key;
 * Uber's knows one key and covers the body alone.
 */
export function signatureHeaders(
  { eventId, payload }: Signable,
  keys: SigningKeys,
  nowMs: number,
): Readonly<Record<string, string>> {
  const at = new Date(nowMs);
  return {
    "webhook-id": eventId,
    "webhook-timestamp": String(Math.floor(nowMs / 1_000)),
    "webhook-signature": keys.map((key) => new Webhook(key).sign(eventId, at, payload)).join(" "),
    "x-uber-signature": createHmac("sha256", keys[0]).update(payload).digest("hex"),
  };
}
