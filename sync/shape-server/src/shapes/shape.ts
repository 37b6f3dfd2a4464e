import { agrees } from "../catalog/table.ts";
import type { LogEntry, StoredShape } from "../log/store.sqlite.ts";
import { afterSnapshot, comparePositions, type Position } from "../log/position.ts";
import type { Reading } from "../log/reading.ts";
import type { Lsn } from "../replication/lsn.ts";
import type { Relation } from "../replication/pgoutput.ts";
import { closeEntry, type EntryDraft } from "./changes.ts";
import type { ShapeDefinition } from "./definition.ts";
import { type RowWriter, writerOf } from "./row-writer.ts";
import { isVisible, type SnapshotMark } from "./visibility.ts";

/** Why a shape ended; `cause` when it never came to be. */
export interface ShapeEnd {
  readonly reason: string;
  readonly cause?: unknown;
}

/** One transaction's entries for one shape, in order. */
export interface ShapeTransaction {
  readonly lsn: Lsn;
  readonly xid: number;
  readonly drafts: readonly EntryDraft[];
}

/** One followed result: its place in the stream, how much of its snapshot is there, and who waits for more. */
export class Shape {
  readonly id: number;
  readonly handle: string;
  readonly key: string;
  readonly definition: ShapeDefinition;
  readonly writer: RowWriter;
  /** Transactions up to this number of the stream are the snapshot's business. */
  joinedAt = Number.POSITIVE_INFINITY;
  mark: SnapshotMark | null = null;
  /** Chunks that can be read. */
  chunks = 0;
  isComplete = false;
  end: Position = afterSnapshot;
  bytes = 0;
  ended: ShapeEnd | null = null;
  usedAtMs: number;
  /** The last answers, by offset, for the many who wait at the same place. */
  readonly answers = new Map<string, Reading>();
  #checked: { readonly relation: Relation; readonly fits: boolean } | null = null;
  readonly #waiting = new Set<() => void>();
  /** Transactions that came after joining and before the snapshot said what it saw. */
  #undecided: ShapeTransaction[] = [];

  constructor(identity: { readonly id: number; readonly handle: string; readonly key: string }, from: ShapeStart) {
    this.id = identity.id;
    this.handle = identity.handle;
    this.key = identity.key;
    this.definition = from.definition;
    this.writer = writerOf(from.definition);
    this.usedAtMs = from.nowMs;
  }

  /** Continues where the log ends. */
  resume(stored: StoredShape, mark: SnapshotMark): void {
    this.joinedAt = 0;
    this.mark = mark;
    this.chunks = stored.chunks;
    this.isComplete = true;
    this.end = stored.end ?? afterSnapshot;
    this.bytes = stored.bytes;
  }

  /** The entries of a streamed transaction that are new to the shape; none while the snapshot is undecided. */
  admit(transaction: ShapeTransaction): readonly LogEntry[] {
    if (this.mark === null) {
      this.#undecided.push(transaction);
      return [];
    }
    if (isVisible(this.mark, transaction.xid, transaction.lsn)) return [];
    const last = transaction.drafts.length - 1;
    return transaction.drafts.map((draft, index) => ({
      shapeId: this.id,
      tx: transaction.lsn,
      op: draft.op,
      json: closeEntry(draft, index === last),
    }));
  }

  /** The snapshot is taken: what was held back is decided now. */
  decide(mark: SnapshotMark): readonly LogEntry[] {
    this.mark = mark;
    const held = this.#undecided;
    this.#undecided = [];
    return held.flatMap((transaction) => this.admit(transaction));
  }

  /** From the next transaction on the stream is the shape's; again when the snapshot has to be taken again. */
  join(joinedAt: number): void {
    this.joinedAt = joinedAt;
    this.#undecided = [];
  }

  /** Whether the stream sends the table in the form that the shape was made for. */
  fits(relation: Relation): boolean {
    if (this.#checked?.relation !== relation)
      this.#checked = { relation, fits: agrees(this.definition.table, relation) };
    return this.#checked.fits;
  }

  /** Entries that are in the log now. */
  advance(entry: LogEntry): void {
    const position = { tx: entry.tx, op: entry.op };
    if (comparePositions(position, this.end) > 0) this.end = position;
    this.bytes += entry.json.length;
  }

  /** Calls once, at the next change or at the end; answers how to give up waiting. */
  onceChanged(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  notify(): void {
    this.answers.clear();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** How many wait for the next change. */
  get waiting(): number {
    return this.#waiting.size;
  }
}

export interface ShapeStart {
  readonly definition: ShapeDefinition;
  readonly nowMs: number;
}
