import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Signed } from "@kerbside/proto/robot/signed";
import { type SigningKey, signingKeyText, type Trust } from "@kerbside/proto/robot/trust";

/** The DER prefixes of an Ed25519 key (RFC 8410): 32 raw bytes follow. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Our private keys: one root that robots pinned, and the signing keys in force, the one that signs first. */
export interface GatewayKeys {
  readonly root: KeyObject;
  readonly signing: readonly { readonly keyId: string; readonly key: KeyObject }[];
}

/** Seals what robots must be able to believe. */
export interface Signer {
  sign(context: Signed["context"], payload: unknown): Signed;
  /** What robots are told to believe. */
  trust(): Trust;
}

export function signerWith(keys: GatewayKeys): Signer {
  const [first] = keys.signing;
  if (!first) throw new Error("no signing key: at least one is needed to seal commands");
  const trust: Trust = {
    root_key: rawPublicKey(keys.root),
    signing_keys: keys.signing.map(({ keyId, key }) => vouchFor(keys.root, keyId, key)),
  };
  return {
    trust: () => trust,
    sign(context, payload) {
      const bytes = Buffer.from(JSON.stringify(payload));
      const signature = sign(null, sealedBytes(context, bytes), first.key);
      return {
        context,
        payload: bytes.toString("base64"),
        key_id: first.keyId,
        signature: signature.toString("base64"),
      };
    },
  };
}

/** What a robot's key says about a text it signed; false for anything that is not a key or a signature. */
export function verifierOf(publicKey: string): (text: string, signature: string) => boolean {
  const key = publicKeyFrom(publicKey);
  return (text, signature) => key !== null && verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
}

/** The key from its 32 raw bytes, base64; null for anything else. */
export function publicKeyFrom(raw: string): KeyObject | null {
  const bytes = Buffer.from(raw, "base64");
  if (bytes.length !== 32) return null;
  return createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: "der", type: "spki" });
}

/** A private key from 32 bytes of chance. */
export function privateKeyFrom(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
}

/** 32 raw bytes of the public half, base64. */
export function rawPublicKey(key: KeyObject): string {
  const spki = createPublicKey(key.export({ format: "pem", type: "pkcs8" })).export({ format: "der", type: "spki" });
  return spki.subarray(spkiPrefix.length).toString("base64");
}

function vouchFor(root: KeyObject, keyId: string, key: KeyObject): SigningKey {
  const vouched = { key_id: keyId, public_key: rawPublicKey(key) };
  const signature = sign(null, Buffer.from(signingKeyText(vouched)), root);
  return { ...vouched, root_signature: signature.toString("base64") };
}

/** What is signed: the context, a zero byte and the payload, so that a grant can never pass for a command. */
function sealedBytes(context: Signed["context"], payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(context), Buffer.from([0]), payload]);
}
