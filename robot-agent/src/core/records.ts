import { Holder } from "@kerbside/proto/robot/journal";
import { lidFlags, lidPurposes } from "@kerbside/proto/robot/lid";
import * as z from "zod";
import { type CommandRecord, freshSafety, type GrantRecord, type Safety } from "./safety-state.ts";

/** The safety state as rows: what changed is what is written. Volatile parts have no row. */
export type Records = ReadonlyMap<string, string>;

const Id = z.string();
const Cycle = z.object({
  id: Id,
  authorisation: z.object({ kind: z.enum(["command", "grant"]), id: Id }),
  purpose: z.enum(lidPurposes),
  compartment: z.int(),
  deliveryId: Id.nullable(),
  attemptId: Id.nullable(),
  fencingToken: z.int().nullable(),
  expiresAtMs: z.int(),
  nonce: z.string().nullable(),
  unlatchings: z.int(),
  hasOpened: z.boolean(),
});
const LidRecord = z.object({
  at: z.enum(["closed_locked", "unlock_authorised", "closed_unlocked", "open", "unknown"]),
  flags: z.array(z.enum(lidFlags)),
  cycle: Cycle.nullable(),
});
const CustodyRecord = z
  .object({ deliveryId: Id, attemptId: Id, fencingToken: z.int(), compartment: z.int(), holder: Holder })
  .nullable();
const GuardRecord = z.object({
  motion: z.enum(["normal", "e_stop", "tipped_over", "lifted", "safe_stop"]),
  isStoppedRemotely: z.boolean(),
  closing: Id.nullable(),
  notBeforeMs: z.int(),
});
const PinLockRecord = z.object({ tries: z.int(), lockouts: z.int(), lockedUntilMs: z.number() });
const CommandRow = z.object({
  kind: z.string(),
  state: z.enum(["intended", "finished", "rejected"]),
  atMs: z.number(),
});
const GrantRow = z.object({
  unlatchings: z.int(),
  isSpent: z.boolean(),
  isRevoked: z.boolean(),
  deliveryId: Id.nullable(),
  atMs: z.number(),
});

const prefix = { command: "command/", grant: "grant/" } as const;

/** Rows that differ; null means that the row is gone. Untouched parts are recognised by identity and cost nothing. */
export function changedRecords(before: Safety | null, after: Safety): ReadonlyMap<string, string | null> {
  const changed = new Map<string, string | null>();
  const put = (key: string, was: unknown, is: unknown): void => {
    const text = JSON.stringify(is);
    if (before === null || JSON.stringify(was) !== text) changed.set(key, text);
  };
  if (before?.lid !== after.lid) put("lid", before && lidRow(before), lidRow(after));
  if (before?.custody !== after.custody || before === null) put("custody", before?.custody, after.custody);
  if (before?.pinLock !== after.pinLock) put("pin_lock", before?.pinLock, after.pinLock);
  put("guard", before && guardRow(before), guardRow(after));
  compareMaps(prefix.command, before?.commands, after.commands, changed);
  compareMaps(prefix.grant, before?.grants, after.grants, changed);
  return changed;
}

/** The state that the rows describe. Throws when one makes no sense: then the journal is damaged. */
export function safetyFromRecords(records: Records): Safety {
  const commands = new Map<string, CommandRecord>();
  const grants = new Map<string, GrantRecord>();
  for (const [key, text] of records) {
    if (key.startsWith(prefix.command))
      commands.set(key.slice(prefix.command.length), CommandRow.parse(JSON.parse(text)));
    if (key.startsWith(prefix.grant)) grants.set(key.slice(prefix.grant.length), GrantRow.parse(JSON.parse(text)));
  }
  const read = <T>(key: string, schema: z.ZodType<T>): T => schema.parse(JSON.parse(records.get(key) ?? "null"));
  return {
    ...freshSafety,
    ...read("guard", GuardRecord),
    lid: { ...read("lid", LidRecord), dueMs: null, latchTries: 0 },
    custody: read("custody", CustodyRecord),
    pinLock: read("pin_lock", PinLockRecord),
    commands,
    grants,
  };
}

function lidRow({ lid }: Safety): z.infer<typeof LidRecord> {
  return { at: lid.at, flags: [...lid.flags], cycle: lid.cycle };
}

function guardRow({ motion, isStoppedRemotely, closing, notBeforeMs }: Safety): z.infer<typeof GuardRecord> {
  return { motion, isStoppedRemotely, closing, notBeforeMs };
}

function compareMaps(
  prefix: string,
  before: ReadonlyMap<string, object> | undefined,
  after: ReadonlyMap<string, object>,
  changed: Map<string, string | null>,
): void {
  if (before === after) return;
  for (const id of before?.keys() ?? []) if (!after.has(id)) changed.set(prefix + id, null);
  for (const [id, record] of after) if (before?.get(id) !== record) changed.set(prefix + id, JSON.stringify(record));
}
