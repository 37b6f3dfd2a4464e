import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { hasEnded } from "../deliveries/delivery.ts";

/** Which promise about the arrival stands: a window, none yet, or none any more. */
export type Arrival =
  | { readonly at: "unknown" }
  | { readonly at: "past" }
  | { readonly at: "expected"; readonly fromMs: number; readonly toMs: number };

export function arrivalOf(delivery: DeliveryLive): Arrival {
  const { state, eta_dropoff_p50_at: p50, eta_dropoff_p90_at: p90 } = delivery;
  if (hasEnded(state) || past.has(state)) return { at: "past" };
  if (p50 === null || p90 === null) return { at: "unknown" };
  return { at: "expected", fromMs: Date.parse(p50), toMs: Date.parse(p90) };
}

const past: ReadonlySet<string> = new Set(["arrived_at_dropoff", "enroute_to_return", "arrived_at_return"]);
