import type { Clock } from "@kerbside/proto/base/clock";
import type { Routes } from "@kerbside/proto/base/endpoint";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import type { Hono } from "hono";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { openDatabase } from "./database.pg.ts";
import { PgInbox } from "./events/inbox.pg.ts";
import { PgOutbox } from "./events/outbox.pg.ts";
import type { Gate } from "./http/gate.ts";
import { PgIdempotency } from "./http/idempotency.pg.ts";
import { mount } from "./http/mount.ts";
import type { KitMetrics } from "./metrics.ts";
import type { Database, Outbox, Service, ServiceContext, Wired } from "./service.ts";

/** What a service needs around it to run. The host makes it once for all; tests make it for one. */
export interface Surroundings {
  readonly app: Hono;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly registry: Registry;
  readonly metrics: KitMetrics;
  readonly newRequestId: () => string;
  readonly publicUrl: string;
  /** Where the service signs in to Postgres. */
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly client: ServiceContext["client"];
  /** Told when events wait in the service's outbox. */
  readonly onAppended?: () => void;
  /** Checks replies and events against their contracts before they leave. */
  readonly checked: boolean;
}

export interface RunningService<R extends Routes = Routes> extends AsyncDisposable {
  readonly service: Service<R>;
  readonly db: Database;
  readonly pool: Pool;
  readonly outbox: Outbox;
  readonly inbox: PgInbox;
  readonly wired: Wired<R>;
  readonly idempotency: PgIdempotency;
  readonly log: Logger;
}

/** Wires a service and mounts it on the app. Its background work and its consumers are started by whoever runs it. */
export async function runService<R extends Routes>(
  service: Service<R>,
  around: Surroundings,
): Promise<RunningService<R>> {
  const { clock, rng, metrics } = around;
  const log = around.log.child({ service: service.name });
  const newId = (): string => uuidV7(clock, rng);
  const database = openDatabase({
    url: around.databaseUrl,
    name: `kerbside-${service.name}`,
    onLost: (error) => log.warn({ err: error }, "a database connection was lost"),
    ...(around.onAppended ? { onAppended: around.onAppended } : {}),
  });
  try {
    const { db, pool } = database;
    const { onAppended } = around;
    const outbox = new PgOutbox({ clock, newId, checked: around.checked, ...(onAppended && { onAppended }) });
    const { registry, client, dataDir, settings, publicUrl } = around;
    const wired = await service.wire({
      db,
      outbox,
      clock,
      rng,
      newId,
      log,
      metrics: registry,
      client,
      dataDir,
      settings,
      publicUrl,
    });
    around.gate.add(...(wired.authenticators ?? []));
    const idempotency = new PgIdempotency({ db, clock, newId });
    mount(around.app, service.routes, wired.handlers, {
      service: service.name,
      gate: around.gate,
      clock,
      log,
      metrics,
      newId,
      idempotency,
      newRequestId: around.newRequestId,
      repliesChecked: around.checked,
    });
    wired.web?.(around.app);
    const inbox = new PgInbox({ service: service.name, db, consumers: wired.consumers ?? [], clock, log, metrics });
    return {
      service,
      db,
      pool,
      outbox,
      inbox,
      wired,
      idempotency,
      log,
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
