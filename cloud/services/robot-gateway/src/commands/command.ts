import { err, ok, type Result } from "@kerbside/proto/base/result";
import { commandLifeMs } from "@kerbside/proto/robot/command";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import { type CommandEvent, type CommandState, commandTable } from "@kerbside/proto/states/command";
import { isTerminal, next } from "@kerbside/proto/states/table";

/** How far a command's life has come. */
export interface CommandLife {
  readonly state: CommandState;
  readonly reason: string | null;
  /** What the robot said after the life had ended without its word. */
  readonly observedOutcome: string | null;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
  readonly steps: readonly CommandStep[];
}

interface CommandStep {
  readonly state: CommandState;
  readonly atMs: number;
}

/** What a robot's journal says about a command. */
export type Evidence =
  | { readonly type: "received" }
  | { readonly type: "rejected"; readonly reason: string }
  | { readonly type: "intended" }
  | { readonly type: "finished"; readonly outcome: "succeeded" | "failed"; readonly detail: string | null };

export function newCommandLife(nowMs: number, expiresAtMs: number): CommandLife {
  const created: CommandLife = {
    state: "created",
    reason: null,
    observedOutcome: null,
    expiresAtMs,
    endedAtMs: null,
    steps: [{ state: "created", atMs: nowMs }],
  };
  return take(created, "queued", nowMs);
}

export function hasEnded({ state }: Pick<CommandLife, "state">): boolean {
  return isTerminal(commandTable, state);
}

/** The command that a fact of the journal speaks of, and what it says. */
export function evidenceOf(entry: JournalEntry): { readonly commandId: string; readonly evidence: Evidence } | null {
  switch (entry.type) {
    case "command_received":
      return { commandId: entry.body.command_id, evidence: { type: "received" } };
    case "command_rejected":
      return { commandId: entry.body.command_id, evidence: { type: "rejected", reason: entry.body.reason } };
    case "command_intended":
      return { commandId: entry.body.command_id, evidence: { type: "intended" } };
    case "command_finished": {
      const { command_id, outcome, detail } = entry.body;
      return { commandId: command_id, evidence: { type: "finished", outcome, detail } };
    }
    default:
      return null;
  }
}

/**
 * Goes as far as the evidence reaches, through every step in between: the robot may have heard of the command on the
 * road that we did not count as sent. What comes after the end is kept beside it and reopens nothing.
 */
export function advance(life: CommandLife, evidence: Evidence, atMs: number): CommandLife {
  if (hasEnded(life)) return observe(life, evidence);
  const moved = roadTo(evidence).reduce((at: CommandLife, event) => take(at, event, atMs), life);
  if (moved === life || !hasEnded(moved)) return moved;
  return { ...moved, reason: wordsOf(evidence) };
}

/** The message went out to a robot that is connected. */
export function markSent(life: CommandLife, nowMs: number): CommandLife {
  return take(life, "sent", nowMs);
}

export function cancel(
  life: CommandLife,
  reason: string,
  nowMs: number,
): Result<CommandLife, "command_not_cancellable"> {
  const cancelled = take(life, "cancelled", nowMs);
  return cancelled === life ? err("command_not_cancellable") : ok({ ...cancelled, reason });
}

/** When the cloud ends the life by itself if nothing else does; null once it has ended. */
export function sweepDueAtMs(life: Pick<CommandLife, "state" | "expiresAtMs">): number | null {
  if (hasEnded(life)) return null;
  return isUnsent(life.state) ? life.expiresAtMs : life.expiresAtMs + commandLifeMs.outcomeGrace;
}

/** What was never sent has expired; of what was sent nobody knows. */
export function sweep(life: CommandLife, nowMs: number): CommandLife {
  const dueAtMs = sweepDueAtMs(life);
  if (dueAtMs === null || nowMs < dueAtMs) return life;
  return isUnsent(life.state)
    ? { ...take(life, "expired", nowMs), reason: "the robot was not connected" }
    : { ...take(life, "evidence_missing", nowMs), reason: "no word from the robot" };
}

function isUnsent(state: CommandState): boolean {
  return state === "created" || state === "queued";
}

function roadTo(evidence: Evidence): readonly CommandEvent[] {
  const received: readonly CommandEvent[] = ["queued", "sent", "delivered"];
  switch (evidence.type) {
    case "received":
      return received;
    case "rejected":
      return [...received, "rejected"];
    case "intended":
      return [...received, "accepted", "execution_started"];
    case "finished":
      return [...received, "accepted", "execution_started", evidence.outcome];
  }
}

function observe(life: CommandLife, evidence: Evidence): CommandLife {
  if (evidence.type !== "rejected" && evidence.type !== "finished") return life;
  // The robot's word on how it ended is the same fact again, or came too late to count.
  const isOwnEnd = life.state === "rejected" || life.state === "succeeded" || life.state === "failed";
  if (isOwnEnd || life.observedOutcome !== null) return life;
  const outcome = evidence.type === "rejected" ? "rejected" : evidence.outcome;
  const words = wordsOf(evidence);
  return { ...life, observedOutcome: words === null ? outcome : `${outcome}: ${words}` };
}

function wordsOf(evidence: Evidence): string | null {
  if (evidence.type === "rejected") return evidence.reason;
  return evidence.type === "finished" ? evidence.detail : null;
}

/** Takes the step if it is legal from here; otherwise the life stays where it is. */
function take(life: CommandLife, event: CommandEvent, atMs: number): CommandLife {
  const step = next(commandTable, life.state, event);
  if (!step.ok) return life;
  const steps = [...life.steps, { state: step.value, atMs }];
  return { ...life, state: step.value, steps, endedAtMs: isTerminal(commandTable, step.value) ? atMs : null };
}
