import { createHmac, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The passwords of one installation. All of them follow from one secret that never leaves its data folder. */
export interface Secrets {
  /** A text password for this purpose. */
  password(purpose: string): string;
  /** 32 bytes for this purpose. */
  key(purpose: string): Uint8Array;
}

/** The installation's secret: the one given, else the data folder's, made at the first start. */
export async function openSecrets(dataDir: string, given: string | null): Promise<Secrets> {
  const master = Buffer.from(given ?? (await kept(dataDir, "secret", 32)), "hex");
  const derive = (purpose: string): Buffer => createHmac("sha256", master).update(purpose).digest();
  return {
    password: (purpose) => derive(purpose).toString("base64url"),
    key: (purpose) => new Uint8Array(derive(purpose)),
  };
}

/** A name of this data folder, for what must not be shared by two that use one database. */
export function folderId(dataDir: string): Promise<string> {
  return kept(dataDir, "folder-id", 4);
}

/** Chance that is drawn once and kept in a file which its owner alone can read. */
async function kept(dataDir: string, name: string, bytes: number): Promise<string> {
  const file = join(dataDir, name);
  const text = (await existing(file)) ?? (await create(file, bytes));
  if (!/^[0-9a-f]+$/.test(text) || text.length !== bytes * 2) {
    throw new Error(`${file} is damaged: it should hold ${bytes * 2} hexadecimal digits`);
  }
  return text;
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

async function create(file: string, bytes: number): Promise<string> {
  const drawn = randomBytes(bytes).toString("hex");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${drawn}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return drawn;
}
