import type { Clock } from "@kerbside/proto/base/clock";
import type { PgCatalog } from "../catalog/catalog.pg.ts";
import { isSameTable, type Table } from "../catalog/table.ts";
import type { Source, SqliteLog } from "../log/store.sqlite.ts";
import type { Lsn } from "../replication/lsn.ts";
import type { PgOutput } from "../replication/pgoutput.ts";
import type { StreamSink, StreamStart } from "../replication/sink.ts";
import type { ShapeServerEvent } from "../events.ts";
import type { Ingest } from "./ingest.ts";
import type { Registry } from "./registry.ts";
import { InvalidRequest, type RequestedDefinition, type Resolver } from "./resolve.ts";
import { readBody } from "./stored.ts";
import { isVisible } from "./visibility.ts";

export interface FollowOptions {
  readonly log: Pick<SqliteLog, "source" | "progress" | "restart" | "open" | "drop" | "sync">;
  readonly catalog: Pick<PgCatalog, "tablesByOid" | "snapshot">;
  readonly resolver: Pick<Resolver, "resolve" | "keepOnly" | "tables" | "forgetAll">;
  readonly registry: Registry;
  readonly ingest: Pick<
    Ingest,
    "progress" | "saveProgress" | "flush" | "take" | "keepalive" | "isWatched" | "reconnected" | "restarted"
  >;
  readonly clock: Clock;
  readonly tell: (event: ShapeServerEvent) => void;
  readonly shapeIdleMs: number;
  readonly shapesMax: number;
}

interface StreamedTransaction {
  readonly xid: number;
  readonly lsn: Lsn;
}

const tendEveryMs = 60_000;
const seenPauseMs = 5;
const seenLimitMs = 10_000;

/** Keeps the shapes true to the database's history: what a connection continues, what it makes worthless, what grew old. */
export class Follow implements StreamSink {
  readonly #options: FollowOptions;
  #altered: StreamedTransaction | null = null;
  #isStopped = false;
  /** Ends the pause between two rounds. */
  #nap = new AbortController();
  #isFirst = true;
  #target: Lsn = 0n;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Whether everything that was in the WAL when the stream connected has arrived. */
  get isCaughtUp(): boolean {
    return this.#options.ingest.progress.received >= this.#target;
  }

