import { join } from "node:path";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import type { Rng } from "@kerbside/proto/base/rng";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { Pool, type PoolConfig } from "pg";
import { PgCatalog } from "./catalog/catalog.pg.ts";
import { displaySettings } from "./catalog/display-settings.ts";
import { type Caching, noCaching, sharedCaching } from "./http/caching.ts";
import { answerFetch } from "./http/fetch.ts";
import type { ShapeServerEvent } from "./events.ts";
import { Handler } from "./http/handler.ts";
import { type ListenOptions, listen } from "./http/listen.node.ts";
import { ShapeServing } from "./http/serve-shape.ts";
import { SqliteLog } from "./log/store.sqlite.ts";
import { ReplicationStream } from "./replication/stream.pg.ts";
import { Follow } from "./shapes/follow.ts";
import { Ingest } from "./shapes/ingest.ts";
import { PgJudge } from "./shapes/judge.pg.ts";
import { RecentTransactions } from "./shapes/recent-transactions.ts";
import { Registry } from "./shapes/registry.ts";
import { Resolver } from "./shapes/resolve.ts";
import { PgSnapshots } from "./shapes/snapshot.pg.ts";
import { PgSubsets } from "./shapes/subsets.pg.ts";
import { loadParser } from "./where/parse.ts";

export interface ShapeServerOptions {
  /** A role with REPLICATION and SELECT on the published tables. */
  readonly databaseUrl: string;
  /** Folder of the log; made when absent. It is a cache of Postgres: losing it costs every client a refetch. */
  readonly storageDir: string;
  /** Made by the migrator; its tables have REPLICA IDENTITY FULL. */
  readonly publication: string;
  /** Made by us. Drop it when the server is removed for good, or Postgres keeps its WAL for ever. */
  readonly slot: string;
  /**
   * Prefix of the messages by which an event trigger of the database tells of DDL. Without one an altered table is noticed
   * at its next change, or within a minute.
   */
  readonly ddlPrefix?: string;
  /** Also serve on a port of our own; on 127.0.0.1 where no host is named. Absent: `fetch` only. */
  readonly listen?: Omit<ListenOptions, "host"> & { readonly host?: string };
  /** What requests must carry as `secret`. Absent: open, for callers in the same process. */
  readonly secret?: string;
  /** How long a live request waits for news. */
  readonly longPollMs?: number;
  /** How long an event stream may be silent before it says that it is alive. */
  readonly keepAliveMs?: number;
  /** How long an event stream lasts. */
  readonly streamLifeMs?: number;
  /** A snapshot chunk, and an answer from the log, ends with the message that reaches this. */
  readonly chunkBytes?: number;
  /** A shape whose log grows beyond this ends; its clients begin anew. */
  readonly shapeBytesMax?: number;
  /** A shape that nobody asked for so long ends. Longer than a client may be away without a refetch. */
  readonly shapeIdleMs?: number;
  /** More shapes than this: those that were longest not asked for end. */
  readonly shapesMax?: number;
  /** Connections for snapshots. */
  readonly connections?: number;
  /** `shared` sends Electric's cache headers. Default `none`: nothing is kept by anyone. */
  readonly caching?: "none" | "shared" | { readonly maxAgeS: number; readonly staleAgeS: number };
  /** Lets clients end shapes by DELETE: for tests. */
  readonly allowDelete?: boolean;
  readonly clock?: Clock;
  readonly rng?: Rng;
  readonly onEvent?: (event: ShapeServerEvent) => void;
}

export interface ShapeServerStatus {
  readonly isStreaming: boolean;
  readonly shapes: number;
  readonly waiting: number;
  /** Commit LSN of the last transaction that readers may see, as a decimal. */
  readonly processedLsn: string;
}

export interface ShapeServer extends AsyncDisposable {
  /** Answers the Electric protocol, without a network between. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Where it listens, when it was asked to. */
  readonly url: string | null;
  status(): ShapeServerStatus;
}

const defaults = {
  longPollMs: 20_000,
  keepAliveMs: 21_000,
  streamLifeMs: 60_000,
  chunkBytes: 10 * 1_024 * 1_024,
  shapeBytesMax: 64 * 1_024 * 1_024,
  shapeIdleMs: 7 * 24 * 3_600_000,
  shapesMax: 20_000,
  connections: 3,
} as const;
const snapshotTimeoutMs = 60_000;
const subsetTimeoutMs = 10_000;
const judgeTimeoutMs = 10_000;
const handleBytes = 12;

/**
 * Starts the embedded shape server. Resolves when it streams; rejects with what is missing: the publication, logical
 * replication, the slot held by another server, the database itself.
 */
