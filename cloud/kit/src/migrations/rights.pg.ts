import type { Client } from "pg";
import type { Service } from "../service.ts";
import { schemaOf } from "./schema.ts";

/** The publication that the shape server reads. */
export const shapesPublication = "kerbside_shapes";

/** Prefix of the messages in the WAL that tell the shape server of altered tables. */
export const ddlPrefix = "kerbside_ddl";

interface Names {
  readonly schema: string;
  readonly role: string;
  readonly busRole: string;
}

/** A service reads and writes the rows of its own schema. It owns nothing and sees nothing else. */
export async function grantService(client: Client, names: Names): Promise<void> {
  const schema = client.escapeIdentifier(names.schema);
  const role = client.escapeIdentifier(names.role);
  const bus = client.escapeIdentifier(names.busRole);
  const { rows } = await client.query<{ current_database: string }>("select current_database()");
  const database = client.escapeIdentifier(rows[0]?.current_database ?? "");
  await client.query(`
    grant connect on database ${database} to ${role};
    alter role ${role} in database ${database} set search_path to ${schema};
    grant usage on schema ${schema} to ${role}, ${bus};
    grant select, insert, update, delete on all tables in schema ${schema} to ${role};
    grant usage, select on all sequences in schema ${schema} to ${role};
    grant select, update, delete on ${schema}.outbox to ${bus};
    grant select, insert on ${schema}.inbox to ${bus};`);
}

/** The relay carries events between schemas and knows who listens to what. */
export async function grantBus(client: Client, busRole: string): Promise<void> {
  const role = client.escapeIdentifier(busRole);
  const { rows } = await client.query<{ current_database: string }>("select current_database()");
  const database = client.escapeIdentifier(rows[0]?.current_database ?? "");
  await client.query(`
    grant connect on database ${database} to ${role};
    grant usage on schema kerbside to ${role};
    grant select, insert, delete on kerbside.subscription to ${role};`);
}

/** Makes every table that a shape names readable from the WAL with whole old rows. Never takes a table out. */
export async function publishShapes(
  client: Client,
  services: readonly Pick<Service, "name" | "shapes">[],
): Promise<void> {
  const { rowCount } = await client.query("select from pg_publication where pubname = $1", [shapesPublication]);
  if (!rowCount) await client.query(`create publication ${shapesPublication}`);
  const tables = new Map<string, readonly [string, string]>();
  for (const { name, shapes } of services) {
    for (const { table } of shapes ?? []) tables.set(`${name}.${table}`, [schemaOf(name), table]);
  }
  for (const [schema, table] of tables.values()) await publish(client, schema, table);
  await tellOfDdl(client);
}

/**
 * Writes DDL into the WAL, in commit order with the rows. Only a superuser may make an event trigger; where we are none the
 * shape server notices within a minute.
 */
async function tellOfDdl(client: Client): Promise<void> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    "select rolsuper from pg_roles where rolname = current_user and not exists (select from pg_event_trigger where evtname = $1)",
    [ddlPrefix],
  );
  if (!rows[0]?.rolsuper) return;
  await client.query(`
    create or replace function kerbside.tell_of_ddl() returns event_trigger language plpgsql as $$
      begin perform pg_catalog.pg_logical_emit_message(true, '${ddlPrefix}', tg_tag); end $$;
    create event trigger ${ddlPrefix} on ddl_command_end
      when tag in ('ALTER TABLE', 'DROP TABLE', 'DROP SCHEMA', 'ALTER TYPE', 'DROP TYPE', 'ALTER DOMAIN', 'ALTER PUBLICATION')
      execute function kerbside.tell_of_ddl()`);
}

async function publish(client: Client, schema: string, table: string): Promise<void> {
  const name = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`;
  const { rows } = await client.query<{ relreplident: string; published: boolean }>(
    `select c.relreplident, exists (
       select from pg_publication_tables p
       where p.pubname = $3 and p.schemaname = $1 and p.tablename = $2
     ) as published
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2`,
    [schema, table, shapesPublication],
  );
  const found = rows[0];
  if (!found) throw new Error(`a shape names ${schema}.${table}, which no migration makes`);
  if (found.relreplident !== "f") await client.query(`alter table ${name} replica identity full`);
  if (!found.published) await client.query(`alter publication ${shapesPublication} add table ${name}`);
}
