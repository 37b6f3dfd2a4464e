import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomUUID } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Vault } from "./ports.ts";

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM and HMAC-SHA256 under keys derived from one secret, which is not in the database. */
export class NodeVault implements Vault {
  readonly #sealKey: Buffer;
  readonly #linkKey: Buffer;

  constructor(secret: Uint8Array) {
    this.#sealKey = derived(secret, "kerbside access codes");
    this.#linkKey = derived(secret, "kerbside tracking links");
  }

  seal(text: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#sealKey, iv);
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
  }

  open(sealed: string): string {
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.#sealKey, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString("utf8");
  }

  linkToken(linkId: string): string {
    return createHmac("sha256", this.#linkKey).update(linkId).digest("base64url");
  }
}

/** The installation's secret for deliveries, made at the first start and readable by us alone. */
export async function loadSecret(dataDir: string): Promise<Uint8Array> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "deliveries.key");
  const secret = (await existing(path)) ?? (await create(path));
  await chmod(path, 0o600);
  if (secret.length !== keyBytes) throw new Error(`${path} holds ${secret.length} bytes where ${keyBytes} belong`);
  return secret;
}

async function existing(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** Written beside, flushed, then linked: of two that start at once both have the whole secret of the first. */
async function create(path: string): Promise<Uint8Array> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, randomBytes(keyBytes), { flag: "wx", mode: 0o600, flush: true });
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path);
}

function derived(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, new Uint8Array(), purpose, keyBytes));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
