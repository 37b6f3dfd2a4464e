import { join } from "node:path";
import { Client } from "pg";
import type { Logger } from "pino";
import { reasonOf } from "../reason.ts";
import type { Secrets } from "../secrets.node.ts";
import { PasswordRefused, startPostgres } from "./postgres.node.ts";
import { type ServerFacts, whyUnfit } from "./server-facts.ts";

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
  }).catch((cause: unknown) => {
    if (!(cause instanceof PasswordRefused)) throw cause;
    const where = join(options.dataDir, "secret");
    throw new Error(
      `the database in ${options.dataDir} was made with another secret: put back ${where}, or the KERBSIDE_SECRET that it was made with`,
      { cause },
    );
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
  const { name } = await checkDatabase(url);
  return { adminUrl: url, name, isEmbedded: false, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Throws where we cannot live on it. */
export async function checkDatabase(url: string): Promise<ServerFacts> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const found = await look(client);
    const unfit = whyUnfit(found);
    if (unfit !== null) throw new Error(unfit);
    return found;
  } catch (cause) {
    const { host, pathname } = new URL(url);
    throw new Error(`DATABASE_URL: ${host}${pathname} cannot be used: ${reasonOf(cause)}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function look(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(
    `select current_database() as name, current_setting('server_version') as version,
       current_setting('server_version_num')::int as version_num, current_setting('wal_level') as wal_level, rolname as role,
       rolsuper or (rolcreaterole and rolreplication and has_database_privilege(current_database(), 'create')) as may_make
     from pg_roles where rolname = current_user`,
  );
  const [found] = rows;
  if (!found) throw new Error("it does not say who we are");
  return found;
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
