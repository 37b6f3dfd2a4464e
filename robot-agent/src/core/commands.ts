import { type Command, commandArgs, commandLifeMs } from "@kerbside/proto/robot/command";
import type { Signed } from "@kerbside/proto/robot/signed";
import { type Refusal, refuseCommand, refuseOpening } from "./authorise.ts";
import { changeMotion, finishCommand, moveLid, recordRefusal, robot } from "./ledger.ts";
import type { Draft, SafetyContext } from "./safety-state.ts";
import { certainMs, hearNotBefore, trustedMs } from "./trusted-time.ts";

/** Orders of the mirror that have no record yet. */
export function takeCommands(draft: Draft, context: SafetyContext): void {
  for (const [id, signed] of context.view.commands) {
    if (!draft.safety.commands.has(id)) takeCommand(draft, signed, "shape", context);
  }
}

/** One order, from either road. Whichever copy comes first is executed; the other is known by the signed id. */
export function takeCommand(draft: Draft, signed: Signed, road: "shape" | "mqtt", context: SafetyContext): void {
  const opened = context.seals.command(signed);
  if (!opened.ok) return refuseSeal(draft, signed, opened.error, context);
  const command = opened.value;
  if (command.robot_id !== context.robotId) return refuseSeal(draft, signed, "wrong_robot", context);
  if (draft.safety.commands.has(command.command_id)) return;
  draft.signedAtMs = Math.max(draft.signedAtMs ?? 0, command.issued_at);
  const heard = { ...context, time: hearNotBefore(context.time, command.issued_at, context.now) };
  const trusted = trustedMs(heard.time, heard.now);
  draft.facts.push({
    type: "command_received",
    actor: command.actor,
    body: { command_id: command.command_id, road },
  });
  const self = {
    epoch: context.epoch,
    trustedMs: trusted,
    lifeMaxMs: commandLifeMs.max,
    notBeforeMs: draft.safety.notBeforeMs,
  };
  const refusal = refuseCommand(command, self, context.situation);
  if (refusal) return reject(draft, command, refusal, heard);
  execute(draft, command, heard);
}

/** After a crash: what was begun and has no result is resolved by what the lid looks like now, never done again. */
export function closeRemainders(draft: Draft, context: SafetyContext): void {
  for (const [id, record] of draft.safety.commands) {
    if (record.state !== "intended") continue;
    const result = remainder(record.kind, draft);
    finishCommand(draft, id, { ...result, reconciled: true }, context);
  }
  if (draft.safety.closing !== null) draft.safety = { ...draft.safety, closing: null };
}

function remainder(kind: string, draft: Draft): { outcome: "succeeded" | "failed"; detail: string } {
  const { at } = draft.safety.lid;
  if (kind === "close_lid") return { outcome: at === "closed_locked" ? "succeeded" : "failed", detail: at };
  // An unlatching that left no trace on the sensors did not open anything.
  return { outcome: at === "open" || at === "closed_unlocked" ? "succeeded" : "failed", detail: at };
}

function execute(draft: Draft, command: Command, context: SafetyContext): void {
  switch (command.kind) {
    case "open_lid":
      return openLid(draft, command, context);
    case "close_lid":
      return closeLid(draft, command, context);
    case "engage_estop":
      begin(draft, command, context);
      draft.safety = { ...draft.safety, isStoppedRemotely: true };
      draft.acts.push({ type: "engage_estop" });
      changeMotion(draft, "e_stop", "remote", context);
      return succeed(draft, command, context);
    case "release_estop":
      return releaseEstop(draft, command, context);
    case "cancel_mission": {
      const args = commandArgs.cancel_mission.safeParse(command.args);
      if (!args.success) return reject(draft, command, "bad_arguments", context);
      begin(draft, command, context);
      draft.acts.push({ type: "cancel_mission", missionId: args.data.mission_id });
      return succeed(draft, command, context);
    }
    case "identify":
      begin(draft, command, context);
      draft.acts.push({ type: "identify" });
      return succeed(draft, command, context);
  }
}

