import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** The DER prefix of an Ed25519 public key (RFC 8410): 32 raw bytes follow. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** The key from its 32 raw bytes in base64; null for anything else. */
export function publicKeyFrom(raw: string): KeyObject | null {
  const bytes = Buffer.from(raw, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== raw) return null;
  return createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: "der", type: "spki" });
}

/** Names a robot's key in its tokens, so that they end when another key takes its place. */
export function thumbprint(publicKey: string): string {
  return createHash("sha256").update(publicKey).digest("base64url");
}
