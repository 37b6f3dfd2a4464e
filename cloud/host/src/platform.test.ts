import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineService, consumer, type Service } from "@kerbside/cloud-kit/service";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { routes } from "@kerbside/proto/base/endpoint";
import { Client, escapeIdentifier } from "pg";
import * as z from "zod";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type HostConfig, parseConfig } from "./config.ts";
import { AlreadyRunning } from "./lock.node.ts";
import { type Platform, startPlatform } from "./platform.node.ts";
import { openSecrets } from "./secrets.node.ts";
import { parcelEvent, parcelRoutes, parcels } from "@kerbside/cloud-kit/example/parcels.harness";

const askerRoutes = routes({
  countParcels: {
    method: "get",
    path: "/v1/shelves/parcels",
    summary: "How many parcels the other service has",
    access: ["service"],
    reply: z.object({ parcels: z.int() }),
    faults: ["unavailable"],
  },
});

/** Asks the service of parcels, wherever it is. */
const asker = defineService({
  name: "asker",
  routes: askerRoutes,
  migrations: new URL("./no-migrations/", import.meta.url),
  wire: ({ client }) => {
    const parcels = client("lost-parcels", parcelRoutes);
    return {
      handlers: { countParcels: async () => ({ parcels: (await parcels.listParcels({ query: {} })).items.length }) },
    };
  },
});

/** Hears of parcels and serves nothing. */
const shelves = defineService({
  name: "shelves",
  routes: {},
  migrations: new URL("./no-migrations/", import.meta.url),
  wire: ({ log }) => ({
    handlers: {},
    consumers: [consumer(parcelEvent, async ({ body }) => log.info(body, "heard"))],
  }),
});

/** One for all that share the database. */
const secret = "6b".repeat(32);

let folder: string;
let database: string;
let databaseUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-host-"));
  await chmod(folder, 0o755);
  database = `host_${randomUUID().slice(0, 8)}`;
  const url = new URL(inject("postgresUrl"));
  await onServer((client) => client.query(`create database ${database}`));
  url.pathname = `/${database}`;
  databaseUrl = url.href;
});
afterAll(async () => {
  await onServer(async (client) => {
    await client.query("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1", [
      database,
    ]);
    await client.query(`drop database ${database} with (force)`);
    const { rows } = await client.query<{ rolname: string }>("select rolname from pg_roles where rolname like $1", [
      `${database}%`,
    ]);
    for (const { rolname } of rows) await client.query(`drop role ${escapeIdentifier(rolname)}`);
  });
  await rm(folder, { recursive: true, force: true });
});

