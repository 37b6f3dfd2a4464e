import { err, ok, type Result } from "@kerbside/proto/base/result";
import { fromInstant } from "@kerbside/proto/base/time";
import type { DeliveryReason, DeliveryState } from "@kerbside/proto/states/delivery";
import { deliveryTable, failureReasons, isLoaded } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import { isUnlockUnderWay, type UnlockStatus } from "@kerbside/proto/states/unlock";
import type { Step } from "./progress.ts";
import { wayBy } from "./progress.ts";

/** One right to open for loading, of any attempt at the delivery, that may not have been heard to end. */
export interface LoadGrant {
  readonly expires_at: string;
  readonly settled_at: string | null;
  readonly was_used: boolean | null;
}

export interface Cancellable {
  readonly state: DeliveryState;
  readonly isCancelRequested: boolean;
  readonly loadGrants: readonly LoadGrant[];
  /** The newest opening that somebody asked for, whatever it is for. */
  readonly lastUnlock: { readonly purpose: string; readonly status: UnlockStatus } | null;
  /** How far the latest opening has come, by PIN too. */
  readonly lidStatus: UnlockStatus | null;
}

export type CancelDecision =
  /** It is over: no robot can be loading it. */
  | { readonly type: "cancelled"; readonly steps: readonly Step[] }
  /** A robot may be loading out of reach: it is told, and the delivery waits for its word. */
  | { readonly type: "requested" }
  /** The goods are aboard: they are wanted back. */
  | { readonly type: "return" }
  | { readonly type: "unchanged" };

/**
 * Somebody wants the delivery to end. Partners and merchants may until the goods are aboard. Operators may afterwards
 * too, until the customer's opening has begun. An operator who asks once more, when every load grant has run out, takes
 * it upon himself that nothing was loaded.
 */
export function cancel(
  delivery: Cancellable,
  by: { readonly isOperator: boolean; readonly nowMs: number },
): Result<CancelDecision, "delivery_not_cancellable"> {
  const { state } = delivery;
  if (state === "cancelled") return ok({ type: "unchanged" });
  if (isTerminal(deliveryTable, state)) return err("delivery_not_cancellable");
  if (isLoaded(state)) return by.isOperator ? wantBack(delivery) : err("delivery_not_cancellable");
  if (isCertainlyUnloaded(delivery)) return ok({ type: "cancelled", steps: cancelSteps(state) });
  if (!delivery.isCancelRequested) return ok({ type: "requested" });
  const haveRunOut = delivery.loadGrants.every((grant) => by.nowMs >= fromInstant(grant.expires_at));
  return ok(by.isOperator && haveRunOut ? { type: "cancelled", steps: cancelSteps(state) } : { type: "unchanged" });
}

/** Why a cancel was refused, in words. */
export function whyNotCancellable(state: DeliveryState, isOperator: boolean): string {
  if (isTerminal(deliveryTable, state)) return `it is ${state} already`;
  return isOperator
    ? "its customer is opening the lid"
    : "the goods are aboard; an operator can have them brought back";
}

/** Whether a requested cancel has become one: every load grant is known to be void and unused, and no lid is at work. */
export function isCertainlyUnloaded({ loadGrants, lastUnlock }: Cancellable): boolean {
  const isLoading = lastUnlock?.purpose === "load" && isUnlockUnderWay[lastUnlock.status];
  return !isLoading && loadGrants.every((grant) => grant.settled_at !== null && grant.was_used !== true);
}

export function cancelSteps(state: DeliveryState): readonly Step[] {
  return endSteps(state, "cancelled", "cancelled_by_creator");
}

/** A named operator gives up what can only be given up for a reason that fits where it is. */
export function giveUp(state: DeliveryState, reason: DeliveryReason): Result<readonly Step[], "transition_not_legal"> {
  if (!failureReasons[state].includes(reason)) return err("transition_not_legal");
  const steps = endSteps(state, "failed", reason);
  return steps.length > 0 ? ok(steps) : err("transition_not_legal");
}

function wantBack({ state, isCancelRequested, lidStatus }: Cancellable): ReturnType<typeof cancel> {
  if (isCancelRequested || state === "enroute_to_return" || state === "arrived_at_return") {
    return ok({ type: "unchanged" });
  }
  const hasBegun = lidStatus !== null && unloading.has(lidStatus);
  return state === "arrived_at_dropoff" && hasBegun ? err("delivery_not_cancellable") : ok({ type: "return" });
}

const unloading: ReadonlySet<UnlockStatus> = new Set(["opening", "unlatched", "opened", "closed"] as const);

function endSteps(state: DeliveryState, event: "cancelled" | "failed", reason: DeliveryReason): readonly Step[] {
  return (wayBy(state, event, new Set()) ?? []).map((step) => ({ ...step, reason }));
}
