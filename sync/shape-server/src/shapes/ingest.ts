import type { LogEntry, Progress, SqliteLog } from "../log/store.sqlite.ts";
import { later, type Lsn } from "../replication/lsn.ts";
import type { PgOutput, Relation, Tuple } from "../replication/pgoutput.ts";
import type { Row } from "../where/where.ts";
import type { RowChange } from "./changes.ts";
import type { Judge } from "./judge.pg.ts";
import { OpenTransaction, type ShapeEntries } from "./open-transaction.ts";
import type { RecentTransactions } from "./recent-transactions.ts";
import type { Registry } from "./registry.ts";
import type { Resolver } from "./resolve.ts";
import type { Shape } from "./shape.ts";
import { Verdicts } from "./verdicts.ts";

export interface IngestOptions {
  readonly registry: Registry;
  readonly log: SqliteLog;
  readonly recent: RecentTransactions;
  readonly shapeBytesMax: number;
  /** What it resolved against an older form of a table has to be read again. */
  readonly resolver: Pick<Resolver, "compare" | "forgetTable">;
  /** The prefix of messages that tell of DDL; null when nobody sends any. */
  readonly ddlPrefix: string | null;
  /** Called when a transaction with DDL has ended; others may not see it yet. */
  readonly onDdl: (transaction: { readonly xid: number; readonly lsn: Lsn }) => void;
  /** Asked about rows that JavaScript cannot judge as Postgres does. */
  readonly judge: Judge;
}

/** A transaction that has ended, and how far the stream was then. */
interface Ended {
  readonly transaction: OpenTransaction;
  readonly progress: Progress;
}

/**
 * Turns the stream into log entries. Changes are judged as they come, kept until their transaction's commit, written
 * together with everything else that one read of the socket brought, and only then shown to readers.
 */