describe("the platform on a database of its own", () => {
  test("starts, answers, and continues with the same data after a stop", async () => {
    const dataDir = join(folder, "continued");
    const first = await start({ dataDir });
    const stored = await first.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "umbrella" } });
    await first[Symbol.asyncDispose]();

    await using second = await start({ dataDir });
    const found = await second
      .client("lost-parcels", parcelRoutes)
      .findParcel({ params: { parcel_id: stored.parcel_id } });

    expect(found).toEqual(stored);
  });

  test("says of every part whether it is ready", async () => {
    await using platform = await start({ dataDir: join(folder, "ready") });

    const response = await fetch(`${platform.url}/readyz`);

    expect(await response.json()).toEqual({
      ready: true,
      parts: { broker: "ready", shapes: "ready", "lost-parcels": "ready", shelves: "ready" },
    });
  });

  test("serves health, metrics, the contract's document and problems", async () => {
    await using platform = await start({ dataDir: join(folder, "front") });
    const get = (path: string) => fetch(`${platform.url}${path}`);

    expect(await (await get("/livez")).text()).toBe("alive\n");
    expect(await (await get("/metrics")).text()).toContain('kerbside_events_parked{service="shelves"} 0');
    expect(await (await get("/openapi.json")).json()).toMatchObject({ paths: { "/v1/parcels": {} } });
    expect(await (await get("/nowhere")).json()).toMatchObject({ code: "not_found" });
    expect(await (await get("/shapes/user:1/deliveries?offset=-1")).json()).toMatchObject({ code: "unauthenticated" });
    expect(await (await get("/docs/faults")).text()).toContain('id="not_found"');
  });

  test("carries an event from one service to the other", async () => {
    await using platform = await start({ dataDir: join(folder, "events") });

    await platform.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "hat" } });

    await expect.poll(() => consumedByShelves(platform), { timeout: 10_000 }).toBeDefined();
  });

  test("runs its services in two processes that find each other", async () => {
    await using a = await start({ dataDir: join(folder, "two-a"), services: [parcels] });
    const serviceUrls = { "lost-parcels": a.url };
    const known = { services: [parcels, asker, shelves], names: ["asker", "shelves"] };
    await using b = await start({ dataDir: join(folder, "two-b"), serviceUrls, ...known });
    await a.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "across" } });

    const { parcels: count } = await b.client("asker", askerRoutes).countParcels({});

    expect(count).toBeGreaterThan(0);
    await expect.poll(async () => consumedByShelves(b), { timeout: 10_000 }).toBeDefined();
  });

  test("serves live tables to whom their policy allows, and to nobody else", async () => {
    const dataDir = join(folder, "shapes");
    await using platform = await start({ dataDir });
    await platform.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "live" } });
    const key = (await openSecrets(dataDir, secret)).key("service-token");
    const token = await signServiceToken("asker", { secret: key, clock: systemClock });
    const headers = { authorization: `Bearer ${token}` };

    const own = await fetch(`${platform.url}/shapes/service:asker/deliveries?offset=-1`, { headers });
    const other = await fetch(`${platform.url}/shapes/service:other/deliveries?offset=-1`, { headers });

    expect(await own.text()).toContain('"label":"live"');
    expect(await other.json()).toMatchObject({ code: "forbidden" });
  });

  test("says so when a service is nowhere to be found", async () => {
    await using platform = await start({ dataDir: join(folder, "alone"), services: [asker] });

    const asked = platform.client("asker", askerRoutes).countParcels({});

    await expect(asked).rejects.toMatchObject({ code: "unavailable" });
  });

  test("takes the next port when its own is taken, and says so", async () => {
    await using first = await start({ dataDir: join(folder, "port-1") });
    const said: string[] = [];
    const port = new URL(first.url).port;

    await using second = await start({ dataDir: join(folder, "port-2"), port: Number(port), said, services: [] });

    expect(second.url).not.toBe(first.url);
    expect(said.join()).toContain(`port ${port} is taken`);
  });

  test("refuses a data folder that another one runs on", async () => {
    const dataDir = join(folder, "held");
    await using _first = await start({ dataDir, services: [] });

    await expect(start({ dataDir, services: [] })).rejects.toBeInstanceOf(AlreadyRunning);
  });

  test("keeps its secret and its services' folders to itself", async () => {
    const dataDir = join(folder, "modes");
    await using _platform = await start({ dataDir, embedded: true });

    const modes = await Promise.all(
      ["secret", "services/shelves", "shapes"].map(async (name) =>
        ((await stat(join(dataDir, name))).mode & 0o777).toString(8),
      ),
    );

    expect(modes).toEqual(["600", "700", "700"]);
  });

  test("is refused a database that belongs to an installation with another secret", async () => {
    await using _first = await start({ dataDir: join(folder, "owner"), services: [] });

    const stranger = start({ dataDir: join(folder, "stranger"), secret: "7c".repeat(32), services: [] });

    await expect(stranger).rejects.toThrow(`the database ${database} belongs to an installation with another secret`);
  });

  test("takes another secret once the database has forgotten the first one", async () => {
    const dataDir = join(folder, "changed");
    const forget = () => onServer((client) => client.query("delete from kerbside.installation"), databaseUrl);
    await (await start({ dataDir, services: [parcels] }))[Symbol.asyncDispose]();
    await forget();
    await using undo = new AsyncDisposableStack();
    undo.defer(forget);

    const changed = undo.use(await start({ dataDir, secret: "7c".repeat(32), services: [parcels] }));

    await expect.poll(async () => (await changed.readiness()).ready).toBe(true);
  });

  test("that cannot start stops what it had started and says why", async () => {
    const dataDir = join(folder, "failing");
    const broken = defineService({ ...shelves, name: "broken", wire: () => Promise.reject(new Error("no shelf")) });

    await expect(start({ dataDir, services: [parcels, broken] })).rejects.toThrow("no shelf");

    expect(await readdir(dataDir)).not.toContain("host.pid");
  });

  test("does not know a service that there is none of", async () => {
    const options = { dataDir: join(folder, "unknown"), names: ["shelfs"] };

    await expect(start(options)).rejects.toThrow("there is no service shelfs; there are lost-parcels, shelves");
  });
});

test("the embedded database continues with its data, asks for its password, and outlives nobody", async () => {
  const dataDir = join(folder, "embedded");
  const embedded = { dataDir, embedded: true, services: [parcels] };
  const first = await start(embedded);
  const stored = await first.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "hat" } });
  const withoutPassword = new URL(first.databaseUrl);
  withoutPassword.password = "";
  await expect(connectTo(withoutPassword.href)).rejects.toThrow(/password/);
  await first[Symbol.asyncDispose]();
  await expect(connectTo(first.databaseUrl)).rejects.toThrow("ECONNREFUSED");

  await using second = await start(embedded);
  const found = await second
    .client("lost-parcels", parcelRoutes)
    .findParcel({ params: { parcel_id: stored.parcel_id } });

  expect(found).toEqual(stored);
});

async function consumedByShelves({ registry }: Platform): Promise<string | undefined> {
  return (await registry.metrics()).match(/consumed_total\{service="shelves",outcome="done"\} (\d+)/)?.[1];
}

interface Start {
  readonly dataDir: string;
  readonly port?: number;
  readonly said?: string[];
  readonly services?: readonly Service[];
  readonly names?: readonly string[];
  readonly embedded?: boolean;
  readonly secret?: string;
  readonly serviceUrls?: Readonly<Record<string, string>>;
}

function start(given: Start): Promise<Platform> {
  const { dataDir, port = 0, said = [], services = [parcels, shelves], serviceUrls = {} } = given;
  const environment = { KERBSIDE_DATA: dataDir, MQTT_PORT: "0", LOG_LEVEL: "silent" };
  const config: HostConfig = {
    ...parseConfig(given.embedded ? environment : { ...environment, DATABASE_URL: databaseUrl }),
    port,
    services: given.names ?? null,
    secret: given.secret ?? (given.embedded ? null : secret),
    serviceUrls,
  };
  return startPlatform({ config, services, onProgress: (words) => said.push(words) });
}

async function connectTo(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  await client.end();
}

async function onServer(
  work: (client: Client) => Promise<unknown>,
  connectionString = inject("postgresUrl"),
): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
