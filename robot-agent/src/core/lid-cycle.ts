import { strict as assert } from "node:assert";
import type { LidReading as DeviceReading, LastUnlatch } from "@kerbside/hardware/lid/lid";
import { unlatchHash } from "@kerbside/hardware/lid/unlatch-hash";
import type { Authorisation, LidFlag, LidPurpose } from "@kerbside/proto/robot/lid";
import { type LidEvent as LidEventName, type LidState, lidTable } from "@kerbside/proto/states/lid";
import { next } from "@kerbside/proto/states/table";

/** Where a lid that people lift can be; `opening` and `closing` belong to powered lids. */
export type LidPlace = Exclude<LidState, "opening" | "closing">;

/** What the sensors say together. */
export type LidReading = Omit<DeviceReading, "atMs">;

/** One episode from an authorised unlatching to the relock. */
export interface Cycle {
  readonly id: string;
  readonly authorisation: Authorisation;
  readonly purpose: LidPurpose;
  readonly compartment: number;
  readonly deliveryId: string | null;
  readonly attemptId: string | null;
  readonly fencingToken: number | null;
  /** Trusted time after which the latch is not energised again. */
  readonly expiresAtMs: number;
  /** Of the last intent; null before the first. */
  readonly nonce: string | null;
  /** How often the latch was energised for it, this cycle included. */
  readonly unlatchings: number;
  /** The authorisation's use is spent from here on. */
  readonly hasOpened: boolean;
}

export interface Lid {
  readonly at: LidPlace;
  readonly flags: readonly LidFlag[];
  /** In `closed_locked` the one that was given up: should its latch move late, the opening is still charged to it. */
  readonly cycle: Cycle | null;
  /** When the present state runs out, monotonic; null for never. Meaningless after a restart. */
  readonly dueMs: number | null;
  /** Attempts to latch since the lid was last closed. */
  readonly latchTries: number;
}

export interface LidTimes {
  readonly actuatorMs: number;
  readonly unlockMs: number;
  readonly openLimitMs: number;
}

const lidRules = { unlatchTriesMax: 3, latchTriesMax: 3 } as const;

export type LidInput =
  | { readonly type: "authorise"; readonly cycle: Cycle }
  | { readonly type: "reading"; readonly reading: LidReading }
  /** After a start: where the sensors see the lid, whatever was remembered. */
  | { readonly type: "recover"; readonly reading: LidReading }
  /** The authorisation was taken back, or the lid is to be closed by order. */
  | { readonly type: "revoke" }
  /** The latch would not move; the same as waiting in vain for it. */
  | { readonly type: "actuator_failed"; readonly direction: "release" | "engage" }
  | { readonly type: "tick" };

/** One step of the lid's history, to be recorded. */
export interface LidEvent {
  readonly event: LidEventName;
  readonly from: LidPlace;
  readonly to: LidPlace;
  readonly flags: readonly LidFlag[];
  readonly cycle: Cycle | null;
}

export interface LidStep {
  readonly lid: Lid;
  readonly events: readonly LidEvent[];
  /** What to do with the latch, after the events are safe. */
  readonly act: "unlatch" | "latch" | null;
  /** The episode that ended in this step. */
  readonly ended: Cycle | null;
}

export interface LidContext {
  /** Monotonic. */
  readonly nowMs: number;
  /** Trusted time, for the expiry of what was authorised. */
  readonly trustedMs: number;
  readonly times: LidTimes;
  readonly newNonce: () => string;
}

export const lockedLid: Lid = { at: "closed_locked", flags: [], cycle: null, dueMs: null, latchTries: 0 };

/** Decides. Which state follows which is `lidTable`; the act is carried out only after the events were committed. */
export function stepLid(lid: Lid, input: LidInput, context: LidContext): LidStep {
  switch (input.type) {
    case "authorise":
      return unlatch(lid, input.cycle, context);
    case "recover":
      return sensed({ ...lid, dueMs: null }, input.reading, context, true);
    case "reading":
      return sensed(lid, input.reading, context, false);
    case "revoke":
      return revoke(lid, context);
    case "actuator_failed": {
      const isAwaited = lid.at === (input.direction === "release" ? "unlock_authorised" : "closed_unlocked");
      return isAwaited ? runOut(lid, context) : still(lid);
    }
    case "tick":
      return lid.dueMs !== null && context.nowMs >= lid.dueMs ? runOut(lid, context) : still(lid);
  }
}

function sensed(lid: Lid, reading: LidReading, context: LidContext, isStart: boolean): LidStep {
  if (reading.position === "unknown" || reading.latch === "unknown") return blind(lid, reading, isStart);
  if (isStart || lid.at === "unknown") return withFaults(recover(lid, reading, context), reading);
  if (reading.position === "open") return withFaults(opened(lid, context), reading);
  const isLatched = reading.latch === "engaged";
  return withFaults(isLatched ? closedAndLatched(lid) : closedAndFree(lid, context), reading);
}

