import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PgRelay } from "@kerbside/cloud-kit/events/relay.pg";
import { Gate } from "@kerbside/cloud-kit/http/gate";
import { requestIds } from "@kerbside/cloud-kit/http/request-ids";
import { openLog } from "@kerbside/cloud-kit/log";
import { kitMetrics } from "@kerbside/cloud-kit/metrics";
import { type Migrated, migrate } from "@kerbside/cloud-kit/migrations/migrator.pg";
import type { RunningService } from "@kerbside/cloud-kit/run.pg";
import type { Service, ServiceContext } from "@kerbside/cloud-kit/service";
import { serviceAuthenticator } from "@kerbside/cloud-kit/service-token";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Rng } from "@kerbside/proto/base/rng";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { Hono } from "hono";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type BrokerAccess, openBroker } from "./broker.node.ts";
import type { HostConfig } from "./config.ts";
import { type DatabaseServer, openServer } from "./embedded/database.node.ts";
import { claimDatabase } from "./installation.pg.ts";
import { type HeldFolder, holdFolder } from "./lock.node.ts";
import { Peers } from "./peers.http.ts";
import { openSecrets, type Secrets } from "./secrets.node.ts";
import { checkServiceNames, chosen, serviceNames } from "./service-names.ts";
import { openShapes } from "./shapes.node.ts";
import { mountFront, refusalTo } from "./web/front.ts";
import { type Part, readiness } from "./web/health.ts";
import { reachable } from "./ports.node.ts";
import { startWebServer, type WebServer } from "./web/server.node.ts";
import type { StaticApp } from "./web/static.node.ts";
import { type Common, partOf, wire } from "./wiring.ts";
import { startWork } from "./work.ts";

export interface PlatformOptions {
  readonly config: HostConfig;
  /** All there are, when absent; `config.services` chooses among them. */
  readonly services?: readonly Service[];
  /** Built apps to serve. */
  readonly apps?: readonly StaticApp[];
  /** More settings of services, by their names. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  readonly rng?: Rng;
  readonly log?: Logger;
  /** Told what the start is doing, in a few words each. */
  readonly onProgress?: (words: string) => void;
}

export interface Platform extends AsyncDisposable {
  /** Where this process listens. */
  readonly url: string;
  /** Where people reach it. */
  readonly publicUrl: string;
  readonly mqttUrl: string;
  /** The admin's way into the database, for tools and tests. */
  readonly databaseUrl: string;
  readonly serviceNames: readonly string[];
  readonly registry: Registry;
  /** Typed calls as one of our own services, in memory: for seeding and tools. */
  readonly client: ServiceContext["client"];
  /** How every part is, as `/readyz` says it. */
  readonly readiness: () => ReturnType<typeof readiness>;
}

/**
 * Starts the platform, or some services of it, in this process, on the data of the last time. Resolves when it answers;
 * when a part cannot start, those before it are stopped again and the reason is thrown. Disposing stops all in order:
 * requests, background work, services, shapes, broker, database.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  await using undo = new AsyncDisposableStack();
  const ground = await openGround(options, undo);
  const { config, database, web, broker, gate, log, clock, services } = ground;
  const app = new Hono();
  const common = commonOf(ground, { app, settings: options.settings ?? {} });
  const { registry } = common;
  const serviceNames = services.map(({ name }) => name);
  const secret = ground.secrets.key("service-token");
  const peers = new Peers({ app, here: serviceNames, serviceUrls: config.serviceUrls, secret, clock });
  const { running, relay } = await wireAll({ ground, common, peers }, undo);
  const shapes = await openShapes({
    services,
    database,
    dataDir: config.dataDir,
    electric: config.electric,
    log,
    authenticate: (request) => gate.authenticate(request),
    refuse: refusalTo(common.newRequestId),
  });
  undo.use(shapes);
  const parts = [...ground.parts, ...(shapes.part ? [shapes.part] : []), ...running.map(partOf)];
  mountFront(app, {
    services,
    parts,
    shapes: shapes.fetch,
    registry,
    newRequestId: common.newRequestId,
    publicUrl: common.publicUrl,
    apps: options.apps ?? [],
    measure: () => measure(running, relay),
  });
  undo.use(startWork({ running, relay, clock, log }));
  web.answerWith((request, env) => app.fetch(request, env));
  undo.defer(() => Promise.resolve(web[Symbol.asyncDispose]()));
  await ground.folder.announce(urlOf(ground));
  const owned = undo.move();
  return {
    url: urlOf(ground),
    publicUrl: common.publicUrl,
    mqttUrl: broker.account.mqttUrl,
    databaseUrl: database.adminUrl,
    serviceNames,
    registry,
    client: peers.of("host"),
    readiness: () => readiness(parts),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function commonOf(
  ground: Ground,
  { app, settings }: { app: Hono; settings: Readonly<Record<string, unknown>> },
): Common {
  const { gate, clock, rng, log, config, broker } = ground;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    app,
    gate,
    clock,
    rng,
    log,
    registry,
    metrics: kitMetrics(registry),
    newRequestId: requestIds(rng),
    publicUrl: config.publicUrl ?? urlOf(ground),
    settings: { "robot-gateway": broker.account, ...settings },
  };
}

function urlOf({ config, web }: Ground): string {
  return `http://${reachable(config.host)}:${web.port}`;
}

/** What stands before any service: folder, database with its schemas, a port for the web, a broker. */
interface Ground {
  readonly config: HostConfig;
  readonly services: readonly Service[];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly folder: HeldFolder;
  readonly database: DatabaseServer;
  readonly migrated: Migrated;
  readonly web: WebServer;
  readonly gate: Gate;
  readonly broker: BrokerAccess;
  readonly secrets: Secrets;
  readonly parts: readonly Part[];
}

