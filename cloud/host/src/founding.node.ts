import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { openLog } from "@kerbside/cloud-kit/log";
import { signServiceToken } from "@kerbside/cloud-kit/service-token";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import type { HostConfig } from "./config.ts";
import { type Founded, type Founding, foundWith } from "./founding.ts";
import { holderOf, urlOfHolder } from "./lock.node.ts";
import { startPlatform } from "./platform.node.ts";
import { openSecrets } from "./secrets.node.ts";

export interface FoundingSurroundings {
  readonly config: HostConfig;
  readonly tell: (words: string) => void;
}

/** Asks the host that runs on the data folder; where none does, starts the accounts alone for as long as it takes. */
export async function found(asked: Founding, { config, tell }: FoundingSurroundings): Promise<Founded> {
  if ((await holderOf(config.dataDir)) !== null) return foundWith(await runningAccounts(config), asked);
  const alone = { services: ["accounts"], serviceUrls: {}, port: 0, mqttPort: 0, mqttUrl: null, electric: null };
  const log = openLog("warn", process.stderr);
  await using platform = await startPlatform({ config: { ...config, ...alone }, log, onProgress: tell });
  return await foundWith(platform.client("accounts", accountsRoutes), asked);
}

async function runningAccounts({ dataDir, secret }: HostConfig): Promise<Client<typeof accountsRoutes>> {
  const baseUrl = await urlOfHolder(dataDir);
  if (baseUrl === null) throw new Error(`the host on ${dataDir} is still starting: try again when it is ready`);
  const key = (await openSecrets(dataDir, secret)).key("service-token");
  const headers = async () => ({
    authorization: `Bearer ${await signServiceToken("host", { secret: key, clock: systemClock })}`,
  });
  return createClient(accountsRoutes, { baseUrl, headers });
}
