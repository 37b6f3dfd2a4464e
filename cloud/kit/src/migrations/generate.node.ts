import { execFile } from "node:child_process";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateDrizzleJson, generateMigration as planMigration } from "drizzle-kit/api";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const services = join(root, "cloud/services");

/** Prints the next migration of a service from what changed in its `src/tables.ts`; answers what drizzle-kit said. */
export async function generateMigration(service: string, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`migration name “${name}”: use words_like_these`);
  if (!(await hasTables(service))) throw new Error(`cloud/services/${service}/src/tables.ts is not there`);
  return generate(service, name);
}

/** The services whose `tables.ts` says more than their migrations do. */
export async function servicesBehind(): Promise<readonly string[]> {
  const behind: string[] = [];
  for (const service of await readdir(services)) {
    if ((await hasTables(service)) && (await isBehind(service))) behind.push(service);
  }
  return behind;
}

/** Compares what the tables say with what drizzle-kit noted when it printed the last migration. */
async function isBehind(service: string): Promise<boolean> {
  const folder = join(services, service);
  const tables: Record<string, unknown> = await import(join(folder, "src/tables.ts"));
  const noted = await lastSnapshot(join(folder, "migrations/meta"));
  const now = generateDrizzleJson(tables, noted.id);
  return (await planMigration(noted, now)).length > 0;
}

async function lastSnapshot(folder: string): Promise<ReturnType<typeof generateDrizzleJson>> {
  const entries = await readdir(folder).catch(() => []);
  const last = entries
    .filter((entry) => entry.endsWith("_snapshot.json"))
    .sort()
    .at(-1);
  return last ? JSON.parse(await readFile(join(folder, last), "utf8")) : generateDrizzleJson({});
}

/**
 * drizzle-kit loads the TypeScript as it is. It writes "public" before a referenced table; we take it off, because a
 * service's schema is whatever its role's search path says.
 */
async function generate(service: string, name: string): Promise<string> {
  const out = "migrations";
  const folder = join(services, service);
  const { stdout } = await run(
    join(root, "cloud/kit/node_modules/.bin/drizzle-kit"),
    ["generate", "--dialect", "postgresql", "--schema", "./src/tables.ts", "--out", out, "--name", name],
    { cwd: folder },
  );
  for (const file of await sqlFiles(join(folder, out))) {
    const path = join(folder, out, file);
    const sql = await readFile(path, "utf8");
    if (sql.includes('"public".')) await writeFile(path, sql.replaceAll('"public".', ""));
  }
  return stdout;
}

async function hasTables(service: string): Promise<boolean> {
  return access(join(services, service, "src/tables.ts")).then(
    () => true,
    () => false,
  );
}

async function sqlFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((entry) => entry.endsWith(".sql"));
}