  isKnown(source: Source): boolean {
    return lostReason(this.#options.log.source(), source) === null;
  }

  async start(start: StreamStart): Promise<void> {
    const { log, ingest, resolver, registry, tell } = this.#options;
    const reason = this.#lost(start);
    this.#target = start.flushed;
    if (reason !== null) {
      if (log.source() !== null) tell({ kind: "history_lost", reason });
      registry.endAll(reason);
      resolver.forgetAll();
      log.restart(start.source, { processed: start.confirmed - 1n, received: start.confirmed });
      ingest.restarted();
    } else {
      ingest.reconnected();
    }
    if (this.#isFirst) await this.#restore();
    this.#isFirst = false;
  }

  isWatched(oid: number): boolean {
    return this.#options.ingest.isWatched(oid);
  }

  take(message: PgOutput): void {
    this.#options.ingest.take(message);
  }

  keepalive(walEnd: Lsn): void {
    this.#options.ingest.keepalive(walEnd);
  }

  flush(): Promise<void> | null {
    return this.#options.ingest.flush();
  }

  async makeDurable(): Promise<Lsn> {
    const { ingest, log } = this.#options;
    ingest.saveProgress();
    const { received } = ingest.progress;
    await log.sync();
    return received;
  }

  /** Looks after the shapes now and then, and whenever tables were altered, until `stop`. */
  async tend(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#isStopped) {
      await clock.sleep(tendEveryMs, this.#nap.signal).catch(() => undefined);
      if (this.#isStopped) return;
      this.#nap = new AbortController();
      this.#endIdle();
      // The database may be away; the next round will do.
      await this.#reconcile().catch(() => undefined);
    }
  }

  /** Tables may no longer be as they were, once the transaction is there for all to see. */
  noticeDdl(transaction: StreamedTransaction): void {
    this.#altered = transaction;
    this.#nap.abort();
  }

  stop(): void {
    this.#isStopped = true;
    this.#nap.abort();
  }

  /** Ends the shape of a handle or a definition; false when there is none. */
  async drop(handle: string | null, requested: RequestedDefinition | null): Promise<boolean> {
    const { registry, resolver } = this.#options;
    const named = requested && registry.find(await resolver.resolve(requested));
    const shape = requested ? named : [...registry.shapes()].find((each) => each.handle === handle);
    if (!shape) return false;
    if (handle !== null && shape.handle !== handle) throw new InvalidRequest("handle", "does not match the definition");
    registry.end(shape, { reason: "it was deleted" });
    return true;
  }

  /** Why the log does not continue here; null when it does. */
  #lost({ source, isNewSlot, confirmed, flushed }: StreamStart): string | null {
    const { processed, received } = this.#options.log.progress();
    const other = lostReason(this.#options.log.source(), source);
    if (other !== null) return other;
    if (isNewSlot) return "the replication slot was lost";
    if (confirmed > received) return "the replication slot moved on without us";
    return processed > flushed ? "the database went back in time" : null;
  }

  async #restore(): Promise<void> {
    const { log, registry } = this.#options;
    const stored = log.open();
    const tables = await this.#tables(new Set(stored.map(({ body }) => readBody(body).definition.table.oid)));
    for (const shape of stored) if (!registry.restore(shape, tables)) log.drop(shape.id);
  }

  /** The stream tells of ALTER only with the next change, and never of nullability or DROP. */
  async #reconcile(): Promise<void> {
    const { registry, resolver } = this.#options;
    await this.#untilSeen();
    const tables = await this.#tables(new Set([...registry.tables(), ...resolver.tables()]));
    resolver.keepOnly(tables);
    for (const shape of registry.shapes()) {
      const now = tables.get(shape.definition.table.oid);
      if (!now || !isSameTable(now, shape.definition.table)) registry.end(shape, { reason: "its table was altered" });
    }
  }

  /** A commit is streamed before other sessions may see it. */
  async #untilSeen(): Promise<void> {
    const { clock, catalog } = this.#options;
    const deadlineMs = clock.monotonic() + seenLimitMs;
    const altered = this.#altered;
    if (altered === null) return;
    while (!isVisible(await catalog.snapshot(), altered.xid, altered.lsn) && clock.monotonic() < deadlineMs) {
      await clock.sleep(seenPauseMs);
    }
    if (this.#altered === altered) this.#altered = null;
  }

  /** Shapes that nobody asked for in a long time; and with too many, those that were longest not asked for. */
  #endIdle(): void {
    const { registry, clock, shapeIdleMs, shapesMax } = this.#options;
    const unused = [...registry.shapes()]
      .filter(({ waiting, isComplete }) => waiting === 0 && isComplete)
      .sort((a, b) => a.usedAtMs - b.usedAtMs);
    const surplus = registry.size - shapesMax;
    for (const [index, shape] of unused.entries()) {
      if (clock.monotonic() - shape.usedAtMs > shapeIdleMs) registry.end(shape, { reason: "nobody asked for it" });
      else if (index < surplus) registry.end(shape, { reason: "there are too many shapes" });
    }
  }

  async #tables(oids: ReadonlySet<number>): Promise<ReadonlyMap<number, Table>> {
    const tables = await this.#options.catalog.tablesByOid([...oids]);
    return new Map(tables.map((table) => [table.oid, table]));
  }
}

function lostReason(known: Source | null, source: Source): string | null {
  if (known === null) return "there was no log";
  if (known.systemId !== source.systemId || known.database !== source.database) return "it is another database";
  if (known.timeline !== source.timeline) return "the database has another timeline";
  if (known.publicationOid !== source.publicationOid) return "the publication was made anew";
  return known.slot === source.slot ? null : "the slot has another name";
}
