import { execFile } from "node:child_process";
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const services = join(root, "cloud/services");

/** Prints the next migration of a service from what changed in its `src/tables.ts`; answers what drizzle-kit said. */
export async function generateMigration(service: string, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`migration name “${name}”: use words_like_these`);
  if (!(await hasTables(service))) throw new Error(`cloud/services/${service}/src/tables.ts is not there`);
  return generate(service, "migrations", name);
}

/** The services whose `tables.ts` says more than their migrations do. */
export async function servicesBehind(): Promise<readonly string[]> {
  const behind: string[] = [];
  for (const service of await readdir(services)) {
    if ((await hasTables(service)) && (await isBehind(service))) behind.push(service);
  }
  return behind;
}

async function isBehind(service: string): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), "kerbside-migrations-"));
  try {
    const committed = join(services, service, "migrations");
    await cp(committed, scratch, { recursive: true }).catch(() => undefined);
    const before = await sqlFiles(scratch);
    await generate(service, relative(join(services, service), scratch), "check");
    return (await sqlFiles(scratch)).length > before.length;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * drizzle-kit loads the TypeScript as it is. It writes "public" before a referenced table; we take it off, because a
 * service's schema is whatever its role's search path says.
 */
async function generate(service: string, out: string, name: string): Promise<string> {
  const folder = join(services, service);
  const { stdout } = await run(
    join(root, "node_modules/.bin/drizzle-kit"),
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
