import { createHash, createPrivateKey, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Rng } from "@kerbside/proto/base/rng";
import { type GatewayKeys, privateKeyFrom, rawPublicKey } from "./signer.ts";

const rootFile = "root.pem";
const signingFile = /^signing-(?<keyId>[0-9a-f]{16})\.pem$/;

/**
 * Reads the keys of an installation, making them at its first start. Files are PKCS #8, readable by us alone. Every robot
 * has pinned the root key's public half: where signing keys are there and it is not, another one would help nobody.
 */
export async function openKeys(folder: string, rng: Rng): Promise<GatewayKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const signing = await readSigningKeys(folder);
  const path = join(folder, rootFile);
  const kept = await readKey(path);
  if (kept === null && signing.length > 0) {
    throw new Error(`${path} is missing, and every robot believes that key alone: put it back from a backup`);
  }
  const root = kept ?? (await makeKey(folder, () => rootFile, rng));
  if (signing.length > 0) return { root, signing };
  const key = await makeKey(folder, (made) => `signing-${keyIdOf(made)}.pem`, rng);
  return { root, signing: [{ keyId: keyIdOf(key), key }] };
}

/** The newest file signs; the others are still vouched for, so that what they signed lives on. */
async function readSigningKeys(folder: string): Promise<GatewayKeys["signing"]> {
  const found: { readonly keyId: string; readonly key: KeyObject; readonly modifiedMs: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!signingFile.test(name)) continue;
    await using file = await open(join(folder, name));
    const { mtimeMs } = await file.stat();
    const key = createPrivateKey(await file.readFile("utf8"));
    found.push({ keyId: keyIdOf(key), key, modifiedMs: mtimeMs });
  }
  return found.sort((a, b) => b.modifiedMs - a.modifiedMs);
}

async function readKey(path: string): Promise<KeyObject | null> {
  if (!existsSync(path)) return null;
  return createPrivateKey(await readFile(path, "utf8"));
}

/** Written beside, flushed, then renamed: after a power cut there is a whole key or none. */
async function makeKey(folder: string, nameOf: (key: KeyObject) => string, rng: Rng): Promise<KeyObject> {
  const key = privateKeyFrom(rng.bytes(32));
  const path = join(folder, nameOf(key));
  await using file = await open(`${path}.new`, "w", 0o600);
  await file.chmod(0o600);
  await file.writeFile(key.export({ format: "pem", type: "pkcs8" }));
  await file.sync();
  await rename(`${path}.new`, path);
  await using directory = await open(folder);
  await directory.sync();
  return key;
}

function keyIdOf(key: KeyObject): string {
  return createHash("sha256").update(rawPublicKey(key)).digest("hex").slice(0, 16);
}
