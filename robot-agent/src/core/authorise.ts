import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { Command } from "@kerbside/proto/robot/command";
import { type Grant, pinPolicy } from "@kerbside/proto/robot/grant";
import type { Holder } from "@kerbside/proto/robot/journal";
import type { LidPurpose } from "@kerbside/proto/robot/lid";
import type { StopKind } from "@kerbside/proto/robot/mission";
import type { Lid } from "./lid-cycle.ts";

/** Why the lid stays shut. Stable codes: they travel in facts and are shown to people. */
export type Refusal =
  | "expired"
  | "not_yet_valid"
  | "life_too_long"
  | "issued_before_repair"
  | "wrong_robot"
  | "wrong_epoch"
  | "precondition_failed"
  | "bad_arguments"
  | "lid_not_locked"
  | "moving"
  | "lifted"
  | "wrong_compartment"
  | "not_at_stop"
  | "wrong_stop"
  | "wrong_delivery"
  | "wrong_place"
  | "superseded_attempt"
  | "goods_elsewhere"
  | "goods_aboard"
  | "used"
  | "revoked"
  | "unlatchings_used_up"
  | "journal_unwritable"
  | "time_unknown";

/** The stop where the robot stands, as its mission has it. */
export interface StandingAt {
  readonly kind: StopKind;
  readonly deliveryId: string | null;
  readonly attemptId: string | null;
  readonly fencingToken: number | null;
  readonly compartment: number;
}

/** Everything outside the authorisation itself that decides about an opening. */
export interface Situation {
  readonly stop: StandingAt | null;
  readonly isMoving: boolean;
  /** Lifted or tipped over. */
  readonly isUpset: boolean;
  readonly place: Place | null;
  readonly isJournalWritable: boolean;
  readonly isTimeKnown: boolean;
}

export interface Claim {
  readonly purpose: LidPurpose;
  readonly compartment: number;
  readonly deliveryId: string | null;
}

/** A signed order is at home only where it says, and only while it lives. */
export function refuseCommand(
  command: Command,
  self: {
    readonly epoch: number;
    readonly trustedMs: number;
    readonly lifeMaxMs: number;
    readonly notBeforeMs: number;
  },
  situation: Situation,
): Refusal | null {
  if (command.epoch !== null && command.epoch !== self.epoch) return "wrong_epoch";
  if (command.expires_at - command.issued_at > self.lifeMaxMs) return "life_too_long";
  if (self.trustedMs >= command.expires_at) return "expired";
  if (command.issued_at < self.notBeforeMs) return "issued_before_repair";
  const { precondition } = command;
  if (precondition?.delivery_id && precondition.delivery_id !== situation.stop?.deliveryId)
    return "precondition_failed";
  if (precondition?.at_stop && precondition.at_stop !== situation.stop?.kind) return "precondition_failed";
  return null;
}

export interface GrantUse {
  readonly unlatchings: number;
  readonly isSpent: boolean;
  readonly isRevoked: boolean;
}

export const unusedGrant: GrantUse = { unlatchings: 0, isSpent: false, isRevoked: false };

/** A grant opens for its delivery, in its place and time, until its use is spent. */
export function refuseGrant(
  grant: Grant,
  use: GrantUse,
  self: { readonly trustedMs: number; readonly notBeforeMs: number },
  situation: Situation,
): Refusal | null {
  if (use.isRevoked) return "revoked";
  if (use.isSpent) return "used";
  if (use.unlatchings >= pinPolicy.unlatchingsMax) return "unlatchings_used_up";
  if (self.trustedMs >= grant.exp) return "expired";
  if (self.trustedMs < grant.nbf) return "not_yet_valid";
  if (grant.nbf < self.notBeforeMs) return "issued_before_repair";
  if (situation.stop?.fencingToken !== grant.fencing_token) return "superseded_attempt";
  if (situation.place && distanceM(situation.place, grant.place) > grant.radius_m) return "wrong_place";
  return null;
}

/** Whether the latch may be energised here and now, whoever asks. */
export function refuseOpening(claim: Claim, lid: Lid, custody: Custody | null, situation: Situation): Refusal | null {
  if (!situation.isJournalWritable) return "journal_unwritable";
  if (!situation.isTimeKnown) return "time_unknown";
  if (lid.at !== "closed_locked") return "lid_not_locked";
  if (situation.isMoving) return "moving";
  if (situation.isUpset) return "lifted";
  if (claim.compartment !== (situation.stop?.compartment ?? 0)) return "wrong_compartment";
  return refuseDelivery(claim, custody, situation);
}

/** Who holds the goods of a delivery, by this robot's own records. */
export interface Custody {
  readonly deliveryId: string;
  readonly attemptId: string;
  readonly fencingToken: number;
  readonly compartment: number;
  readonly holder: Holder;
}

export function holderOf(custody: Custody | null, deliveryId: string | null): Holder {
  if (!custody || custody.deliveryId !== deliveryId) return "merchant";
  return custody.holder;
}

/** Where a purpose is at home, and who must hold the goods before it. */
const deliveryGuard = {
  load: { stop: "pickup", holder: "merchant" },
  unload: { stop: "dropoff", holder: "robot" },
  return_unload: { stop: "return", holder: "robot" },
} as const satisfies Partial<Record<LidPurpose, { stop: StopKind; holder: Holder }>>;

function refuseDelivery(claim: Claim, custody: Custody | null, { stop }: Situation): Refusal | null {
  switch (claim.purpose) {
    case "inspect":
    case "service":
      return custody?.holder === "robot" ? "goods_aboard" : null;
    case "transfer":
      if (claim.deliveryId === null || custody?.deliveryId !== claim.deliveryId) return "wrong_delivery";
      return custody.holder === "robot" ? null : "goods_elsewhere";
    case "load":
    case "unload":
    case "return_unload": {
      const guard = deliveryGuard[claim.purpose];
      if (!stop) return "not_at_stop";
      if (stop.kind !== guard.stop) return "wrong_stop";
      if (claim.deliveryId === null || claim.deliveryId !== stop.deliveryId) return "wrong_delivery";
      return holderOf(custody, claim.deliveryId) === guard.holder ? null : "goods_elsewhere";
    }
  }
}