function blind(lid: Lid, reading: LidReading, isStart: boolean): LidStep {
  const flags = reading.faults.reduce(withFlag, lid.flags);
  if (lid.at === "unknown" && !isStart && flags.length === lid.flags.length) return still(lid);
  return move({ ...lid, flags }, "sensor_lost", isWaiting(lid) ? lid.dueMs : null);
}

/** Unlatched for somebody to lift it, or seen so last before its sensors were lost. */
function isWaiting({ at, cycle, latchTries, dueMs }: Lid): boolean {
  const isFree = at === "closed_unlocked" || at === "unknown";
  return isFree && cycle?.hasOpened === false && latchTries === 0 && dueMs !== null;
}

/** The flags that the rules here set; the others are the device's own and go when it no longer says so. */
const decidedFlags: readonly LidFlag[] = ["forced_open", "jammed", "ajar"];

/** Faults add up while the lid is away from its place. Sensed closed and locked, only those stay that are still there. */
function withFaults(step: LidStep, reading: LidReading): LidStep {
  const { lid } = step;
  const kept = lid.at === "closed_locked" ? lid.flags.filter((flag) => decidedFlags.includes(flag)) : lid.flags;
  const flags = reading.faults.reduce(withFlag, kept);
  const isSame = flags.length === lid.flags.length && flags.every((flag) => lid.flags.includes(flag));
  return isSame ? step : join(step, { ...move({ ...lid, flags }, "flagged", lid.dueMs), act: step.act });
}

/** The sensors are the truth about the lid: where they see it is where it is, whatever we believed. */
function recover(lid: Lid, reading: LidReading, context: LidContext): LidStep {
  if (reading.position === "open" || wasOpenUnseen(lid, reading)) {
    const cycle = lid.cycle && { ...lid.cycle, hasOpened: true };
    const flags = cycle ? lid.flags : withFlag(lid.flags, "forced_open");
    const open = move({ ...lid, flags, cycle }, "recovered_open", context.nowMs + context.times.openLimitMs);
    if (reading.position === "open") return open;
    return join(open, reading.latch === "engaged" ? closedAndLatched(open.lid) : closedAndFree(open.lid, context));
  }
  if (reading.latch === "engaged" && !wasReleasedUnseen(lid, reading)) return end(lid, "recovered_closed_locked");
  if (reading.latch === "engaged") {
    const free = move(lid, "recovered_closed_unlocked", null);
    return join(free, end(free.lid, "latch_engaged"));
  }
  if (isWaiting(lid)) return move(lid, "recovered_closed_unlocked", lid.dueMs);
  return latch(move({ ...lid, latchTries: 0 }, "recovered_closed_unlocked", null), context);
}

/** The device remembers that the lid was opened with our last intent while nobody here looked. */
function wasOpenUnseen({ cycle }: Lid, { lastUnlatch }: LidReading): boolean {
  return cycle?.hasOpened === false && lastUnlatch?.opened === true && isOfIntent(lastUnlatch, cycle);
}

/** The latch was driven for our last intent and let go, and the device has latched the lid again by itself. */
function wasReleasedUnseen({ at, cycle }: Lid, { lastUnlatch, faults }: LidReading): boolean {
  if (at !== "unlock_authorised" || !cycle || !lastUnlatch || faults.includes("stalled")) return false;
  return isOfIntent(lastUnlatch, cycle);
}

function isOfIntent({ hash }: LastUnlatch, { authorisation, nonce }: Cycle): boolean {
  return nonce !== null && hash === unlatchHash({ authorisation, nonce });
}

function opened(lid: Lid, context: LidContext): LidStep {
  const dueMs = context.nowMs + context.times.openLimitMs;
  switch (lid.at) {
    case "open":
    case "unknown":
      return still(lid);
    case "closed_locked": {
      const forced = { ...lid, flags: withFlag(lid.flags, "forced_open"), cycle: spend(lid.cycle) };
      return move(forced, "opened_unauthorised", dueMs);
    }
    case "unlock_authorised": {
      const released = move(lid, "latch_released", null);
      return join(released, move({ ...released.lid, cycle: spend(lid.cycle) }, "lid_opened", dueMs));
    }
    case "closed_unlocked":
      return move({ ...lid, cycle: spend(lid.cycle) }, "lid_opened", dueMs);
  }
}

function closedAndLatched(lid: Lid): LidStep {
  switch (lid.at) {
    case "closed_locked":
    case "unlock_authorised":
    case "unknown":
      return still(lid);
    case "closed_unlocked":
      return end(lid, "latch_engaged");
    case "open": {
      const closed = move(lid, "lid_closed", null);
      return join(closed, end(closed.lid, "latch_engaged"));
    }
  }
}