export class Ingest {
  readonly #options: IngestOptions;
  #open: OpenTransaction | null = null;
  #hasDdl = false;
  /** Transactions that ended and are not written yet. One that waits for judgement holds back all after it. */
  #pending: Ended[] = [];
  /** Whether the log holds entries of a transaction that has not ended. */
  #hasSpilled = false;
  /** The form in which the stream sends each table now. */
  readonly #relations = new Map<number, Relation>();
  #progress: Progress;
  #written: Progress;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#written = options.log.progress();
    this.#progress = this.#written;
  }

  /** What the log holds. */
  get progress(): Progress {
    return this.#written;
  }

  /** A new connection: Postgres begins again with the first transaction that was not acknowledged. */
  reconnected(): void {
    this.#open = null;
    this.#pending = [];
    this.#relations.clear();
    if (this.#hasSpilled) this.#options.log.discardAfter(this.#written.processed);
    this.#hasSpilled = false;
    this.#progress = this.#written;
  }

  /** The log was begun anew. */
  restarted(): void {
    this.#written = this.#options.log.progress();
    this.reconnected();
  }

  isWatched(oid: number): boolean {
    return this.#open?.start.isRepeated !== true && this.#options.registry.ofTable(oid) !== null;
  }

  take(message: PgOutput): void {
    switch (message.kind) {
      case "begin":
        return this.#begin(message);
      case "commit":
        return this.#commit(message.endLsn);
      case "relation":
        return this.#compare(message.relation);
      case "insert":
        return this.#change(message.oid, { old: null, new: message.new });
      case "update":
      case "delete":
        return this.#replace(message);
      case "truncate":
        for (const oid of message.oids) this.#endTable(oid, "its table was truncated");
        return this.#count();
      case "unwatched":
        return this.#count();
      case "message":
        this.#hasDdl ||= message.prefix === this.#options.ddlPrefix;
        return;
      case "other":
        return;
    }
  }

  /** Everything before `walEnd` has been sent. */
  keepalive(walEnd: Lsn): void {
    if (this.#open || walEnd <= this.#progress.received) return;
    this.#progress = { processed: later(this.#progress.processed, walEnd - 1n), received: walEnd };
  }

  /**
   * Writes what has come, then wakes the readers. Throws when the disk refuses; nothing was shown then. The promise, where
   * there is one, is for what Postgres has to judge first: nothing more may be taken until it resolves.
   */
  flush(): Promise<void> | null {
    this.#write();
    return this.#pending.length > 0 ? this.#settle(this.#pending) : null;
  }

  /** Writes how far we are, for an acknowledgement, also when no shape had an entry. */
  saveProgress(): void {
    this.#write();
    this.#options.log.append([], this.#written);
  }

  /** Entries that were held back for a snapshot. */
  admit(shape: Shape, entries: readonly LogEntry[]): void {
    this.#write();
    this.#options.log.append(entries, this.#written);
    for (const entry of entries) shape.advance(entry);
  }

  /** Everything before the first transaction that still has to be judged. */
  #write(): void {
    const open = this.#pending.findIndex(({ transaction }) => !transaction.isJudged);
    const ended = open < 0 ? this.#pending : this.#pending.slice(0, open);
    const progress = open < 0 ? this.#progress : (ended.at(-1)?.progress ?? this.#written);
    if (ended.length === 0 && progress.received <= this.#written.received) return;
    this.#pending = open < 0 ? [] : this.#pending.slice(open);
    const finished = ended.flatMap(({ transaction }) => transaction.finish());
    const entries = finished.flatMap((each) => each.entries);
    if (entries.length > 0) this.#options.log.append(entries, progress);
    this.#written = progress;
    if (!this.#open) this.#hasSpilled = false;
    this.#show(finished);
  }

  async #settle(pending: readonly Ended[]): Promise<void> {
    const open = pending.filter(({ transaction }) => !transaction.isJudged);
    const verdicts = await Verdicts.ask(
      this.#options.judge,
      open.flatMap(({ transaction }) => transaction.openRows()),
    );
    // The connection was lost meanwhile: Postgres sends it all again.
    if (this.#pending[0] !== pending[0]) return;
    for (const [shape, { message: reason }] of verdicts.failures) this.#options.registry.end(shape, { reason });
    for (const { transaction } of open) transaction.settle(verdicts);
    this.#write();
  }

  #show(pending: readonly ShapeEntries[]): void {
    const touched = new Set<Shape>();
    for (const { shape, entries, spilledBytes } of pending) {
      shape.bytes += spilledBytes;
      for (const entry of entries) shape.advance(entry);
      touched.add(shape);
    }
    for (const shape of touched) {
      if (shape.bytes > this.#options.shapeBytesMax) this.#options.registry.end(shape, { reason: "its log is full" });
      else shape.notify();
    }
  }

  #begin({ commitLsn: lsn, xid }: { readonly commitLsn: Lsn; readonly xid: number }): void {
    this.#options.recent.begin(xid, lsn);
    const number = this.#options.recent.count;
    this.#open = new OpenTransaction({ lsn, xid, number, isRepeated: lsn <= this.#progress.processed });
  }

  #commit(endLsn: Lsn): void {
    const transaction = this.#transaction();
    this.#open = null;
    this.#progress = {
      processed: later(this.#progress.processed, transaction.start.lsn),
      received: later(this.#progress.received, endLsn),
    };
    this.#pending.push({ transaction, progress: this.#progress });
    if (this.#hasDdl) this.#options.onDdl(transaction.start);
    this.#hasDdl = false;
  }

  #replace(message: Extract<PgOutput, { kind: "update" | "delete" }>): void {
    if (message.old === null) {
      this.#options.resolver.forgetTable(message.oid);
      this.#endTable(message.oid, "its table lost REPLICA IDENTITY FULL");
      return this.#count();
    }
    const after = message.kind === "update" ? message.new : null;
    this.#change(message.oid, { old: message.old, new: after && unToast(after, message.old) });
  }

  #change(oid: number, { old, new: after }: { readonly old: Tuple | null; readonly new: Tuple | null }): void {
    const transaction = this.#transaction();
    const change: RowChange = { old: old && whole(old), new: after && whole(after) };
    const relation = this.#relations.get(oid);
    for (const shape of this.#options.registry.ofTable(oid)?.candidates(change) ?? []) {
      if (shape.joinedAt >= transaction.start.number) continue;
      if (!relation || shape.fits(relation)) this.#add(transaction, { shape, change });
      else if (transaction.concerns(shape)) this.#endAltered(shape);
    }
    transaction.count();
    if (transaction.isLarge) this.#spill(transaction);
  }

  #add(transaction: OpenTransaction, { shape, change }: { readonly shape: Shape; readonly change: RowChange }): void {
    const isKept = transaction.add(shape, change);
    if (!isKept)
      this.#options.registry.end(shape, { reason: "too many rows of one transaction need Postgres' judgement" });
  }

  /** Whatever came before has to be in the log first, so that a shape's entries stand in their order. */
  #spill(transaction: OpenTransaction): void {
    this.#write();
    this.#hasSpilled = true;
    this.#options.log.spill(transaction.spill());
  }

  /** Relations come at first use and after every change of the table, also of what does not matter. */
  #compare(relation: Relation): void {
    this.#relations.set(relation.oid, relation);
    this.#options.resolver.compare(relation);
    for (const shape of this.#options.registry.ofTable(relation.oid)?.shapes() ?? []) {
      if (!shape.fits(relation) && this.#transaction().concerns(shape)) this.#endAltered(shape);
    }
  }

  #endAltered(shape: Shape): void {
    this.#options.registry.end(shape, { reason: "its table was altered" });
  }

  #endTable(oid: number, reason: string): void {
    if (!this.#transaction().start.isRepeated) this.#options.registry.endTable(oid, reason);
  }

  #count(): void {
    this.#transaction().count();
  }

  #transaction(): OpenTransaction {
    if (!this.#open) throw new Error("the stream sent a change outside a transaction");
    return this.#open;
  }
}

function unToast(after: Tuple, old: Tuple): Tuple {
  return after.includes(undefined) ? after.map((value, index) => (value === undefined ? old[index] : value)) : after;
}

function whole(tuple: Tuple): Row {
  return tuple.map((value) => {
    if (value === undefined) throw new Error("a value is in neither the new nor the old row");
    return value;
  });
}
