import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@kerbside/cloud-host/config";
import { type Platform, type PlatformOptions, startPlatform } from "@kerbside/cloud-host/platform.node";
import { openLog } from "@kerbside/cloud-kit/log";
import { Client, escapeIdentifier } from "pg";

/** The whole platform on a database and a folder of its own, both gone with it. */
export interface Ground extends AsyncDisposable {
  readonly platform: Platform;
  readonly dataDir: string;
  /** What the platform logged so far, one JSON document a line. */
  readonly log: () => string;
  /** As the database's admin, past every service. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
}

const demo = {
  accounts: { passwordCostLog2: 10 },
  deliveries: { pin_cost: { n: 1_024 } },
  integrations: { webhooksToLoopback: true },
};

export async function openGround(
  postgresUrl: string,
  { settings = demo, services }: Pick<PlatformOptions, "settings" | "services"> = {},
): Promise<Ground> {
  await using undo = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "kerbside-faults-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const database = `faults_${randomUUID().slice(0, 8)}`;
  await onServer(postgresUrl, (client) => client.query(`create database ${database}`));
  undo.defer(() => onServer(postgresUrl, (client) => dropDatabase(client, database)));
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  const pages = join(dataDir, "pages/ops");
  await mkdir(pages, { recursive: true });
  await writeFile(join(pages, "index.html"), "<!doctype html><title>ops</title>");
  const lines: string[] = [];
  const platform = undo.use(
    await startPlatform({
      config: parseConfig({ KERBSIDE_DATA: dataDir, DATABASE_URL: url.href, PORT: "0", MQTT_PORT: "0" }),
      settings,
      ...(services && { services }),
      apps: [{ prefix: "/ops", folder: pages }],
      log: openLog("trace", { write: (line) => lines.push(line) }),
    }),
  );
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  undo.defer(() => admin.end());
  const owned = undo.move();
  return {
    platform,
    dataDir,
    log: () => lines.join(""),
    sql: async (text, values = []) => (await admin.query<Record<string, unknown>>(text, [...values])).rows,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function dropDatabase(client: Client, database: string): Promise<void> {
  const slots = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1";
  await client.query(slots, [database]);
  await client.query(`drop database ${database} with (force)`);
  const roles = "select rolname from pg_roles where rolname like $1";
  const { rows } = await client.query<{ rolname: string }>(roles, [`${database}%`]);
  for (const { rolname } of rows) await client.query(`drop role ${escapeIdentifier(rolname)}`);
}

async function onServer<T>(postgresUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
