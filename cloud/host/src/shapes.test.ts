import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parcelRoutes, parcels } from "@kerbside/cloud-kit/example/parcels.harness";
import { shapesPublication } from "@kerbside/cloud-kit/migrations/rights.pg";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { parseConfig } from "./config.ts";
import { startElectric } from "./electric.harness.ts";
import { freePort } from "./embedded/postgres.node.ts";
import { emptyDatabase, onServer } from "./host.harness.ts";
import { startPlatform } from "./platform.node.ts";
import { openSecrets } from "./secrets.node.ts";
import { electricProblem } from "./shapes.node.ts";

const secret = "6b".repeat(32);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kerbside-electric-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("live tables come from the Electric that was named, and ours is not started", async () => {
  const name = `host_${randomUUID().slice(0, 8)}`;
  await using database = await emptyDatabase(inject("postgresUrl"), name);
  const port = await freePort();
  const dataDir = join(folder, "host");
  const environment = {
    KERBSIDE_DATA: dataDir,
    KERBSIDE_SECRET: secret,
    DATABASE_URL: database.url,
    ELECTRIC_URL: `http://127.0.0.1:${port}`,
    ELECTRIC_SECRET: "between us two",
    PORT: "0",
    MQTT_PORT: "0",
    LOG_LEVEL: "silent",
  };
  await using platform = await startPlatform({ config: parseConfig(environment), services: [parcels] });
  await platform.client("lost-parcels", parcelRoutes).storeParcel({ body: { label: "live" } });
  const without = [await read(platform.url), await platform.readiness()] as const;

  await using electric = await startElectric({
    databaseUrl: database.url,
    storageDir: join(folder, "electric"),
    publication: shapesPublication,
    slot: `${name}_electric`,
    port,
    secret: "between us two",
  });
  const answer = await read(platform.url);
  const guessing = { ...environment, KERBSIDE_DATA: join(folder, "guessing"), ELECTRIC_SECRET: "a guess" };
  await using guesser = await startPlatform({ config: parseConfig(guessing), services: [parcels] });
  const uninvited = await fetch(`${electric.url}/v1/shape?table=lost_parcels.parcel&offset=-1`);

  expect(without[0]).toMatchObject({ status: 503, text: expect.stringContaining('"unavailable"') });
  expect(without[1].parts["shapes"]).toContain(`no Electric at http://127.0.0.1:${port}`);
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"label":"live"') });
  expect(uninvited.status).toBe(401);
  expect((await platform.readiness()).ready).toBe(true);
  expect((await guesser.readiness()).parts["shapes"]).toBe(`Electric at ${electric.url} refuses ELECTRIC_SECRET`);
  expect(await slotsOf(database.url)).toEqual([`${name}_electric`]);
  expect(await readdir(dataDir)).not.toContain("shapes");
}, 60_000);

test("an Electric under a path of its address is asked there whether it is ready", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.writeHead(url?.startsWith("/electric/v1/") ? 200 : 404).end();
  });
  const port = await freePort();
  await once(server.listen(port, "127.0.0.1"), "listening");
  const base = `http://127.0.0.1:${port}`;

  const problems = [
    await electricProblem({ url: `${base}/electric`, secret: "s" }),
    await electricProblem({ url: `${base}/electric/`, secret: null }),
    await electricProblem({ url: base, secret: null }),
  ];
  server.close();

  expect(problems).toEqual([null, null, `Electric at ${base} is not ready (404)`]);
  expect(asked.slice(0, 2)).toEqual(["/electric/v1/health", "/electric/v1/shape?secret=s"]);
});

/** As a service, whom the example's policy allows. */
async function read(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const key = (await openSecrets(folder, secret)).key("service-token");
  const token = await signServiceToken("asker", { secret: key, clock: systemClock });
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/shapes/service:asker/deliveries?offset=-1`, { headers });
  return { status: response.status, text: await response.text() };
}

async function slotsOf(databaseUrl: string): Promise<readonly string[]> {
  const slots: string[] = [];
  await onServer(databaseUrl, async (client) => {
    const { rows } = await client.query<{ slot_name: string }>(
      "select slot_name from pg_replication_slots where database = current_database()",
    );
    slots.push(...rows.map(({ slot_name }) => slot_name));
  });
  return slots;
}
