import type { TrackingView } from "@kerbside/proto/routes/deliveries";

/** What can honestly be said about the arrival: a window, one later than promised, that it is over, or nothing. */
export type Arrival =
  | { readonly kind: "window"; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: "late"; readonly fromMs: number; readonly toMs: number; readonly promisedMs: number }
  | { readonly kind: "overdue"; readonly expectedMs: number }
  | { readonly kind: "none" };

type Promised = Pick<TrackingView, "state" | "eta_dropoff_p50_at" | "eta_dropoff_p90_at" | "eta_promised_at">;

/** Never one minute that nobody can promise, never a window that is over as if it were not. */
export function arrivalOf(
  { state, eta_dropoff_p50_at: p50, eta_dropoff_p90_at: p90, eta_promised_at: promised }: Promised,
  nowMs: number,
): Arrival {
  if (!isComing(state)) return { kind: "none" };
  const promisedMs = promised === null ? null : Date.parse(promised);
  if (p50 === null || p90 === null) {
    const isOverdue = promisedMs !== null && nowMs > promisedMs;
    return isOverdue ? { kind: "overdue", expectedMs: promisedMs } : { kind: "none" };
  }
  const [fromMs, toMs] = [Math.max(Date.parse(p50), nowMs), Date.parse(p90)];
  if (nowMs > toMs) return { kind: "overdue", expectedMs: toMs };
  if (promisedMs !== null && fromMs > promisedMs) return { kind: "late", fromMs, toMs, promisedMs };
  return { kind: "window", fromMs, toMs };
}

/** Shorter than this a robot may be in a dead zone of a few houses. */
const silentMs = 60_000;

/** Since when nobody hears the robot, where that is worth saying: what is expected was expected then. */
export function silentSince(
  { state, robot_silent_since: since }: Pick<TrackingView, "state" | "robot_silent_since">,
  nowMs: number,
): number | null {
  if (since === null || !isComing(state)) return null;
  return nowMs - Date.parse(since) < silentMs ? null : Date.parse(since);
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
