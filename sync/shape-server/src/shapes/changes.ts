import type { Lsn } from "../replication/lsn.ts";
import { type Answers, judge, type Row } from "../where/where.ts";
import type { ShapeDefinition } from "./definition.ts";
import type { RowWriter } from "./row-writer.ts";

/** A shape as far as its rows are concerned. */
export interface ShapeView {
  readonly definition: ShapeDefinition;
  readonly writer: RowWriter;
}

/** One row before and after; null where there was none. */
export interface RowChange {
  readonly old: Row | null;
  readonly new: Row | null;
}

/** Where in the stream a change stands. */
export interface ChangePlace {
  readonly lsn: Lsn;
  readonly xid: number;
  readonly op: number;
}

/** A log entry that does not know yet whether it is its shape's last of the transaction. */
export interface EntryDraft {
  readonly op: number;
  /** The message without its two closing braces. */
  readonly open: string;
}

export function closeEntry(draft: EntryDraft, isLast: boolean): string {
  return `${draft.open}${isLast ? ',"last":true}}' : "}}"}`;
}

/** A change at its place in the stream. */
export interface PlacedChange extends RowChange {
  readonly place: ChangePlace;
}

/**
 * What a change means to a shape: nothing, an insert, an update, a delete, or a delete and an insert under a new key. Null
 * when Postgres has to judge a row first.
 */
export function entriesOf(shape: ShapeView, change: PlacedChange, answers?: Answers): readonly EntryDraft[] | null {
  const { definition, writer } = shape;
  const wasIn = belongs(definition, change.old, answers);
  const isIn = belongs(definition, change.new, answers);
  if (wasIn === undefined || isIn === undefined) return null;
  const before = wasIn ? change.old : null;
  const after = isIn ? change.new : null;
  if (before && after) return updated(shape, { before, after }, change.place);
  if (after) return [inserted(writer, after, change.place)];
  if (before) return [deleted(writer, before, change.place)];
  return [];
}

function belongs({ where }: ShapeDefinition, row: Row | null, answers?: Answers): boolean | undefined {
  if (row === null) return false;
  if (where === null) return true;
  const verdict = judge(where, row, answers);
  return verdict === undefined ? undefined : verdict === true;
}

function updated(
  { definition, writer }: ShapeView,
  { before, after }: { readonly before: Row; readonly after: Row },
  place: ChangePlace,
): readonly EntryDraft[] {
  const oldKey = writer.key(before);
  const newKey = writer.key(after);
  if (oldKey !== newKey) {
    const to = `,"key_change_to":${JSON.stringify(newKey)}`;
    const from = `,"key_change_from":${JSON.stringify(oldKey)}`;
    const removal = deleted(writer, before, place);
    const arrival = inserted(writer, after, { ...place, op: place.op + 1 });
    return [
      { ...removal, open: removal.open + to },
      { ...arrival, open: arrival.open + from },
    ];
  }
  const changes = definition.columns.filter((column) => before[column] !== after[column]);
  if (changes.length === 0) return [];
  const isFull = definition.replica === "full";
  const value = isFull ? writer.whole(after) : writer.changed(after, changes);
  const old = isFull ? `,"old_value":${writer.only(before, changes)}` : "";
  return [message(writer, { key: newKey, value: value + old, operation: "update" }, place)];
}

function inserted(writer: RowWriter, row: Row, place: ChangePlace): EntryDraft {
  return message(writer, { key: writer.key(row), value: writer.whole(row), operation: "insert" }, place);
}

function deleted(writer: RowWriter, row: Row, place: ChangePlace): EntryDraft {
  return message(writer, { key: writer.key(row), value: writer.last(row), operation: "delete" }, place);
}

function message(
  writer: RowWriter,
  { key, value, operation }: { readonly key: string; readonly value: string; readonly operation: string },
  { lsn, xid, op }: ChangePlace,
): EntryDraft {
  const headers = `"operation":"${operation}",${writer.relation},"lsn":"${lsn}","op_position":${op},"txids":[${xid}]`;
  return { op, open: `{"key":${JSON.stringify(key)},"value":${value},"headers":{${headers}` };
}
