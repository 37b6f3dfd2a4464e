import * as z from "zod";

/** 32 bytes of an Ed25519 public key, base64. */
export const PublicKey = z.string().length(44);

/**
 * A key with which robot-gateway signs commands, grants and times. The root key vouches for it: `root_signature` is
 * base64 of Ed25519 over `signing-key\n{key_id}\n{public_key}`. Two are in force while one takes over from the other.
 */
export const SigningKey = z.object({
  key_id: z.string().min(1).max(100),
  public_key: PublicKey,
  root_signature: z.string().max(100),
});
export type SigningKey = z.infer<typeof SigningKey>;

/** Whom a robot believes. The root key is pinned at enrolment; later answers may bring signing keys, never another root. */
export const Trust = z.object({ root_key: PublicKey, signing_keys: z.array(SigningKey).max(10) });
export type Trust = z.infer<typeof Trust>;

/** The text that the root key signs for a signing key. */
export function signingKeyText(key: Pick<SigningKey, "key_id" | "public_key">): string {
  return ["signing-key", key.key_id, key.public_key].join("\n");
}
