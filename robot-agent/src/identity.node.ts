import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Trust } from "@kerbside/proto/robot/trust";
import * as z from "zod";

/** Who a robot is, and whom it believes. The private key never leaves this file. */
export const RobotIdentity = z.object({
  v: z.literal(1),
  robot_id: z.uuid(),
  organization_id: z.uuid(),
  name: z.string(),
  /** PKCS #8, PEM. */
  private_key: z.string(),
  trust: Trust,
});
export type RobotIdentity = z.infer<typeof RobotIdentity>;

/** The robot's key, as what it can do. */
export interface RobotKey {
  /** Ed25519 over the text's UTF-8, base64. */
  sign(text: string): string;
  /** The 32 bytes of the public half, base64. */
  readonly publicKey: string;
}

export function newPrivateKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

export function robotKey(privateKeyPem: string): RobotKey {
  const key: KeyObject = createPrivateKey(privateKeyPem);
  const { x } = key.export({ format: "jwk" });
  return {
    sign: (text) => sign(null, Buffer.from(text), key).toString("base64"),
    publicKey: Buffer.from(x ?? "", "base64url").toString("base64"),
  };
}

export function identityFile(dataDir: string): string {
  return join(dataDir, "identity.json");
}

/** The file is there and does not say who this robot is. Only a person can tell what should stand in it. */
export class IdentityUnreadable extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} does not say who this robot is`, { cause });
    this.name = "IdentityUnreadable";
  }
}

export function readIdentity(file: string): RobotIdentity | null {
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  try {
    return RobotIdentity.parse(JSON.parse(text));
  } catch (problem) {
    throw new IdentityUnreadable(file, problem);
  }
}

/**
 * The key to enrol with: the same at every try, so that a robot whose answer was lost on the way asks again as the one
 * it was.
 */
export function pendingKey(dataDir: string): string {
  const file = join(dataDir, "enrolment.key");
  if (existsSync(file)) return readFileSync(file, "utf8");
  const key = newPrivateKey();
  writePrivate(file, key);
  return key;
}

export function writeIdentity(file: string, identity: RobotIdentity): void {
  writePrivate(file, `${JSON.stringify(identity, null, 2)}\n`);
}

/** Readable by this user alone; whole or not at all, whenever the power goes. */
function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  const descriptor = openSync(draft, "w", 0o600);
  writeSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(draft, file);
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}
