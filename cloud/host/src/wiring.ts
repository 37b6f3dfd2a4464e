import { join } from "node:path";
import type { PgRelay } from "@kerbside/cloud-kit/events/relay.pg";
import type { Migrated } from "@kerbside/cloud-kit/migrations/migrator.pg";
import { type RunningService, runService, type Surroundings } from "@kerbside/cloud-kit/run.pg";
import type { Service } from "@kerbside/cloud-kit/service";
import type { Peers } from "./peers.http.ts";
import type { Part } from "./web/health.ts";

/** What all services of a process have around them. */
export type Common = Omit<Surroundings, "databaseUrl" | "dataDir" | "client" | "onAppended" | "checked">;

export interface WiringParts {
  readonly common: Common;
  readonly migrated: Migrated;
  readonly peers: Peers;
  readonly relay: PgRelay;
  readonly dataDir: string;
}

/** Wires one service and makes it known to the bus. */
export async function wire(service: Service, parts: WiringParts): Promise<RunningService> {
  const { common, migrated, peers, relay, dataDir } = parts;
  const databaseUrl = migrated.serviceUrls.get(service.name);
  if (databaseUrl === undefined) throw new Error(`${service.name} has no schema`);
  const running = await runService(service, {
    ...common,
    databaseUrl,
    dataDir: join(dataDir, "services", service.name),
    client: peers.of(service.name),
    onAppended: () => relay.poke(service.name),
    checked: false,
  });
  try {
    await relay.add(service.name, running.inbox.types);
    return running;
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** How a service is: its own word, after its database's. */
export function partOf({ service, pool, wired }: RunningService): Part {
  return {
    name: service.name,
    ready: async () => {
      await pool.query("select 1");
      return (await wired.ready?.()) ?? null;
    },
  };
}
