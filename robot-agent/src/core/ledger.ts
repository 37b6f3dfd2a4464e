import { strict as assert } from "node:assert";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Fact, Holder } from "@kerbside/proto/robot/journal";
import type { LidPurpose } from "@kerbside/proto/robot/lid";
import { type Cycle, type LidEvent, type LidInput, type LidStep, stepLid } from "./lid-cycle.ts";
import type { Draft, Motion, SafetyContext } from "./safety-state.ts";
import { certainMs, trustedMs } from "./trusted-time.ts";

/** Puts one input into the lid's machine and writes down what follows from its step. */
export function moveLid(draft: Draft, input: LidInput, context: SafetyContext): void {
  const { now, time, lidTimes } = context;
  const step = stepLid(draft.safety.lid, input, {
    nowMs: now.monotonicMs,
    trustedMs: trustedMs(time, now),
    times: lidTimes,
    newNonce: context.newId,
  });
  if (step.lid !== draft.safety.lid) draft.safety = { ...draft.safety, lid: step.lid };
  for (const event of step.events) recordLidEvent(draft, event, context);
  if (step.act === "unlatch" && step.lid.cycle) intend(draft, step.lid.cycle, context);
  if (step.act === "latch") draft.acts.push({ type: "latch" });
  if (step.ended) finishCycle(draft, step, step.ended, context);
}

/** The intent stands on the disk before the latch is energised, each time with a nonce of its own. */
function intend(draft: Draft, cycle: Cycle, context: SafetyContext): void {
  const { authorisation, purpose, compartment, deliveryId, nonce } = cycle;
  assert(nonce !== null, "an unlatching is intended with a nonce");
  draft.facts.push({
    type: "unlock_intended",
    actor: robot(context),
    body: { cycle_id: cycle.id, authorisation, nonce, purpose, compartment, delivery_id: deliveryId },
  });
  if (authorisation.kind === "grant") changeGrant(draft, cycle, context);
  draft.acts.push({
    type: "unlatch",
    notAfterMs: cycle.expiresAtMs,
    unlatching: { authorisation, nonce },
  });
}

function recordLidEvent(draft: Draft, event: LidEvent, context: SafetyContext): void {
  const { cycle } = event;
  draft.facts.push({
    type: "lid_changed",
    actor: robot(context),
    body: {
      cycle_id: cycle?.id ?? null,
      compartment: cycle?.compartment ?? 0,
      event: event.event,
      from: event.from,
      to: event.to,
      flags: [...event.flags],
      purpose: cycle?.purpose ?? null,
      delivery_id: cycle?.deliveryId ?? null,
      authorisation: cycle?.authorisation ?? null,
    },
  });
  if (!cycle) return;
  if (cycle.hasOpened && cycle.authorisation.kind === "grant") changeGrant(draft, cycle, context);
  const isReconciled = event.event === "recovered_open" ? cycle.hasOpened : event.event === "recovered_closed_unlocked";
  if (cycle.authorisation.kind === "command" && (event.event === "latch_released" || isReconciled)) {
    const succeeded = { outcome: "succeeded", detail: null, reconciled: isReconciled } as const;
    finishCommand(draft, cycle.authorisation.id, succeeded, context);
  }
}

function changeGrant(draft: Draft, cycle: Cycle, context: SafetyContext): void {
  const { id } = cycle.authorisation;
  const record = draft.safety.grants.get(id);
  const unlatchings = Math.max(record?.unlatchings ?? 0, cycle.unlatchings);
  if (record?.unlatchings === unlatchings && record.isSpent === cycle.hasOpened) return;
  const changed = {
    unlatchings,
    isSpent: record?.isSpent === true || cycle.hasOpened,
    isRevoked: record?.isRevoked ?? false,
    deliveryId: cycle.deliveryId,
    atMs: certainMs(context.time, context.now),
  };
  draft.safety = { ...draft.safety, grants: new Map(draft.safety.grants).set(id, changed) };
}

