import { randomUUID } from "node:crypto";
import { openSecrets } from "@kerbside/cloud-host/secrets.node";
import type { World } from "./world.ts";

/** The account of our services at the broker, from the folder where the installation keeps its secret. */
export async function ourselves({ dataDir }: Pick<World, "dataDir">) {
  const password = (await openSecrets(dataDir, null)).password("broker");
  return { clientId: `ear-${randomUUID().slice(0, 8)}`, username: "kerbside-service", password };
}
