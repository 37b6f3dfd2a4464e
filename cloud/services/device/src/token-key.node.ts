import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmod, mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

const fileName = "robot-tokens.pem";

/** The key that signs robots' tokens: read, or made at the first start, readable by us alone. Every process of this service shares the folder. */
export async function openTokenKey(dataDir: string): Promise<KeyObject> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, fileName);
  const pem = await existing(file);
  if (pem === null) return create(file);
  await chmod(file, 0o600);
  return parse(pem, file);
}

function parse(pem: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
    throw new Error(`it holds a key of type ${key.asymmetricKeyType}`);
  } catch (cause) {
    throw new Error(`${file} is no Ed25519 private key: restore it, or move it away to sign all robots out`, { cause });
  }
}

async function existing(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Written beside, flushed, then renamed: after a power cut there is a whole key or none. */
async function create(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync("ed25519");
  await using draft = await open(`${file}.new`, "w", 0o600);
  await draft.chmod(0o600);
  await draft.writeFile(privateKey.export({ format: "pem", type: "pkcs8" }));
  await draft.sync();
  await rename(`${file}.new`, file);
  return privateKey;
}