function finishCycle(draft: Draft, step: LidStep, cycle: Cycle, context: SafetyContext): void {
  const { authorisation } = cycle;
  if (authorisation.kind === "command") {
    const detail = step.events.at(-1)?.flags.at(-1) ?? "the latch did not release";
    const reconciled = step.events.some(({ event }) => event === "recovered_closed_locked");
    finishCommand(draft, authorisation.id, { outcome: "failed", detail, reconciled }, context);
  }
  if (draft.safety.closing !== null && step.lid.at === "closed_locked") {
    finishCommand(draft, draft.safety.closing, { outcome: "succeeded", detail: null }, context);
    draft.safety = { ...draft.safety, closing: null };
  }
  if (cycle.hasOpened && step.lid.at === "closed_locked") passGoods(draft, cycle, context);
}

/** Closed and locked again after it stood open: the goods have passed from one holder to the other. */
function passGoods(draft: Draft, cycle: Cycle, context: SafetyContext): void {
  const passage = passages[cycle.purpose];
  const { deliveryId, attemptId, fencingToken, compartment } = cycle;
  if (!passage || deliveryId === null || attemptId === null || fencingToken === null) return;
  // A lid that was opened and closed with nothing put in, or nothing taken out, moved no goods.
  if (context.goods === (passage.to === "robot" ? "absent" : "present")) return;
  draft.facts.push({
    type: "custody_changed",
    actor: robot(context),
    body: {
      delivery_id: deliveryId,
      attempt_id: attemptId,
      fencing_token: fencingToken,
      compartment,
      ...passage,
      cycle_id: cycle.id,
      place: context.situation.place,
    },
  });
  const custody = { deliveryId, attemptId, fencingToken, compartment, holder: passage.to };
  draft.safety = { ...draft.safety, custody };
}

const passages: Readonly<Partial<Record<LidPurpose, { readonly from: Holder; readonly to: Holder }>>> = {
  load: { from: "merchant", to: "robot" },
  unload: { from: "robot", to: "customer" },
  return_unload: { from: "robot", to: "merchant" },
  transfer: { from: "robot", to: "technician" },
};

/** The one place where a command's record ends. */
export function finishCommand(
  draft: Draft,
  commandId: string,
  result: { readonly outcome: "succeeded" | "failed"; readonly detail: string | null; readonly reconciled?: boolean },
  context: SafetyContext,
): void {
  const record = draft.safety.commands.get(commandId);
  if (record?.state !== "intended") return;
  draft.facts.push({
    type: "command_finished",
    actor: robot(context),
    body: {
      command_id: commandId,
      outcome: result.outcome,
      detail: result.detail,
      reconciled: result.reconciled ?? false,
    },
  });
  const finished = { ...record, state: "finished", atMs: certainMs(context.time, context.now) } as const;
  draft.safety = { ...draft.safety, commands: new Map(draft.safety.commands).set(commandId, finished) };
}

export function changeMotion(
  draft: Draft,
  motion: Motion,
  cause: string,
  context: Pick<SafetyContext, "robotId">,
): void {
  const before = draft.safety.motion;
  if (before === motion) return;
  draft.facts.push({
    type: "safety_changed",
    actor: robot(context),
    body: { from: motionName(before), to: motionName(motion), cause },
  });
  draft.safety = { ...draft.safety, motion };
}

/** A word of `motionTable`; a robot that nothing holds back is written down as stopped, its heartbeats say if it moves. */
export function motionName(motion: Motion): "stopped" | Exclude<Motion, "normal"> {
  return motion === "normal" ? "stopped" : motion;
}

export function robot({ robotId }: Pick<SafetyContext, "robotId">): Actor {
  return { kind: "robot", id: robotId };
}

/** A refusal that somebody will ask about later. */
export function recordRefusal(
  draft: Draft,
  refused: Extract<Fact, { type: "unlock_refused" }>["body"],
  actor: Actor,
): void {
  draft.facts.push({ type: "unlock_refused", actor, body: refused });
}
