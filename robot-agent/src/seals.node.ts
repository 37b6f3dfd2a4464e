import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { Command } from "@kerbside/proto/robot/command";
import { Grant } from "@kerbside/proto/robot/grant";
import { type Signed, SignedTime } from "@kerbside/proto/robot/signed";
import { type SigningKey, signingKeyText, type Trust } from "@kerbside/proto/robot/trust";
import type { SealFault, Seals } from "./core/seals.ts";

/** Opened seals that are remembered, so that a mirror that is looked at every second costs no signatures. */
const rememberedMax = 500;
/** The DER head of an Ed25519 public key (RFC 8410), before its 32 bytes. */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");

type Parse<T> = (value: unknown) => { readonly success: boolean; readonly data?: T };

/** Believes whom the pinned root key vouches for, and nobody else. */
export class Ed25519Seals implements Seals {
  readonly #robotId: string;
  readonly #rootKey: string;
  #keys = new Map<string, KeyObject>();
  #opened = new Map<string, Result<unknown, SealFault>>();

  constructor(robotId: string, trust: Trust) {
    this.#robotId = robotId;
    this.#rootKey = trust.root_key;
    this.accept(trust.signing_keys);
  }

  /** Takes the signing keys now in force; those that the root does not vouch for are left out. Says how many were. */
  accept(signingKeys: readonly SigningKey[]): number {
    const vouched = signingKeys.filter((key) => isVouched(key, this.#rootKey));
    this.#keys = new Map(vouched.map((key) => [key.key_id, publicKey(key.public_key)]));
    this.#opened.clear();
    return signingKeys.length - vouched.length;
  }

  command(signed: Signed): Result<Command, SealFault> {
    return this.#open(signed, "command", (value) => Command.safeParse(value));
  }

  grant(signed: Signed): Result<Grant, SealFault> {
    return this.#open(signed, "grant", (value) => Grant.safeParse(value));
  }

  time(signed: Signed): Result<number, SealFault> {
    const opened = this.#open(signed, "time", (value) => SignedTime.safeParse(value));
    if (!opened.ok) return opened;
    return opened.value.robot_id === this.#robotId ? ok(opened.value.at) : err("unreadable");
  }

  #open<T>(signed: Signed, context: Signed["context"], parse: Parse<T>): Result<T, SealFault> {
    if (signed.context !== context) return err("wrong_context");
    const key = `${context} ${signed.key_id} ${signed.signature} ${signed.payload}`;
    const known = this.#opened.get(key);
    const payload = known ?? this.#check(signed);
    if (!known) this.#remember(key, payload);
    if (!payload.ok) return payload;
    const parsed = parse(payload.value);
    return parsed.success && parsed.data !== undefined ? ok(parsed.data) : err("unreadable");
  }

  #check(signed: Signed): Result<unknown, SealFault> {
    const key = this.#keys.get(signed.key_id);
    if (!key) return err("unknown_key");
    const payload = Buffer.from(signed.payload, "base64");
    const text = Buffer.concat([Buffer.from(`${signed.context}\0`), payload]);
    if (!verify(null, text, key, Buffer.from(signed.signature, "base64"))) return err("bad_signature");
    return parseJson(payload);
  }

  #remember(key: string, result: Result<unknown, SealFault>): void {
    const oldest = this.#opened.keys().next();
    if (this.#opened.size >= rememberedMax && !oldest.done) this.#opened.delete(oldest.value);
    this.#opened.set(key, result);
  }
}

/** An Ed25519 public key from its 32 bytes in base64. */
export function publicKey(base64: string): KeyObject {
  return createPublicKey({
    key: Buffer.concat([spkiHead, Buffer.from(base64, "base64")]),
    format: "der",
    type: "spki",
  });
}

function isVouched(key: SigningKey, rootKey: string): boolean {
  const text = Buffer.from(signingKeyText(key));
  return verify(null, text, publicKey(rootKey), Buffer.from(key.root_signature, "base64"));
}

function parseJson(payload: Buffer): Result<unknown, SealFault> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return ok(value);
  } catch {
    return err("unreadable");
  }
}
