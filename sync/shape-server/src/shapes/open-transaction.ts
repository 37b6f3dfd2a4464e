import type { LogEntry } from "../log/store.sqlite.ts";
import type { Lsn } from "../replication/lsn.ts";
import type { Row } from "../where/where.ts";
import type { Verdicts } from "./verdicts.ts";
import { closeEntry, entriesOf, type EntryDraft, type PlacedChange, type RowChange } from "./changes.ts";
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
/** Rows of one shape that wait for Postgres' judgement, in characters. */
const openSizeMax = 64 * 1_024 * 1_024;

/** The transaction that is being streamed. Nobody sees any of it before its commit. */
export class OpenTransaction {
  readonly start: TransactionStart;
  readonly #drafts = new Map<Shape, EntryDraft[]>();
  /** Shapes with a change that Postgres must judge first; from that change on, theirs are all kept as they came. */
  readonly #open = new Map<Shape, { readonly changes: PlacedChange[]; size: number }>();
  readonly #spilledBytes = new Map<Shape, number>();
  #keptBytes = 0;
  #op = 0;

  constructor(start: TransactionStart) {
    this.start = start;
  }

  get isLarge(): boolean {
    return this.#keptBytes > keptBytesMax;
  }

  /** Whether it can be written as it is. */
  get isJudged(): boolean {
    return this.#open.size === 0;
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

  /** False when too much waits for judgement: the shape cannot be followed through this transaction. */
  add(shape: Shape, change: RowChange): boolean {
    const { lsn, xid } = this.start;
    const placed = { ...change, place: { lsn, xid, op: this.#op } };
    const known = this.#open.get(shape);
    const drafts = known ? null : entriesOf(shape, placed);
    if (drafts) {
      this.#keep(shape, drafts);
      return true;
    }
    const open = known ?? { changes: [], size: 0 };
    this.#open.set(shape, open);
    open.changes.push(placed);
    open.size += sizeOf(change.old) + sizeOf(change.new);
    if (open.size < openSizeMax) return true;
    this.#open.delete(shape);
    return false;
  }

  /** The rows that Postgres has to judge. */
  openRows(): readonly (readonly [Shape, readonly Row[]])[] {
    return [...this.#open]
      .filter(([shape]) => shape.ended === null)
      .map(([shape, { changes }]) => [
        shape,
        changes.flatMap(({ old, new: now }) => [old, now].filter((row) => row !== null)),
      ]);
  }

  settle(verdicts: Verdicts): void {
    for (const [shape, { changes }] of this.#open) {
      for (const change of changes) this.#keep(shape, entriesOf(shape, change, verdicts.answers) ?? []);
    }
    this.#open.clear();
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

  #keep(shape: Shape, drafts: readonly EntryDraft[]): void {
    if (drafts.length === 0) return;
    const kept = this.#drafts.get(shape);
    if (kept) kept.push(...drafts);
    else this.#drafts.set(shape, [...drafts]);
    for (const { open } of drafts) this.#keptBytes += open.length;
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

function sizeOf(row: Row | null): number {
  return row === null ? 0 : row.reduce((sum, value) => sum + (value?.length ?? 0), 0);
}