async function openGround(options: PlatformOptions, undo: AsyncDisposableStack): Promise<Ground> {
  const { config, clock = systemClock, rng = systemRng, onProgress: tell = () => undefined } = options;
  const log = options.log ?? openLog(config.logLevel);
  checkServiceNames(config, options.services?.map(({ name }) => name) ?? serviceNames);
  const folder = undo.use(await holdFolder(config.dataDir));
  const secrets = await openSecrets(config.dataDir, config.secret);
  tell(config.databaseUrl === null ? "starting PostgreSQL" : "connecting to PostgreSQL");
  const database = undo.use(await openServer({ url: config.databaseUrl, dataDir: config.dataDir, secrets, log }));
  // The embedded one asks for its own password.
  if (!database.isEmbedded) await claimDatabase(database.adminUrl, secrets.password("installation"));
  // Loading every service takes longer than all of this: a start that fails here fails soon.
  const services = chosen(config, options.services ?? (await import("./services.ts")).services);
  const migrated = await migrate({
    adminUrl: database.adminUrl,
    services,
    rolePrefix: `${database.name}_`,
    passwordOf: (role) => secrets.password(`database/${role}`),
    onApplied: (schema, migration) => log.info({ schema, migration }, "migration applied"),
  });
  const web = undo.use(await startWebServer(config));
  if (config.port !== 0 && web.port !== config.port) tell(`port ${config.port} is taken, using ${web.port}`);
  const gate = new Gate();
  gate.add(serviceAuthenticator({ secret: secrets.key("service-token"), clock }));
  const broker = undo.use(await openBrokerOf({ config, secrets, gate, clock, rng, log, tell }));
  const parts = broker.part ? [broker.part] : [];
  return { config, services, clock, rng, log, folder, database, migrated, web, gate, broker, secrets, parts };
}

async function openBrokerOf(given: {
  readonly config: HostConfig;
  readonly secrets: Secrets;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly tell: (words: string) => void;
}): Promise<BrokerAccess> {
  const { config, secrets, tell, ...parts } = given;
  const { mqttUrl: url, host, mqttPort: port } = config;
  const broker = await openBroker({ url, host, port, secret: secrets.password("broker"), tell, ...parts });
  const got = Number(new URL(broker.account.mqttUrl).port);
  if (url === null && port !== 0 && got !== port) tell(`port ${port} is taken, the broker uses ${got}`);
  return broker;
}

async function wireAll(
  { ground, common, peers }: { ground: Ground; common: Common; peers: Peers },
  undo: AsyncDisposableStack,
): Promise<{ running: readonly RunningService[]; relay: PgRelay }> {
  const { migrated, clock, log, services, config } = ground;
  const running: RunningService[] = [];
  const relay = new PgRelay({
    url: migrated.busUrl,
    clock,
    log,
    metrics: common.metrics,
    onDelivered: (name) => running.find(({ service }) => service.name === name)?.inbox.poke(),
  });
  undo.use(relay);
  for (const service of services) {
    await mkdir(join(config.dataDir, "services", service.name), { recursive: true, mode: 0o700 });
    const wired = await wire(service, { common, migrated, peers, relay, dataDir: config.dataDir });
    running.push(undo.use(wired));
  }
  return { running, relay };
}

async function measure(running: readonly RunningService[], relay: PgRelay): Promise<void> {
  await Promise.all([relay.measure(), ...running.map(({ inbox }) => inbox.measure())]);
}
