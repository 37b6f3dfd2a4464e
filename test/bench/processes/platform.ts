import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@kerbside/cloud-host/config";
import { type Platform, startPlatform } from "@kerbside/cloud-host/platform.node";
import type { Client } from "@kerbside/proto/base/client";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { answerParent } from "./child.node.ts";

/** The platform as it runs in production: its services, embedded PostgreSQL and broker, everything durable. */
const running = new AsyncDisposableStack();
let platform: Platform | null = null;

const organization_id = "019a0000-0000-7000-8000-0000000000aa";
const market_id = "019a0000-0000-7000-8000-0000000000bb";
const hub_id = "019a0000-0000-7000-8000-0000000000cc";
const center = { lat: 51.128, lng: 71.43 };

const answers = {
  /** Starts these services. */
  async start(services: readonly string[]) {
    const dataDir = await mkdtemp(join(tmpdir(), "kerbside-bench-"));
    running.defer(() => rm(dataDir, { recursive: true, force: true }));
    const config = parseConfig({
      KERBSIDE_DATA: dataDir,
      PORT: "0",
      MQTT_PORT: "0",
      LOG_LEVEL: "error",
      SERVICES: services.join(","),
    });
    platform = running.use(await startPlatform({ config }));
    return { url: platform.url, mqttUrl: platform.mqttUrl, databaseUrl: platform.databaseUrl, organization_id };
  },

  /** Somebody who may order robots about, and so many robots to be claimed. */
  async seed(robots: number) {
    if (!platform) throw new Error("the platform does not run");
    const email = "bench@example.com";
    const users = [{ role: "ops" as const, name: "Bench", email, store_ids: [] }];
    const accounts = platform.client("accounts", accountsRoutes);
    const created = await accounts.createOrganization({ body: { organization_id, name: "Bench", users } });
    const claims = robots === 0 ? [] : await claimsOf(platform, robots);
    return { email, password: created.users[0]?.password ?? "", claims };
  },

  /** A market with one shop; answers the shop's id. */
  async openStore(): Promise<string> {
    if (!platform) throw new Error("the platform does not run");
    const config = platform.client("config", configRoutes);
    await openMarket(config);
    const merchant = await config.createMerchant({ body: { organization_id, name: "Soup" } });
    const address = { text: "улица Достык, 13", place: { lat: 51.1282, lng: 71.4307 } };
    const body = { organization_id, market_id, merchant_id: merchant.merchant_id, name: "Soup", address };
    return (await config.createStore({ body })).store_id;
  },

  /** CPU seconds of this process since it began. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
export type PlatformProcess = typeof answers;

answerParent(answers, running);

async function claimsOf(platform: Platform, robots: number): Promise<readonly string[]> {
  const config = platform.client("config", configRoutes);
  await openMarket(config);
  await config.createHub({ body: { organization_id, market_id, hub_id, name: "Hub", place: center } });
  const devices = platform.client("device", deviceRoutes);
  const claims: string[] = [];
  for (let index = 0; index < robots; index += 1) {
    const body = { name: `K${index}`, market_id, hub_id, organization_id };
    claims.push((await devices.createDevice({ body })).claim_code);
  }
  return claims;
}

async function openMarket(config: Client<typeof configRoutes>): Promise<void> {
  const fare = { currency: "KZT", base_minor: 60_000, per_km_minor: 25_000 };
  const market = { organization_id, market_id, name: "Astana", timezone: "Asia/Almaty", center, radius_m: 9_000, fare };
  await config.createMarket({ body: market });
}
