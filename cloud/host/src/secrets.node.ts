import { createHmac, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The passwords of one installation. All of them follow from one secret that never leaves its data folder. */
export interface Secrets {
  /** A text password for this purpose. */
  password(purpose: string): string;
  /** 32 bytes for this purpose. */
  key(purpose: string): Uint8Array;
}

const fileName = "secret";

/** Reads the installation's secret, or makes it at the first start, readable by its owner only. */
export async function openSecrets(dataDir: string): Promise<Secrets> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, fileName);
  const master = Buffer.from(await existing(file).then((text) => text ?? create(file)), "hex");
  if (master.length !== 32) throw new Error(`${file} is damaged: it should hold 64 hexadecimal digits`);
  const derive = (purpose: string): Buffer => createHmac("sha256", master).update(purpose).digest();
  return {
    password: (purpose) => derive(purpose).toString("base64url"),
    key: (purpose) => new Uint8Array(derive(purpose)),
  };
}

async function existing(file: string): Promise<string | null> {
  try {
    const text = await readFile(file, "utf8");
    await chmod(file, 0o600);
    return text.trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function create(file: string): Promise<string> {
  const secret = randomBytes(32).toString("hex");
  await writeFile(`${file}.new`, `${secret}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return secret;
}
