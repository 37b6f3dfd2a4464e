import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { Place } from "../base/place.ts";
import { lidFlags, lidPurposes } from "./lid.ts";
import { StopKind } from "./mission.ts";

const Id = z.uuid();
const Authorisation = z.object({ kind: z.enum(["command", "grant"]), id: Id });
const Compartment = z.int().min(0).max(15);
const LidPurpose = z.enum(lidPurposes);

/** Who may hold the goods of a delivery. */
export const holders = ["merchant", "robot", "customer", "technician", "unknown"] as const;
export const Holder = z.enum(holders);
export type Holder = z.infer<typeof Holder>;

/** The steps of a mission. */
export const missionHappenings = [
  "accepted",
  "refused",
  "departed",
  "arrived",
  "stop_completed",
  "completed",
  "aborted",
] as const;

/**
 * Every fact a robot can record, by type. P0 facts (`p0`) are never dropped and precede the act they allow;
 * P1 facts (`p1`) tell of progress and state. Add types and fields; never change the meaning of one.
 */
export const journalBodies = {
  p0: {
    journal_started: z.object({
      boot_id: Id,
      reason: z.enum(["first_start", "restart", "repaired"]),
      software: z.string(),
    }),
    /** Intent, committed before the latch is energised. `nonce` makes each unlatching of one authorisation distinct. */
    unlock_intended: z.object({
      cycle_id: Id,
      authorisation: Authorisation,
      nonce: z.string(),
      purpose: LidPurpose,
      compartment: Compartment,
      delivery_id: Id.nullable(),
    }),
    unlock_refused: z.object({
      authorisation: Authorisation.nullable(),
      purpose: LidPurpose.nullable(),
      delivery_id: Id.nullable(),
      reason: z.string(),
    }),
    lid_changed: z.object({
      cycle_id: Id.nullable(),
      compartment: Compartment,
      event: z.string(),
      from: z.string(),
      to: z.string(),
      flags: z.array(z.enum(lidFlags)),
      purpose: LidPurpose.nullable(),
      delivery_id: Id.nullable(),
      authorisation: Authorisation.nullable(),
    }),
    command_received: z.object({ command_id: Id, road: z.enum(["shape", "mqtt"]) }),
    command_rejected: z.object({ command_id: Id, reason: z.string() }),
    command_intended: z.object({ command_id: Id, kind: z.string() }),
    command_finished: z.object({
      command_id: Id,
      outcome: z.enum(["succeeded", "failed"]),
      detail: z.string().nullable(),
      /** True when an intent without a result was resolved from the sensors after a restart. */
      reconciled: z.boolean(),
    }),
    grant_revoked: z.object({ grant_id: Id, delivery_id: Id.nullable(), was_used: z.boolean() }),
    custody_changed: z.object({
      delivery_id: Id,
      attempt_id: Id,
      fencing_token: z.int().positive(),
      compartment: Compartment,
      from: Holder,
      to: Holder,
      cycle_id: Id,
      place: Place.nullable(),
    }),
    safety_changed: z.object({
      from: z.string(),
      to: z.string(),
      cause: z.string(),
    }),
  },
  p1: {
    mission_progressed: z.object({
      mission_id: Id,
      trip_id: Id.nullable(),
      delivery_id: Id.nullable(),
      attempt_id: Id.nullable(),
      happened: z.enum(missionHappenings),
      stop: StopKind.nullable(),
      place: Place.nullable(),
      reason: z.string().nullable(),
    }),
    state_changed: z.object({
      dimension: z.enum(["operational_state", "control_mode", "commission", "service"]),
      from: z.string(),
      to: z.string(),
      reason: z.string().nullable(),
    }),
    time_suspected: z.object({ wall_ms: z.int(), trusted_ms: z.int() }),
  },
} as const;

export type P0Type = keyof (typeof journalBodies)["p0"];
export type P1Type = keyof (typeof journalBodies)["p1"];
export type JournalType = P0Type | P1Type;

const all = { ...journalBodies.p0, ...journalBodies.p1 };
export type JournalBody<T extends JournalType> = z.infer<(typeof all)[T]>;

const journalTypes: JournalType[] = [];
for (const type in all) if (isJournalType(type)) journalTypes.push(type);

function isJournalType(candidate: string): candidate is JournalType {
  return Object.hasOwn(all, candidate);
}

/** One fact as it goes up. `event_time` is the robot's trusted wall time, milliseconds since 1970. */
export const JournalEntry = z.object({
  type: z.enum(journalTypes),
  seq: z.int().positive(),
  event_time: z.int(),
  actor: Actor,
  body: z.record(z.string(), z.unknown()),
});

/** An entry whose body was checked against its type. */
export type JournalEntry = {
  [T in JournalType]: {
    readonly type: T;
    readonly seq: number;
    readonly event_time: number;
    readonly actor: Actor;
    readonly body: JournalBody<T>;
  };
}[JournalType];

/** A fact before it has its number. */
export type Fact = {
  [T in JournalType]: { readonly type: T; readonly actor: Actor; readonly body: JournalBody<T> };
}[JournalType];

const CheckedEntry = JournalEntry.transform((entry, context): JournalEntry => {
  const body = all[entry.type].safeParse(entry.body);
  if (!body.success) {
    for (const issue of body.error.issues) {
      context.addIssue({ code: "custom", message: issue.message, path: ["body", ...issue.path] });
    }
    return z.NEVER;
  }
  const checked = { ...entry, body: body.data };
  return hasItsBody(checked) ? checked : z.NEVER;
});

/** The body was just read by the schema of this very type; the compiler cannot tie the two together. */
function hasItsBody(entry: Readonly<Record<keyof JournalEntry, unknown>>): entry is JournalEntry {
  return entry.body !== null;
}

/** Checks one entry of a batch; the error names the field. Anything that fails goes to quarantine. */
export function parseJournalEntry(candidate: unknown): z.ZodSafeParseResult<JournalEntry> {
  return CheckedEntry.safeParse(candidate);
}
