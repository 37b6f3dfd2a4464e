import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

/** One forward-only step of a schema, as drizzle-kit printed it. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

/** The migrations in a folder, oldest first. A folder that is not there holds none. */
export async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  const entries = await readdir(base).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw cause;
  });
  const names = entries.filter((entry) => entry.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (file) => {
      const sql = await readFile(new URL(file, base), "utf8");
      const hash = createHash("sha256").update(sql).digest("hex");
      return { name: file.slice(0, -".sql".length), sql, hash };
    }),
  );
}
