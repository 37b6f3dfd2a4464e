import { join } from "node:path";
import { Client } from "pg";
import type { Logger } from "pino";
import type { Secrets } from "../secrets.node.ts";
import { startPostgres } from "./postgres.node.ts";

export interface DatabaseServer extends AsyncDisposable {
  /** A role that may make roles, schemas and publications, on the product's own database. */
  readonly adminUrl: string;
  /** The database's name: it comes before every role's and the replication slot's, which the whole server shares. */
  readonly name: string;
  readonly isEmbedded: boolean;
}

export interface DatabaseOptions {
  /** Null: the embedded one. */
  readonly url: string | null;
  readonly dataDir: string;
  readonly secrets: Secrets;
  readonly log: Logger;
}

const embeddedName = "kerbside";

/** The PostgreSQL that was named, checked, or the embedded one in the data folder, started. */
export async function openServer(options: DatabaseOptions): Promise<DatabaseServer> {
  if (options.url !== null) return openExternal(options.url);
  const password = options.secrets.password("postgres");
  const server = await startPostgres({
    dataDir: join(options.dataDir, "postgres"),
    password,
    onLog: (line) => options.log.debug({ part: "postgres" }, line.trimEnd()),
  });
  try {
    await ensureDatabase(server.url);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const url = new URL(server.url);
  url.pathname = `/${embeddedName}`;
  const close = (): Promise<void> => Promise.resolve(server[Symbol.asyncDispose]());
  return { adminUrl: url.href, name: embeddedName, isEmbedded: true, [Symbol.asyncDispose]: close };
}

async function openExternal(url: string): Promise<DatabaseServer> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string; version: number; wal: string }>(
      `select current_database() as name, current_setting('server_version_num')::int as version,
         current_setting('wal_level') as wal`,
    );
    const found = rows[0];
    if (!found || found.version < 150_000) throw new Error("PostgreSQL 15 or later is needed");
    if (found.wal !== "logical") throw new Error(`wal_level is ${found.wal}: set it to logical and restart the server`);
    return { adminUrl: url, name: found.name, isEmbedded: false, [Symbol.asyncDispose]: () => Promise.resolve() };
  } catch (cause) {
    const { host, pathname } = new URL(url);
    throw new Error(`DATABASE_URL: ${host}${pathname} cannot be used: ${String(cause)}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(serverUrl: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [embeddedName]);
    if (!rowCount) await client.query(`create database ${embeddedName}`);
  } finally {
    await client.end();
  }
}
