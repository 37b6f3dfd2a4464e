import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Encrypts an answer so that only whoever has the idempotency key can read it again. */
export function sealAnswer(answer: string, key: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, keyOf(key), nonce);
  const sealed = Buffer.concat([sealing.update(answer, "utf8"), sealing.final()]);
  return Buffer.concat([nonce, sealing.getAuthTag(), sealed]);
}

/** Throws when the key is another one or the bytes were changed. */
export function openAnswer(sealed: Buffer, key: string): string {
  const opening = createDecipheriv(cipher, keyOf(key), sealed.subarray(0, nonceBytes));
  opening.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  return opening.update(sealed.subarray(nonceBytes + tagBytes), undefined, "utf8") + opening.final("utf8");
}

function keyOf(key: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", "kerbside/idempotency-answer", 32));
}