function openLid(draft: Draft, command: Command, context: SafetyContext): void {
  const args = commandArgs.open_lid.safeParse(command.args);
  if (!args.success) return reject(draft, command, "bad_arguments", context);
  const { compartment, purpose, delivery_id } = args.data;
  const claim = { compartment, purpose, deliveryId: delivery_id };
  const refusal = refuseOpening(claim, draft.safety.lid, draft.safety.custody, context.situation);
  const authorisation = { kind: "command", id: command.command_id } as const;
  if (refusal) {
    recordRefusal(draft, { authorisation, purpose, delivery_id, reason: refusal }, command.actor);
    return reject(draft, command, refusal, context);
  }
  begin(draft, command, context);
  const { stop } = context.situation;
  const cycle = {
    id: context.newId(),
    authorisation,
    purpose,
    compartment,
    deliveryId: delivery_id,
    attemptId: stop?.attemptId ?? null,
    fencingToken: stop?.fencingToken ?? null,
    expiresAtMs: command.expires_at,
    nonce: null,
    unlatchings: 1,
    hasOpened: false,
  };
  moveLid(draft, { type: "authorise", cycle }, context);
}

/** Only what was ordered can be taken back by order: a button that is in, or gravity, holds the robot all the same. */
function releaseEstop(draft: Draft, command: Command, context: SafetyContext): void {
  begin(draft, command, context);
  draft.safety = { ...draft.safety, isStoppedRemotely: false };
  const { isPressed, isLifted, isTippedOver } = context.chain;
  if (isPressed || isLifted || isTippedOver) {
    const detail = isPressed ? "the button is in" : isLifted ? "lifted" : "tipped_over";
    return finishCommand(draft, command.command_id, { outcome: "failed", detail }, context);
  }
  draft.acts.push({ type: "release_estop" });
  succeed(draft, command, context);
}

function closeLid(draft: Draft, command: Command, context: SafetyContext): void {
  begin(draft, command, context);
  const { lid } = draft.safety;
  if (lid.at === "closed_locked") return succeed(draft, command, context);
  if (lid.at === "open" || lid.at === "unknown") {
    return finishCommand(draft, command.command_id, { outcome: "failed", detail: lid.at }, context);
  }
  draft.safety = { ...draft.safety, closing: command.command_id };
  moveLid(draft, { type: "revoke" }, context);
}

function begin(draft: Draft, command: Command, context: SafetyContext): void {
  draft.facts.push({
    type: "command_intended",
    actor: command.actor,
    body: { command_id: command.command_id, kind: command.kind },
  });
  remember(draft, command, "intended", context);
}

function succeed(draft: Draft, command: Command, context: SafetyContext): void {
  finishCommand(draft, command.command_id, { outcome: "succeeded", detail: null }, context);
}

function reject(draft: Draft, command: Command, reason: Refusal, context: SafetyContext): void {
  draft.facts.push({
    type: "command_rejected",
    actor: robot(context),
    body: { command_id: command.command_id, reason },
  });
  remember(draft, command, "rejected", context);
}

function remember(draft: Draft, command: Command, state: "intended" | "rejected", context: SafetyContext): void {
  const record = { kind: command.kind, state, atMs: certainMs(context.time, context.now) };
  draft.safety = { ...draft.safety, commands: new Map(draft.safety.commands).set(command.command_id, record) };
}

/**
 * What is not sealed for us has no id that could be believed, so nothing is remembered under its name: a forged copy
 * must not use up the id of the real one.
 */
function refuseSeal(draft: Draft, signed: Signed, reason: string, context: SafetyContext): void {
  const { refusedSeals } = draft.safety;
  if (refusedSeals.has(signed.signature)) return;
  const recent = [...refusedSeals].slice(-99);
  draft.safety = { ...draft.safety, refusedSeals: new Set([...recent, signed.signature]) };
  recordRefusal(draft, { authorisation: null, purpose: null, delivery_id: null, reason }, robot(context));
}