function closedAndFree(lid: Lid, context: LidContext): LidStep {
  switch (lid.at) {
    case "closed_unlocked":
    case "unknown":
      return still(lid);
    case "closed_locked": {
      // Nobody was allowed to release it. Latch it again and say that something is wrong.
      const flagged = { ...lid, flags: withFlag(lid.flags, "sensor_disagree"), latchTries: 0 };
      return latch(move(flagged, "latch_released_unauthorised", null), context);
    }
    case "unlock_authorised":
      return move(lid, "latch_released", context.nowMs + context.times.unlockMs);
    case "open":
      return latch(move({ ...lid, latchTries: 0 }, "lid_closed", null), context);
  }
}

/** The time of a state is over, or its actuator failed. */
function runOut(lid: Lid, context: LidContext): LidStep {
  switch (lid.at) {
    case "closed_locked":
    case "unknown":
      return still({ ...lid, dueMs: null });
    case "unlock_authorised": {
      const timedOut = move(lid, "actuator_timeout", null);
      const cycle = lid.cycle;
      if (!cycle || context.trustedMs >= cycle.expiresAtMs) return { ...timedOut, ended: cycle };
      if (cycle.unlatchings >= lidRules.unlatchTriesMax) return jam(timedOut);
      return join(timedOut, unlatch(timedOut.lid, { ...cycle, unlatchings: cycle.unlatchings + 1 }, context));
    }
    case "closed_unlocked": {
      if (lid.latchTries === 0) {
        return latch(move(lid, "unlock_timeout", null), context);
      }
      const failed = move(lid, "latch_failed", null);
      if (lid.latchTries >= lidRules.latchTriesMax) return jam(failed);
      return latch(failed, context);
    }
    case "open":
      return move({ ...lid, flags: withFlag(lid.flags, "ajar") }, "open_too_long", null);
  }
}

function revoke(lid: Lid, context: LidContext): LidStep {
  if (lid.cycle === null || lid.cycle.hasOpened || lid.latchTries > 0) return still(lid);
  if (lid.at === "closed_unlocked") return latch(move(lid, "revoked", null), context);
  // Nobody knows where it is; found unlatched, it is locked.
  if (lid.at === "unknown") return still({ ...lid, dueMs: null });
  if (lid.at !== "unlock_authorised") return still(lid);
  // The latch may be on its way already; latching once more does no harm, and its sensor has the last word.
  return { ...move(lid, "revoked", null), act: "latch", ended: lid.cycle };
}

function jam(step: LidStep): LidStep {
  const { lid } = step;
  const jammed = move({ ...lid, flags: withFlag(lid.flags, "jammed") }, "jammed", null);
  if (lid.at !== "closed_locked") return join(step, jammed);
  return join(step, { ...jammed, ended: lid.cycle });
}

function latch(step: LidStep, context: LidContext): LidStep {
  const { lid } = step;
  const dueMs = context.nowMs + context.times.actuatorMs;
  return { ...step, lid: { ...lid, latchTries: lid.latchTries + 1, dueMs }, act: "latch" };
}

function unlatch(lid: Lid, cycle: Cycle, context: LidContext): LidStep {
  const intended = { ...cycle, nonce: context.newNonce() };
  const authorised = move(
    { ...lid, cycle: intended, latchTries: 0 },
    "authorised",
    context.nowMs + context.times.actuatorMs,
  );
  return { ...authorised, act: "unlatch" };
}

/** Sensed closed and locked: the episode is over and no fault outlives it. */
function end(lid: Lid, event: LidEventName): LidStep {
  const step = move({ ...lid, flags: [] }, event, null);
  return { ...step, lid: { ...lockedLid }, ended: lid.cycle };
}

/** Where an event leads is the table's business. */
function move(lid: Lid, event: LidEventName, dueMs: number | null): LidStep {
  const to = next(lidTable, lid.at, event);
  assert(to.ok && to.value !== "opening" && to.value !== "closing", `the lid's table knows no ${event} in ${lid.at}`);
  const { flags, cycle } = lid;
  const moved = { ...lid, at: to.value, dueMs };
  return { lid: moved, events: [{ event, from: lid.at, to: to.value, flags, cycle }], act: null, ended: null };
}

function still(lid: Lid): LidStep {
  return { lid, events: [], act: null, ended: null };
}

function join(first: LidStep, second: LidStep): LidStep {
  return { ...second, events: [...first.events, ...second.events], ended: first.ended ?? second.ended };
}

function spend(cycle: Cycle | null): Cycle | null {
  return cycle && { ...cycle, hasOpened: true };
}

function withFlag(flags: readonly LidFlag[], flag: LidFlag): readonly LidFlag[] {
  return flags.includes(flag) ? flags : [...flags, flag];
}
