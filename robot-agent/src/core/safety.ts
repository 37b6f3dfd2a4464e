import type { JournalBody } from "@kerbside/proto/robot/journal";
import { closeRemainders, takeCommand, takeCommands } from "./commands.ts";
import { takePin, takePinResult, takeRevocations } from "./grants.ts";
import { changeMotion, moveLid, robot } from "./ledger.ts";
import type { Draft, Motion, Safety, SafetyChain, SafetyContext, SafetyInput, SafetyStep } from "./safety-state.ts";
import { certainMs, trustedMs } from "./trusted-time.ts";

/** How long executed commands and used grants are remembered. */
const memoryMs = 7 * 24 * 3_600_000;

/**
 * Decides about the lid, the goods and who may touch them. Facts and the new state are committed together; only then
 * are the acts carried out. If the commit fails, the whole step never happened. Rules and invariants: SPEC.md.
 */
export function stepSafety(safety: Safety, input: SafetyInput, context: SafetyContext): SafetyStep {
  const draft: Draft = { safety, facts: [], acts: [], signedAtMs: null };
  if (input.type === "journal_started") startJournal(draft, input.started, context);
  else if (context.isReady) decide(draft, input, context);
  else if (input.type === "pin") {
    draft.acts.push({ type: "answer_pin", attemptId: input.attemptId, answer: "keypad_busy" });
  }
  moveBody(draft, context);
  return draft;
}

function startJournal(draft: Draft, started: JournalBody<"journal_started">, context: SafetyContext): void {
  draft.facts.push({ type: "journal_started", actor: robot(context), body: started });
  if (started.reason !== "repaired") return;
  draft.safety = { ...draft.safety, notBeforeMs: trustedMs(context.time, context.now) };
}

function decide(draft: Draft, input: Exclude<SafetyInput, { type: "journal_started" }>, context: SafetyContext): void {
  // Before anything else, at every turn: a withdrawal whose writing failed once must not wait behind a retry.
  if (input.type !== "started") takeRevocations(draft, input.type === "mirror" ? input.before : context.view, context);
  switch (input.type) {
    case "started":
      moveLid(draft, { type: "recover", reading: input.reading }, context);
      closeRemainders(draft, context);
      takeRevocations(draft, context.view, context);
      takeCommands(draft, context);
      break;
    case "lid_reading":
      moveLid(draft, { type: "reading", reading: input.reading }, context);
      break;
    case "actuator_failed":
      moveLid(draft, input, context);
      break;
    case "command":
      takeCommand(draft, input.signed, input.road, context);
      break;
    case "mirror":
      takeCommands(draft, context);
      break;
    case "pin":
      takePin(draft, input, context);
      break;
    case "pin_checked":
      takePinResult(draft, input, context);
      break;
    case "tick":
      moveLid(draft, { type: "tick" }, context);
      // What could not be written when it came is still in the mirror and has its second chance here.
      takeCommands(draft, context);
      forget(draft, context);
      break;
  }
}

/**
 * What the chassis and people say about moving. A chain that is cut with no visible cause stays an e-stop until somebody
 * releases it; one that was cut because the robot hung in the air is closed again when it stands.
 */
function moveBody(draft: Draft, { chain, ...context }: SafetyContext): void {
  const motion = motionOf(draft.safety, chain);
  const cause = chain.isPressed ? "button" : draft.safety.isStoppedRemotely ? "remote" : "sensor";
  changeMotion(draft, motion, cause, context);
  if (motion === "normal" && chain.isEngaged) draft.acts.push({ type: "release_estop" });
}

function motionOf({ motion, isStoppedRemotely }: Safety, chain: SafetyChain): Motion {
  if (chain.isPressed || isStoppedRemotely) return "e_stop";
  if (chain.isTippedOver) return "tipped_over";
  if (chain.isLifted) return "lifted";
  const isOurs = motion === "lifted" || motion === "tipped_over";
  return chain.isEngaged && !isOurs ? "e_stop" : "normal";
}

/** By certain time: a wall clock that jumps ahead must not make the robot forget what it must refuse. */
function forget(draft: Draft, context: SafetyContext): void {
  const oldestMs = certainMs(context.time, context.now) - memoryMs;
  const { commands, grants } = draft.safety;
  const isOld = ({ atMs }: { readonly atMs: number }): boolean => atMs < oldestMs;
  if (![...commands.values()].some(isOld) && ![...grants.values()].some(isOld)) return;
  draft.safety = {
    ...draft.safety,
    commands: new Map([...commands].filter(([, record]) => record.state === "intended" || !isOld(record))),
    grants: new Map([...grants].filter(([, record]) => !isOld(record))),
  };
}