export async function startShapeServer(options: ShapeServerOptions): Promise<ShapeServer> {
  await loadParser();
  const parts = assemble(options);
  try {
    await parts.stream.start();
    const listening = options.listen ? await listen(parts.handler, { host: "127.0.0.1", ...options.listen }) : null;
    const tending = parts.follow.tend();
    const stop = async (): Promise<void> => {
      await listening?.[Symbol.asyncDispose]();
      parts.follow.stop();
      await tending;
      await parts.close();
    };
    let stopped: Promise<void> | null = null;
    return {
      fetch: (request) => answerFetch(parts.handler, request),
      url: listening?.url ?? null,
      status: () => statusOf(parts),
      [Symbol.asyncDispose]: () => (stopped ??= stop()),
    };
  } catch (problem) {
    await parts.close();
    throw problem;
  }
}

type Parts = ReturnType<typeof assemble>;

function assemble(options: ShapeServerOptions) {
  const settings = { clock: systemClock, rng: systemRng, ...defaults, ...options };
  const { clock, rng, slot, publication, databaseUrl, longPollMs, chunkBytes } = settings;
  const closing = new AbortController();
  const tell = options.onEvent ?? (() => undefined);
  const log = new SqliteLog(join(options.storageDir, "shapes.sqlite"));
  const openPool = (purpose: string, more: PoolConfig): Pool => {
    const names = { connectionString: databaseUrl, options: displaySettings, application_name: `${slot}_${purpose}` };
    const pool = new Pool({ ...names, ...more });
    pool.on("error", (problem) => tell({ kind: "stream_failed", message: problem.message }));
    return pool;
  };
  const pool = openPool("snapshots", { max: settings.connections });
  // Whoever asks for subsets brings clauses of their own, and may not hold up anything else.
  const subsetPool = openPool("subsets", { max: 2 });
  // Of its own: the stream must not wait for snapshots. Nor for an answer that never comes: then it begins again.
  const judging = openPool("judge", { max: 1, query_timeout: judgeTimeoutMs, connectionTimeoutMillis: judgeTimeoutMs });
  const catalog = new PgCatalog(pool, publication);
  const resolver = new Resolver(catalog, new PgJudge(pool));
  const recent = new RecentTransactions();
  const registry: Registry = new Registry({
    log,
    now: () => clock.monotonic(),
    newHandle: () => `${clock.now()}-${Buffer.from(rng.bytes(handleBytes)).toString("hex")}`,
    onNew: (shape) => void snapshots.fill(shape),
    onEnd: ({ handle, definition }, { reason }) =>
      tell({ kind: "shape_ended", handle, table: definition.table.name, reason }),
  });
  const ingest = new Ingest({
    registry,
    log,
    recent,
    resolver,
    judge: new PgJudge(judging),
    ddlPrefix: options.ddlPrefix ?? null,
    onDdl: (transaction) => follow.noticeDdl(transaction),
    shapeBytesMax: settings.shapeBytesMax,
  });
  const parts = { pool, catalog, resolver, registry, ingest, recent, log, clock, rng };
  const snapshots = new PgSnapshots({ ...parts, chunkBytes, statementTimeoutMs: snapshotTimeoutMs });
  const { shapeIdleMs, shapesMax } = settings;
  const follow: Follow = new Follow({ ...parts, tell, shapeIdleMs, shapesMax });
  const onTrouble = ({ message }: Error): void => tell({ kind: "stream_failed", message });
  const stream = new ReplicationStream({ databaseUrl, slot, publication, clock, sink: follow, onTrouble });
  const serving = new ShapeServing({
    ...parts,
    chunkBytes,
    longPollMs,
    subsets: new PgSubsets({
      pool: subsetPool,
      catalog,
      statementTimeoutMs: subsetTimeoutMs,
      sizeMax: settings.shapeBytesMax,
    }),
    keepAliveMs: settings.keepAliveMs,
    streamLifeMs: settings.streamLifeMs,
    caching: cachingOf(settings.caching ?? "none"),
    progress: () => ingest.progress,
    isCaughtUp: () => follow.isCaughtUp,
  });
  const handler = new Handler({
    serving,
    closing: closing.signal,
    isStreaming: () => stream.isConnected,
    onTrouble: (problem) =>
      tell({ kind: "request_failed", message: problem instanceof Error ? problem.message : String(problem) }),
    secret: options.secret ?? null,
    drop: options.allowDelete ? (query, requested) => follow.drop(query.get("handle"), requested) : null,
  });
  const close = async (): Promise<void> => {
    closing.abort();
    await stream[Symbol.asyncDispose]();
    await snapshots[Symbol.asyncDispose]();
    await Promise.all([pool, subsetPool, judging].map((each) => each.end()));
    log[Symbol.dispose]();
  };
  return { stream, handler, follow, registry, ingest, close };
}

function statusOf({ stream, registry, ingest }: Parts): ShapeServerStatus {
  const waiting = [...registry.shapes()].reduce((sum, shape) => sum + shape.waiting, 0);
  const processedLsn = String(ingest.progress.processed);
  return { isStreaming: stream.isConnected, shapes: registry.size, waiting, processedLsn };
}

function cachingOf(caching: NonNullable<ShapeServerOptions["caching"]>): Caching {
  if (caching === "none") return noCaching;
  return caching === "shared" ? sharedCaching() : sharedCaching(caching.maxAgeS, caching.staleAgeS);
}
