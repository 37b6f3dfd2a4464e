import type { Actor } from "@kerbside/proto/base/actor";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { MirrorView } from "@kerbside/sync/downlink";
import { type Claim, refuseGrant, refuseOpening, unusedGrant } from "./authorise.ts";
import { moveLid, recordRefusal, robot } from "./ledger.ts";
import { countTry, freshPinLock, isLockedOut } from "./pin-lock.ts";
import type { Draft, PinAnswer, SafetyContext } from "./safety-state.ts";
import { certainMs, trustedMs } from "./trusted-time.ts";

/** Grants that the cloud withdrew: written down once each, with whether they had been used by then. */
export function takeRevocations(draft: Draft, before: MirrorView, context: SafetyContext): void {
  for (const grantId of context.view.revokedGrants) {
    const record = draft.safety.grants.get(grantId);
    if (record?.isRevoked) continue;
    const sealed = before.grants.get(grantId);
    const opened = sealed && context.seals.grant(sealed);
    const deliveryId = record?.deliveryId ?? (opened?.ok ? opened.value.delivery_id : null);
    draft.facts.push({
      type: "grant_revoked",
      actor: robot(context),
      body: { grant_id: grantId, delivery_id: deliveryId, was_used: record?.isSpent ?? false },
    });
    const revoked = {
      ...unusedGrant,
      ...record,
      isRevoked: true,
      deliveryId,
      atMs: certainMs(context.time, context.now),
    };
    draft.safety = { ...draft.safety, grants: new Map(draft.safety.grants).set(grantId, revoked) };
    if (draft.safety.lid.cycle?.authorisation.id === grantId) moveLid(draft, { type: "revoke" }, context);
  }
}

/** Somebody typed digits. Only what could open here and now is compared; without such a grant nothing can be guessed. */
export function takePin(
  draft: Draft,
  typed: { readonly attemptId: string; readonly pin: string },
  context: SafetyContext,
): void {
  const { attemptId, pin } = typed;
  const certain = certainMs(context.time, context.now);
  if (draft.safety.pinCheck) return answer(draft, attemptId, "keypad_busy");
  if (isLockedOut(draft.safety.pinLock, certain)) return refuse(draft, attemptId, "keypad_locked", null, context);
  const usable = usableGrants(draft, context);
  if (usable.length === 0) return refuse(draft, attemptId, whyNone(draft, context), null, context);
  draft.safety = { ...draft.safety, pinLock: countTry(draft.safety.pinLock, certain), pinCheck: { attemptId } };
  const candidates = usable.map((grant) => ({ grantId: grant.grant_id, verifier: grant.pin_verifier }));
  draft.acts.push({ type: "check_pin", attemptId, pin, candidates });
}

/** The slow hash is done. Everything is judged again: time has passed and the robot may have been told otherwise. */
export function takePinResult(
  draft: Draft,
  checked: { readonly attemptId: string; readonly grantId: string | null },
  context: SafetyContext,
): void {
  if (draft.safety.pinCheck?.attemptId !== checked.attemptId) return;
  draft.safety = { ...draft.safety, pinCheck: null };
  if (checked.grantId === null) return refuse(draft, checked.attemptId, "pin_wrong", null, context);
  draft.safety = { ...draft.safety, pinLock: freshPinLock };
  const grant = openedGrants(context).find((one) => one.grant_id === checked.grantId);
  if (!grant) return refuse(draft, checked.attemptId, "no_grant", null, context);
  const refusal = refuseHere(grant, draft, context);
  if (refusal) return refuse(draft, checked.attemptId, refusal, grant, context);
  const cycle = {
    id: context.newId(),
    authorisation: { kind: "grant", id: grant.grant_id } as const,
    purpose: grant.purpose,
    compartment: grant.compartment,
    deliveryId: grant.delivery_id,
    attemptId: grant.attempt_id,
    fencingToken: grant.fencing_token,
    expiresAtMs: grant.exp,
    nonce: null,
    unlatchings: (draft.safety.grants.get(grant.grant_id)?.unlatchings ?? 0) + 1,
    hasOpened: false,
  };
  moveLid(draft, { type: "authorise", cycle }, context);
  answer(draft, checked.attemptId, "accepted");
}

function openedGrants(context: SafetyContext): readonly Grant[] {
  const grants: Grant[] = [];
  for (const signed of context.view.grants.values()) {
    const opened = context.seals.grant(signed);
    if (opened.ok && opened.value.robot_id === context.robotId) grants.push(opened.value);
  }
  return grants;
}

function usableGrants(draft: Draft, context: SafetyContext): readonly Grant[] {
  return openedGrants(context).filter((grant) => refuseHere(grant, draft, context) === null);
}

function refuseHere(grant: Grant, draft: Draft, context: SafetyContext) {
  const claim: Claim = { purpose: grant.purpose, compartment: grant.compartment, deliveryId: grant.delivery_id };
  const use = draft.safety.grants.get(grant.grant_id) ?? unusedGrant;
  const self = { trustedMs: trustedMs(context.time, context.now), notBeforeMs: draft.safety.notBeforeMs };
  return (
    refuseOpening(claim, draft.safety.lid, draft.safety.custody, context.situation) ??
    refuseGrant(grant, use, self, context.situation)
  );
}

/** The most telling reason: that of a grant for the delivery we stand here for, if there is one. */
function whyNone(draft: Draft, context: SafetyContext): PinAnswer {
  const { stop } = context.situation;
  if (!stop) return "not_at_stop";
  const near = openedGrants(context).filter((grant) => grant.delivery_id === stop.deliveryId);
  const reasons = near.map((grant) => refuseHere(grant, draft, context)).filter((reason) => reason !== null);
  return reasons.find((reason) => reason !== "wrong_stop") ?? "no_grant";
}

function refuse(draft: Draft, attemptId: string, reason: PinAnswer, grant: Grant | null, context: SafetyContext): void {
  const body = {
    authorisation: grant && ({ kind: "grant", id: grant.grant_id } as const),
    purpose: grant?.purpose ?? null,
    delivery_id: grant?.delivery_id ?? context.situation.stop?.deliveryId ?? null,
    reason,
  };
  recordRefusal(draft, body, atKeypad(context));
  answer(draft, attemptId, reason);
}

function answer(draft: Draft, attemptId: string, result: PinAnswer): void {
  draft.acts.push({ type: "answer_pin", attemptId, answer: result });
}

/** Whoever types at the pickup is taken for the merchant, at the drop-off for the customer. */
function atKeypad({ situation, robotId }: SafetyContext): Actor {
  const kind = situation.stop?.kind === "pickup" ? "merchant" : "customer";
  return { kind, id: situation.stop?.deliveryId ?? robotId };
}
