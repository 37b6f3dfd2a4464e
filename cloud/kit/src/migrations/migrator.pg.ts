import { Client as PgClient } from "pg";
import type { Service } from "../service.ts";
import { type Migration, readMigrations } from "./folder.node.ts";
import { grantBus, grantService, publishShapes } from "./rights.pg.ts";
import { schemaOf } from "./schema.ts";

const kitMigrations = new URL("../../migrations/", import.meta.url);

export interface MigrationPlan {
  /** A role that may create roles, schemas and publications. */
  readonly adminUrl: string;
  readonly services: readonly Pick<Service, "name" | "migrations" | "shapes">[];
  /** Put before each role's name, since roles belong to the whole server and not to one database. */
  readonly rolePrefix: string;
  readonly passwordOf: (role: string) => string;
  readonly onApplied?: (schema: string, migration: string) => void;
}

export interface Migrated {
  /** Where each service signs in, by its name. */
  readonly serviceUrls: ReadonlyMap<string, string>;
  /** Where the relay signs in: it may read every outbox and write every inbox, and nothing else. */
  readonly busUrl: string;
}

/** A migration that was applied is history: its text may not change any more. */
export class MigrationChanged extends Error {
  constructor(schema: string, name: string) {
    super(`migration ${schema}/${name} was changed after it had been applied: write a new one instead`);
    this.name = "MigrationChanged";
  }
}

/** A later version of the product was here: what it made of the tables is not known to this one. */
export class DatabaseIsNewer extends Error {
  constructor(schema: string, names: readonly string[]) {
    super(
      `the database was used by a later version: migrations ${schema}/${names.join(", ")} are not known to this one; start that version, or go back to a backup`,
    );
    this.name = "DatabaseIsNewer";
  }
}

/**
 * Brings every service's schema up to date, one starter at a time: schema, role and rights, the kit's tables, the
 * service's own migrations, each in a transaction. Then publishes what live screens and robots may follow.
 */
export async function migrate(plan: MigrationPlan): Promise<Migrated> {
  const client = new PgClient({ connectionString: plan.adminUrl, application_name: "kerbside-migrator" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('kerbside/migrate'))");
    await prepare(client);
    const busRole = `${plan.rolePrefix}bus`;
    await ensureRole(client, busRole, plan.passwordOf(busRole));
    await grantBus(client, busRole);
    const serviceUrls = new Map<string, string>();
    for (const service of plan.services) serviceUrls.set(service.name, await migrateService(client, plan, service));
    await publishShapes(client, plan.services);
    return { serviceUrls, busUrl: urlFor(plan, busRole) };
  } finally {
    await client.end();
  }
}

async function prepare(client: PgClient): Promise<void> {
  await client.query(`
    create schema if not exists kerbside;
    create table if not exists kerbside.migration (
      schema text not null,
      name text not null,
      hash text not null,
      applied_at timestamptz(3) not null default now(),
      primary key (schema, name)
    );
    create table if not exists kerbside.subscription (
      consumer text not null,
      type text not null,
      primary key (consumer, type)
    );`);
}

async function migrateService(
  client: PgClient,
  plan: MigrationPlan,
  service: MigrationPlan["services"][number],
): Promise<string> {
  const schema = schemaOf(service.name);
  const role = `${plan.rolePrefix}${schema}`;
  await client.query(`create schema if not exists ${client.escapeIdentifier(schema)}`);
  await ensureRole(client, role, plan.passwordOf(role));
  const kit = (await readMigrations(kitMigrations)).map((one) => ({ ...one, name: `kit/${one.name}` }));
  const migrations = [...kit, ...(await readMigrations(service.migrations))];
  await refuseNewer(client, schema, migrations);
  for (const migration of migrations) await apply(client, schema, migration, plan);
  await grantService(client, { schema, role, busRole: `${plan.rolePrefix}bus` });
  return urlFor(plan, role);
}

async function refuseNewer(client: PgClient, schema: string, known: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select name from kerbside.migration where schema = $1 and name <> all ($2) order by name",
    [schema, known.map(({ name }) => name)],
  );
  if (rows.length > 0)
    throw new DatabaseIsNewer(
      schema,
      rows.map(({ name }) => name),
    );
}

async function apply(client: PgClient, schema: string, migration: Migration, plan: MigrationPlan): Promise<void> {
  const { rows } = await client.query<{ hash: string }>(
    "select hash from kerbside.migration where schema = $1 and name = $2",
    [schema, migration.name],
  );
  const applied = rows[0];
  if (applied && applied.hash !== migration.hash) throw new MigrationChanged(schema, migration.name);
  if (applied) return;
  try {
    await client.query("begin");
    await client.query(`set local search_path to ${client.escapeIdentifier(schema)}`);
    await client.query(migration.sql);
    await client.query("insert into kerbside.migration (schema, name, hash) values ($1, $2, $3)", [
      schema,
      migration.name,
      migration.hash,
    ]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw new Error(`migration ${schema}/${migration.name} failed: ${String(cause)}`, { cause });
  }
  plan.onApplied?.(schema, migration.name);
}

async function ensureRole(client: PgClient, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  const name = client.escapeIdentifier(role);
  if (!rowCount) await client.query(`create role ${name}`);
  await client.query(`alter role ${name} login password ${client.escapeLiteral(password)}`);
}

function urlFor({ adminUrl, passwordOf }: MigrationPlan, role: string): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(passwordOf(role));
  return url.href;
}
