import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Client, escapeIdentifier } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { parcels } from "../example/parcels.harness.ts";
import { type MigrationPlan, migrate } from "./migrator.pg.ts";

const database = `migrator_${randomUUID().slice(0, 8)}`;
let adminUrl: string;
let folder: string;

beforeAll(async () => {
  const url = new URL(inject("postgresUrl"));
  await query(url.href, `create database ${database}`);
  url.pathname = `/${database}`;
  adminUrl = url.href;
});
afterAll(async () => {
  await query(inject("postgresUrl"), `drop database ${database} with (force)`);
  const roles = await query(inject("postgresUrl"), "select rolname as name from pg_roles where rolname like $1", [
    `${database}%`,
  ]);
  for (const { name } of roles) await query(inject("postgresUrl"), `drop role ${escapeIdentifier(String(name))}`);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-migrations-"));
  await cp(new URL("../example/migrations/", import.meta.url), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the migrator", () => {
  test("makes a schema that its service may use and another may not", async () => {
    const { serviceUrls } = await migrate(plan("first", "second"));
    const own = serviceUrls.get("first") ?? "";
    const other = serviceUrls.get("second") ?? "";

    expect(await query(own, "select count(*)::int as parcels from parcel")).toEqual([{ parcels: 0 }]);
    await expect(query(other, "select from first.parcel")).rejects.toThrow("permission denied for schema first");
    await expect(query(own, "drop table parcel")).rejects.toThrow("must be owner of table parcel");
    await expect(query(own, "select from kerbside.migration")).rejects.toThrow("permission denied");
  });

  test("applies what is new, once, however many start together", async () => {
    const applied: string[] = [];
    const again = { ...plan("third"), onApplied: (_: string, name: string) => applied.push(name) };

    await Promise.all([migrate(again), migrate(again), migrate(again)]);
    await writeFile(join(folder, "0001_more.sql"), "alter table parcel add column weight_g integer;");
    await migrate(again);

    expect(applied).toEqual(["kit/0000_kit", "0000_parcel", "0001_more"]);
  });

  test("refuses a database that a later version has used", async () => {
    await writeFile(join(folder, "0001_more.sql"), "alter table parcel add column weight_g integer;");
    await migrate(plan("later"));
    await rm(join(folder, "0001_more.sql"));

    const downgrade = migrate(plan("later"));

    await expect(downgrade).rejects.toThrow("used by a later version: migrations later/0001_more are not known");
  });

  test("refuses a migration whose text was changed after it was applied", async () => {
    await migrate(plan("fourth"));
    await writeFile(join(folder, "0000_parcel.sql"), "create table parcel (parcel_id uuid);");

    await expect(migrate(plan("fourth"))).rejects.toThrow("migration fourth/0000_parcel was changed");
  });

  test("leaves nothing of a migration that fails, and names it", async () => {
    await writeFile(join(folder, "0001_bad.sql"), "create table good (id integer); create tabel bad;");

    await expect(migrate(plan("fifth"))).rejects.toThrow("migration fifth/0001_bad failed");

    expect(await query(adminUrl, "select to_regclass('fifth.good') as good")).toEqual([{ good: null }]);
  });

  test("has DDL told in the WAL, where it may", async () => {
    await migrate(plan("told"));
    const triggers = "select evtname, evtevent from pg_event_trigger";

    expect(await query(adminUrl, triggers)).toEqual([{ evtname: "kerbside_ddl", evtevent: "ddl_command_end" }]);
  });

  test("publishes the tables of shapes with whole old rows, and no others", async () => {
    await migrate(plan("sixth"));
    await migrate(plan("sixth"));

    const published = await query(
      adminUrl,
      "select tablename from pg_publication_tables where pubname = 'kerbside_shapes' and schemaname = 'sixth'",
    );
    const identity = await query(adminUrl, "select relreplident from pg_class where oid = 'sixth.parcel'::regclass");
    expect(published).toEqual([{ tablename: "parcel" }]);
    expect(identity).toEqual([{ relreplident: "f" }]);
  });

  test("refuses a shape of a table that is not there", async () => {
    const [service] = plan("seventh").services;
    const shapes = (service?.shapes ?? []).map((shape) => ({ ...shape, table: "parcle" }));
    const wrong = { ...plan(), services: service ? [{ ...service, shapes }] : [] };

    await expect(migrate(wrong)).rejects.toThrow("a shape names seventh.parcle, which no migration makes");
  });

  test("lets the bus read outboxes and fill inboxes, and nothing else", async () => {
    const { busUrl } = await migrate(plan("eighth"));

    expect(await query(busUrl, "select count(*)::int as waiting from eighth.outbox")).toEqual([{ waiting: 0 }]);
    await expect(query(busUrl, "select from eighth.parcel")).rejects.toThrow("permission denied for table parcel");
    await expect(query(busUrl, "delete from eighth.inbox")).rejects.toThrow("permission denied for table inbox");
  });
});

function plan(...names: readonly string[]): MigrationPlan {
  const migrations = pathToFileURL(`${folder}/`);
  const services = names.map((name) => ({ ...parcels, name, migrations }));
  return { adminUrl, services, rolePrefix: `${database}_`, passwordOf: () => "secret" };
}

async function query(url: string, text: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}
