import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { LidPurpose } from "@kerbside/proto/robot/lid";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { isUnlockUnderWay, type UnlockStatus } from "@kerbside/proto/states/unlock";

/** What an opening is for, by where the delivery stands; null where nobody has a reason to open. */
export const purposeAt: Readonly<Record<DeliveryState, LidPurpose | null>> = {
  created: null,
  confirmed: null,
  enroute_to_pickup: null,
  arrived_at_pickup: "load",
  picked_up: null,
  enroute_to_dropoff: null,
  arrived_at_dropoff: "unload",
  delivered: null,
  enroute_to_return: null,
  arrived_at_return: "return_unload",
  returned: null,
  cancelled: null,
  failed: null,
};

export interface Openable {
  readonly state: DeliveryState;
  readonly isCancelRequested: boolean;
  /** Whether an attempt is open: without one no robot answers to this delivery. */
  readonly hasRobot: boolean;
}

/** Who wants to open. Store staff open at the store; the customer's lid is for the customer and for operators. */
export type Opener = "customer" | "merchant" | "operator";

export function purposeFor(delivery: Openable, opener: Opener): Result<LidPurpose, "robot_not_at_stop" | "forbidden"> {
  const purpose = delivery.hasRobot ? purposeAt[delivery.state] : null;
  if (purpose === null || (purpose === "load" && delivery.isCancelRequested)) return err("robot_not_at_stop");
  if (opener === "customer" && purpose !== "unload") return err("robot_not_at_stop");
  if (opener === "merchant" && purpose === "unload") return err("forbidden");
  return ok(purpose);
}

/** Why the customer's button is off, in words; null when it is on. */
export function whyNotOpen(
  { state }: Pick<Openable, "state">,
  link: { readonly scope: "view" | "unlock"; readonly lastStatus: UnlockStatus | null },
): string | null {
  if (link.scope === "view") return "This link shows the delivery, it cannot open the lid.";
  if (state === "delivered") return "It has been delivered.";
  if (state !== "arrived_at_dropoff") return "The robot is not at your door yet.";
  if (link.lastStatus !== null && isUnlockUnderWay[link.lastStatus]) return "The robot is opening already.";
  return null;
}

/** What speaks for a new status of an opening: how far its command came, or what the lid was sensed to do. */
export type Evidence =
  | { readonly type: "command"; readonly state: string }
  | { readonly type: "lid"; readonly to: string };

/**
 * The status after one more piece of evidence. It only moves on, whatever order the evidence comes in; what was sensed
 * outranks what was guessed, so an opening that nobody believed in any more may still turn out to have happened.
 */
export function statusAfter(status: UnlockStatus, evidence: Evidence): UnlockStatus {
  const told = evidence.type === "lid" ? lidStatus(status, evidence.to) : commandStatuses[evidence.state];
  if (!told || rank[told] <= rank[status]) return status;
  if (hasEnded(status) && evidence.type === "command") return status;
  return told;
}

/** How far the delivery's lid has come, whoever opened it and with what: a new opening begins again. */
export function lidStatusAfter(status: UnlockStatus | null, to: string): UnlockStatus | null {
  const isNew = status === null || hasEnded(status);
  if (isNew) return beginnings[to] ?? status;
  return statusAfter(status, { type: "lid", to });
}

const beginnings: Readonly<Record<string, UnlockStatus>> = {
  unlock_authorised: "opening",
  closed_unlocked: "unlatched",
  open: "opened",
};

const commandStatuses: Readonly<Record<string, UnlockStatus>> = {
  created: "requested",
  queued: "requested",
  sent: "sent",
  delivered: "sent",
  accepted: "opening",
  executing: "opening",
  succeeded: "unlatched",
  failed: "failed",
  rejected: "refused",
  expired: "expired",
  cancelled: "expired",
  superseded: "expired",
  outcome_unknown: "unknown",
};

/** `opening` may be followed by an end without an opening; an end that nobody sensed by what was sensed after all. */
const rank: Readonly<Record<UnlockStatus, number>> = {
  requested: 0,
  sent: 1,
  opening: 2,
  refused: 3,
  failed: 3,
  expired: 3,
  unknown: 3,
  unlatched: 4,
  opened: 5,
  closed: 6,
};

function hasEnded(status: UnlockStatus): boolean {
  return !isUnlockUnderWay[status];
}

function lidStatus(status: UnlockStatus, to: string): UnlockStatus | null {
  if (to === "unlock_authorised") return "opening";
  if (to === "closed_unlocked") return status === "opened" ? null : "unlatched";
  if (to === "open") return "opened";
  return to === "closed_locked" && (status === "opened" || status === "unlatched") ? "closed" : null;
}
