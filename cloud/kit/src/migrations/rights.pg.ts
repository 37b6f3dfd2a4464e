import type { Client } from "pg";
import type { Service } from "../service.ts";
import { schemaOf } from "./schema.ts";

/** The publication that the shape server reads. */
export const shapesPublication = "kerbside_shapes";

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
