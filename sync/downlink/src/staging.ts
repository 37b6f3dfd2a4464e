import { MirrorRow } from "@kerbside/proto/robot/mirror";
import { type MirrorEntry, mirrorKey } from "./mirror.ts";
import type { MirrorPosition } from "./store.ts";

/** One message of the shape's log, as far as the mirror cares. */
export type ShapeMessage =
  | { readonly type: "insert" | "update" | "delete"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly type: "must_refetch" };

/** Messages on their way into the store. The log is applied at its up-to-date points only, never in between. */
export interface Staging {
  /** What the store holds. */
  readonly committed: ReadonlyMap<string, MirrorEntry>;
  /** Building a new snapshot beside what is committed; else following changes of it. */
  readonly isSnapshot: boolean;
  /** What came since: a row, or null for one that is gone. */
  readonly pending: ReadonlyMap<string, MirrorEntry | null>;
  /** Rows that make no sense, with the reason. */
  readonly refused: readonly string[];
}

/** What to write, in one transaction with its position. */
export type MirrorWrite =
  | {
      readonly type: "apply";
      readonly put: readonly MirrorEntry[];
      readonly remove: readonly MirrorEntry[];
      readonly position: MirrorPosition;
    }
  | { readonly type: "replace"; readonly rows: readonly MirrorEntry[]; readonly position: MirrorPosition };

export function startStaging(rows: readonly MirrorEntry[], isSnapshot: boolean): Staging {
  const committed = new Map(rows.map((row) => [mirrorKey(row), row]));
  return { committed, isSnapshot, pending: new Map(), refused: [] };
}

export function stage(staging: Staging, messages: readonly ShapeMessage[]): Staging {
  return messages.reduce(stageOne, staging);
}

/** The log is complete up to `position`: what has to be written, null when nothing changed. */
export function upToDate(
  staging: Staging,
  position: MirrorPosition,
): { readonly staging: Staging; readonly write: MirrorWrite | null } {
  const committed = new Map(staging.isSnapshot ? [] : staging.committed);
  const remove: MirrorEntry[] = [];
  for (const [key, row] of staging.pending) {
    const before = staging.committed.get(key);
    if (row) committed.set(key, row);
    else committed.delete(key);
    if (!row && before) remove.push(before);
  }
  const next: Staging = { committed, isSnapshot: false, pending: new Map(), refused: [] };
  if (staging.isSnapshot) return { staging: next, write: { type: "replace", rows: [...committed.values()], position } };
  const put = [...staging.pending.values()].filter((row) => row !== null);
  return { staging: next, write: put.length + remove.length > 0 ? { type: "apply", put, remove, position } : null };
}

/** The rows whose content differs after a write; those that are gone come as tombstones. */
export function changedRows(
  before: ReadonlyMap<string, MirrorEntry>,
  after: ReadonlyMap<string, MirrorEntry>,
): readonly MirrorEntry[] {
  const changed: MirrorEntry[] = [];
  for (const [key, row] of before) if (!after.has(key)) changed.push({ ...row, body: null });
  for (const [key, row] of after) {
    const old = before.get(key);
    if (!old || old.version !== row.version || old.body !== row.body) changed.push(row);
  }
  return changed;
}

function stageOne(staging: Staging, message: ShapeMessage): Staging {
  if (message.type === "must_refetch") return { ...staging, isSnapshot: true, pending: new Map() };
  const key = keyOf(message.value);
  if (message.type === "delete") return { ...staging, pending: new Map(staging.pending).set(key, null) };
  const before = present(staging, key);
  // An update carries the key and what changed (replica = default), so it is laid over what we have.
  const parsed = MirrorRow.safeParse({ ...(message.type === "update" ? before : undefined), ...message.value });
  if (!parsed.success) {
    return { ...staging, refused: [...staging.refused, `${key}: ${parsed.error.issues[0]?.message ?? "invalid"}`] };
  }
  const { kind, id, version, body } = parsed.data;
  if (before && version < before.version) return staging;
  return { ...staging, pending: new Map(staging.pending).set(key, { kind, id, version, body }) };
}

function present(staging: Staging, key: string): MirrorEntry | null | undefined {
  if (staging.pending.has(key)) return staging.pending.get(key);
  return staging.isSnapshot ? undefined : staging.committed.get(key);
}

function keyOf(value: Readonly<Record<string, unknown>>): string {
  return `${String(value["kind"])}/${String(value["id"])}`;
}
