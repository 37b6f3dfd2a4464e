import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@kerbside/proto/base/client";
import { createClient } from "@kerbside/proto/base/client.http";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Endpoint, Routes } from "@kerbside/proto/base/endpoint";
import type { EventOf, EventType } from "@kerbside/proto/base/event";
import { Fault } from "@kerbside/proto/base/fault";
import type { Rng } from "@kerbside/proto/base/rng";
import { systemRng } from "@kerbside/proto/base/rng.system";
import type { Principal } from "@kerbside/proto/base/roles";
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { Client as PgClient } from "pg";
import { type Logger, pino } from "pino";
import { Registry } from "prom-client";
import { parseEvent, toEnvelope } from "./events/envelope.ts";
import { Gate } from "./http/gate.ts";
import { asCaller } from "./http/identity.ts";
import { requestIds } from "./http/request-ids.ts";
import { unmatched } from "./http/unmatched.ts";
import { kitMetrics } from "./metrics.ts";
import { migrate } from "./migrations/migrator.pg.ts";
import { type RunningService, runService } from "./run.pg.ts";
import type { Database, NewEvent, Service, Wired } from "./service.ts";

export interface HarnessOptions {
  /** A superuser of a real server: `inject("postgresUrl")`. */
  readonly postgresUrl: string;
  readonly clock?: Clock;
  readonly rng?: Rng;
  /** Fakes of the services that this one calls, by name; a call of any other is `unavailable`. */
  readonly clients?: Readonly<Record<string, object>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly log?: Logger;
}

/** One service on a database of its own, as the host would run it, with replies and events checked. */
export interface Started<R extends Routes> extends AsyncDisposable {
  readonly db: Database;
  readonly wired: Wired<R>;
  readonly registry: Registry;
  /** Where the database is, for a superuser and for the relay. */
  readonly adminUrl: string;
  readonly busUrl: string;
  readonly running: RunningService<R>;
  /** Typed calls through the whole mount; null calls without a credential. */
  client(principal: Principal | null): Client<R>;
  /** The raw answer. Without a principal the service's own authenticators look at the request. */
  request(path: string, init?: RequestInit, principal?: Principal): Promise<Response>;
  /** Hands one event to the consumers through the inbox and answers it; rejects with what a consumer threw. */
  deliver<E extends EventType>(type: E, event: NewEvent<E>): Promise<EventOf<E>>;
  /** What the outbox holds of one type, oldest first. */
  events<E extends EventType>(type: E): Promise<readonly EventOf<E>[]>;
}

export async function startForTest<R extends Routes>(
  service: Service<R>,
  options: HarnessOptions,
): Promise<Started<R>> {
  await using undo = new AsyncDisposableStack();
  const database = `test_${randomBytes(6).toString("hex")}`;
  const adminUrl = await createDatabase(options.postgresUrl, database);
  undo.defer(() => dropDatabase(options.postgresUrl, database));
  const dataDir = await mkdtemp(join(tmpdir(), "kerbside-service-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const { serviceUrls, busUrl } = await migrate({
    adminUrl,
    services: [service],
    rolePrefix: `${database}_`,
    passwordOf: () => database,
  });
  const clock = options.clock ?? systemClock;
  const rng = options.rng ?? systemRng;
  const registry = new Registry();
  const app = new Hono();
  const running = await runService(service, {
    app,
    gate: new Gate(),
    clock,
    rng,
    registry,
    metrics: kitMetrics(registry),
    dataDir,
    log: options.log ?? pino({ level: "silent" }),
    newRequestId: requestIds(rng),
    publicUrl: "http://127.0.0.1",
    databaseUrl: serviceUrls.get(service.name) ?? adminUrl,
    settings: options.settings ?? {},
    client: (name, routes) => fakeClient(name, { routes, fakes: options.clients ?? {} }),
    checked: true,
  });
  undo.use(running);
  const refuse = unmatched(Object.values<Endpoint>(service.routes));
  app.notFound((c) => refuse(c.req.raw, "req_unmatched"));
  const owned = undo.move();
  return {
    db: running.db,
    wired: running.wired,
    registry,
    adminUrl,
    busUrl,
    running,
    client: (principal) => createClient(service.routes, { baseUrl, transport: transport(app, principal) }),
    request: async (path, init, principal) =>
      app.fetch(new Request(`${baseUrl}${path}`, init), principal ? asCaller({ principal }) : {}),
    deliver: deliverTo(running, { clock, newId: () => crypto.randomUUID() }),
    events: (type) => readEvents(running.db, type),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const baseUrl = "http://service.test";

function transport(app: Hono, principal: Principal | null): (request: Request) => Promise<Response> {
  return async (request) => app.fetch(request, principal ? asCaller({ principal }) : {});
}

/** A fake answers what it has; anything else is as if the other service were down. */
function fakeClient<P extends Routes>(
  name: string,
  { routes, fakes }: { routes: P; fakes: NonNullable<HarnessOptions["clients"]> },
): Client<P> {
  const fake = fakes[name] ?? {};
  const absent = (method: string) => () =>
    Promise.reject(new Fault("unavailable", { detail: `no fake for ${name}.${method} in this test` }));
  const calls: unknown[][] = Object.keys(routes).map((method) => [method, Reflect.get(fake, method) ?? absent(method)]);
  return Object.fromEntries(calls);
}

function deliverTo<R extends Routes>(
  { inbox, service }: RunningService<R>,
  birth: { clock: Clock; newId: () => string },
): Started<R>["deliver"] {
  let seq = 0;
  return async (type, event) => {
    if (!inbox.types.includes(type.type)) throw new Error(`${service.name} does not listen to ${type.type}`);
    seq += 1;
    const envelope = parseEvent(type, { ...toEnvelope(type, event, birth), cloud_seq: seq });
    await inbox.accept(envelope);
    for (;;) {
      const attempt = await inbox.attempt(envelope.subject_id, "at_once");
      if (attempt.outcome === "failed" || attempt.outcome === "parked") throw attempt.error;
      if (attempt.outcome === "none") return envelope;
    }
  };
}

async function readEvents<E extends EventType>(db: Database, type: E): Promise<readonly EventOf<E>[]> {
  const { rows } = await db.execute<{ cloud_seq: string; envelope: object }>(
    sql`select cloud_seq, envelope from outbox where type = ${type.type} order by cloud_seq`,
  );
  return rows.map(({ cloud_seq, envelope }) => parseEvent(type, { ...envelope, cloud_seq: Number(cloud_seq) }));
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    const { rows } = await client.query<{ rolname: string }>("select rolname from pg_roles where rolname like $1", [
      `${name.replaceAll("_", "\\_")}%`,
    ]);
    for (const { rolname } of rows) await client.query(`drop role ${client.escapeIdentifier(rolname)}`);
  });
}

async function onServer(url: string, work: (client: PgClient) => Promise<unknown>): Promise<void> {
  const client = new PgClient({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
