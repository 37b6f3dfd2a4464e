import type { LogEntry } from "../log/store.sqlite.ts";
import type { Lsn } from "../replication/lsn.ts";
import { type ChangePlace, closeEntry, type EntryDraft } from "./changes.ts";
import type { Shape } from "./shape.ts";
import { isVisible } from "./visibility.ts";

/** What one transaction means to one shape, ready to be written. */
export interface ShapeEntries {
  readonly shape: Shape;
  readonly entries: readonly LogEntry[];
  /** Bytes of entries that are in the log already, hidden until these are. */
  readonly spilledBytes: number;
}

export interface TransactionStart {
  readonly lsn: Lsn;
  readonly xid: number;
  /** Its number in the stream. */
  readonly number: number;
  /** Already in the log: Postgres repeats what was not acknowledged. */
  readonly isRepeated: boolean;
}

/** Kept in memory; a transaction with more is written to the log piece by piece. */
const keptBytesMax = 8 * 1_024 * 1_024;

/** The transaction that is being streamed. Nobody sees any of it before its commit. */
export class OpenTransaction {
  readonly start: TransactionStart;
  readonly #drafts = new Map<Shape, EntryDraft[]>();
  readonly #spilledBytes = new Map<Shape, number>();
  #keptBytes = 0;
  #op = 0;

  constructor(start: TransactionStart) {
    this.start = start;
  }

  get place(): ChangePlace {
    return { lsn: this.start.lsn, xid: this.start.xid, op: this.#op };
  }

  get isLarge(): boolean {
    return this.#keptBytes > keptBytesMax;
  }

  /** Every change that was published counts, whether or not a shape wants it; odd numbers are for second halves. */
  count(): void {
    this.#op += 2;
  }

  /** False for what the shape's snapshot holds already. */
  concerns(shape: Shape): boolean {
    const { isRepeated, number, xid, lsn } = this.start;
    return !isRepeated && number > shape.joinedAt && !(shape.mark && isVisible(shape.mark, xid, lsn));
  }

  add(shape: Shape, drafts: readonly EntryDraft[]): void {
    if (drafts.length === 0) return;
    const kept = this.#drafts.get(shape);
    if (kept) kept.push(...drafts);
    else this.#drafts.set(shape, [...drafts]);
    for (const { open } of drafts) this.#keptBytes += open.length;
  }

  /** All entries but each shape's newest, which may turn out to be the last; they are forgotten here. */
  spill(): readonly LogEntry[] {
    const spilled: LogEntry[] = [];
    this.#keptBytes = 0;
    for (const [shape, drafts] of this.#drafts) {
      if (shape.ended || (shape.mark && !this.concerns(shape))) this.#drafts.delete(shape);
      else if (shape.mark) spilled.push(...this.#spillOf(shape, drafts));
    }
    return spilled;
  }

  finish(): readonly ShapeEntries[] {
    const { lsn, xid } = this.start;
    return [...this.#drafts]
      .filter(([shape]) => shape.ended === null)
      .map(([shape, drafts]) => ({
        shape,
        entries: shape.admit({ lsn, xid, drafts }),
        spilledBytes: this.#spilledBytes.get(shape) ?? 0,
      }))
      .filter(({ entries }) => entries.length > 0);
  }

  #spillOf(shape: Shape, drafts: EntryDraft[]): readonly LogEntry[] {
    const entries = drafts.splice(0, drafts.length - 1).map((draft) => ({
      shapeId: shape.id,
      tx: this.start.lsn,
      op: draft.op,
      json: closeEntry(draft, false),
    }));
    const bytes = entries.reduce((sum, { json }) => sum + json.length, this.#spilledBytes.get(shape) ?? 0);
    this.#spilledBytes.set(shape, bytes);
    return entries;
  }
}
