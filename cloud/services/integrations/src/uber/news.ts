import { type UberStatus, uberReturnView, uberView } from "@kerbside/proto/states/delivery.projections";
import type { Sheet } from "./sheet.ts";

/** What a partner was told last of a delivery and of its way back. */
export interface Told {
  readonly status: UberStatus;
  readonly imminent: boolean;
  readonly returnStatus: UberStatus | null;
  readonly returnImminent: boolean;
}

/** What a delivery counts as told before its first news. */
export const toldAtBirth: Told = { status: "pending", imminent: false, returnStatus: null, returnImminent: false };

/**
 * What there is to tell now, and what will have been told then. A delivery's own news come before its return's. A new
 * one is news in any case: Uber tells `pending` too, to whoever follows orders without placing them.
 */
export function newsOf(
  told: Told,
  { state }: Pick<Sheet, "state">,
  isNew = false,
): { readonly of: readonly ("delivery" | "return")[]; readonly told: Told } {
  const now = uberView[state];
  const back = uberReturnView[state];
  const of: ("delivery" | "return")[] = [];
  if (isNew || now.status !== told.status || now.courierImminent !== told.imminent) of.push("delivery");
  const isNewBack = back && (back.status !== told.returnStatus || back.courierImminent !== told.returnImminent);
  if (isNewBack) of.push("return");
  return {
    of,
    told: {
      status: now.status,
      imminent: now.courierImminent,
      returnStatus: back?.status ?? told.returnStatus,
      returnImminent: back?.courierImminent ?? told.returnImminent,
    },
  };
}

/** Uber tells where the courier is from `pickup` on, until it is over. */
export const courierStates = [
  "confirmed",
  "enroute_to_pickup",
  "arrived_at_pickup",
  "picked_up",
  "enroute_to_dropoff",
  "arrived_at_dropoff",
  "enroute_to_return",
  "arrived_at_return",
] as const;

/** How often. */
export const courierEveryMs = 20_000;
