import type { TrackingView } from "@kerbside/proto/routes/deliveries";

/** What can honestly be said about the arrival: a window, that the window is over, or nothing. */
export type Arrival =
  | { readonly kind: "window"; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: "late"; readonly expectedMs: number }
  | { readonly kind: "none" };

type Promised = Pick<TrackingView, "state" | "eta_dropoff_p50_at" | "eta_dropoff_p90_at">;

/** Never one minute that nobody can promise, and never a window that is over as if it were not. */
export function arrivalOf(
  { state, eta_dropoff_p50_at: p50, eta_dropoff_p90_at: p90 }: Promised,
  nowMs: number,
): Arrival {
  if (!isComing(state) || p50 === null || p90 === null) return { kind: "none" };
  const toMs = Date.parse(p90);
  return nowMs > toMs ? { kind: "late", expectedMs: toMs } : { kind: "window", fromMs: Date.parse(p50), toMs };
}

/** Whether the order is still to be expected at the door. */
export function isComing(state: TrackingView["state"]): boolean {
  return comingStates.has(state);
}

const comingStates: ReadonlySet<TrackingView["state"]> = new Set([
  "created",
  "confirmed",
  "enroute_to_pickup",
  "arrived_at_pickup",
  "picked_up",
  "enroute_to_dropoff",
] as const);
