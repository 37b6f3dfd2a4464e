import { createHash } from "node:crypto";
import type { Unlatching } from "./lid.ts";

/**
 * SHA-256 that ties a movement of the latch to the intent in the journal, as 64 hex digits. Auditors compute it from
 * `unlock_intended` and compare it with what the lid controller recorded, so its input may never change.
 */
export function unlatchHash({ authorisation, nonce }: Unlatching): string {
  return createHash("sha256").update(`unlatch\0${authorisation.kind}\0${authorisation.id}\0${nonce}`).digest("hex");
}
