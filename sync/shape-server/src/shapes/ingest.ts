import type { LogEntry, Progress, SqliteLog } from "../log/store.sqlite.ts";
import type { Lsn } from "../replication/lsn.ts";
import type { PgOutput, Relation, Tuple } from "../replication/pgoutput.ts";
import type { Row } from "../where/where.ts";
import { type EntryDraft, entriesOf, type RowChange } from "./changes.ts";
import type { RecentTransactions } from "./recent-transactions.ts";
import type { Registry } from "./registry.ts";
import type { Resolver } from "./resolve.ts";
import type { Shape } from "./shape.ts";
import { isVisible } from "./visibility.ts";

interface OpenTransaction {
  readonly lsn: Lsn;
  readonly xid: number;
  readonly number: number;
  /** Already in the log: Postgres repeats what was not acknowledged. */
  readonly isRepeated: boolean;
  readonly drafts: Map<Shape, EntryDraft[]>;
  /** Counts every change that was published, whether or not a shape wants it. */
  op: number;
}

export interface IngestOptions {
  readonly registry: Registry;
  readonly log: SqliteLog;
  readonly recent: RecentTransactions;
  readonly shapeBytesMax: number;
  /** What it resolved against an older form of a table has to be read again. */
  readonly resolver: Pick<Resolver, "compare" | "forgetTable">;
}

/**
 * Turns the stream into log entries. Changes are judged as they come, kept until their transaction's commit, written
 * together with everything else that one read of the socket brought, and only then shown to readers.
 */
export class Ingest {
  readonly #options: IngestOptions;
  #open: OpenTransaction | null = null;
  /** Entries of finished transactions that are not written yet. */
  #pending: { readonly shape: Shape; readonly entries: readonly LogEntry[] }[] = [];
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
    this.#progress = this.#written;
  }

  /** The log was begun anew. */
  restarted(): void {
    this.#written = this.#options.log.progress();
    this.reconnected();
  }

  isWatched(oid: number): boolean {
    return this.#open?.isRepeated !== true && this.#options.registry.ofTable(oid) !== null;
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
      case "other":
        return;
    }
  }

  /** Everything before `walEnd` has been sent. */
  keepalive(walEnd: Lsn): void {
    if (this.#open || walEnd <= this.#progress.received) return;
    this.#progress = { processed: later(this.#progress.processed, walEnd - 1n), received: walEnd };
  }

  /** Writes what has come, then wakes the readers. Throws when the disk refuses; nothing was shown then. */
  flush(): void {
    const pending = this.#pending.filter(({ shape }) => shape.ended === null);
    const isAdvanced = this.#progress.received > this.#written.received;
    if (pending.length === 0 && !isAdvanced) return;
    this.#pending = [];
    if (pending.length > 0)
      this.#options.log.append(
        pending.flatMap(({ entries }) => entries),
        this.#progress,
      );
    this.#written = this.#progress;
    this.#show(pending);
  }

  /** Writes how far we are, for an acknowledgement, also when no shape had an entry. */
  saveProgress(): void {
    this.flush();
    this.#options.log.append([], this.#written);
  }

  /** Entries that were held back for a snapshot. */
  admit(shape: Shape, entries: readonly LogEntry[]): void {
    this.flush();
    this.#options.log.append(entries, this.#written);
    for (const entry of entries) shape.advance(entry);
  }

  #show(pending: readonly { readonly shape: Shape; readonly entries: readonly LogEntry[] }[]): void {
    const touched = new Set<Shape>();
    for (const { shape, entries } of pending) {
      for (const entry of entries) shape.advance(entry);
      touched.add(shape);
    }
    for (const shape of touched) {
      if (shape.bytes > this.#options.shapeBytesMax) this.#options.registry.end(shape, { reason: "its log is full" });
      else shape.notify();
    }
  }

  #begin({ commitLsn, xid }: { readonly commitLsn: Lsn; readonly xid: number }): void {
    this.#options.recent.begin(xid, commitLsn);
    this.#open = {
      lsn: commitLsn,
      xid,
      number: this.#options.recent.count,
      isRepeated: commitLsn <= this.#progress.processed,
      drafts: new Map(),
      op: 0,
    };
  }

  #commit(endLsn: Lsn): void {
    const transaction = this.#transaction();
    this.#open = null;
    for (const [shape, drafts] of transaction.drafts) {
      if (shape.ended) continue;
      const entries = shape.admit({ lsn: transaction.lsn, xid: transaction.xid, drafts });
      if (entries.length > 0) this.#pending.push({ shape, entries });
    }
    this.#progress = {
      processed: later(this.#progress.processed, transaction.lsn),
      received: later(this.#progress.received, endLsn),
    };
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
    const place = { lsn: transaction.lsn, xid: transaction.xid, op: transaction.op };
    for (const shape of this.#options.registry.ofTable(oid)?.candidates(change) ?? []) {
      if (shape.joinedAt >= transaction.number) continue;
      if (relation && !shape.fits(relation)) {
        if (this.#concerns(shape)) this.#endAltered(shape);
        continue;
      }
      const drafts = entriesOf(shape, change, place);
      if (drafts.length === 0) continue;
      const kept = transaction.drafts.get(shape);
      if (kept) kept.push(...drafts);
      else transaction.drafts.set(shape, [...drafts]);
    }
    this.#count();
  }

  /** Relations come at first use and after every change of the table, also of what does not matter. */
  #compare(relation: Relation): void {
    this.#relations.set(relation.oid, relation);
    this.#options.resolver.compare(relation);
    for (const shape of this.#options.registry.ofTable(relation.oid)?.shapes() ?? []) {
      if (!shape.fits(relation) && this.#concerns(shape)) this.#endAltered(shape);
    }
  }

  /** False for what the shape's snapshot holds already, whatever form the table had then. */
  #concerns(shape: Shape): boolean {
    const { isRepeated, number, xid, lsn } = this.#transaction();
    return !isRepeated && number > shape.joinedAt && !(shape.mark && isVisible(shape.mark, xid, lsn));
  }

  #endAltered(shape: Shape): void {
    this.#options.registry.end(shape, { reason: "its table was altered" });
  }

  #endTable(oid: number, reason: string): void {
    if (!this.#transaction().isRepeated) this.#options.registry.endTable(oid, reason);
  }

  #count(): void {
    this.#transaction().op += 2;
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

function later(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b;
}
