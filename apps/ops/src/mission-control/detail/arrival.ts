import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { hasEnded } from "../deliveries/delivery.ts";

/** What is expected of the arrival: a window and how far it lies behind what was promised, nothing yet, or it is over. */
export type Arrival =
  | { readonly at: "unknown" }
  | { readonly at: "past" }
  | { readonly at: "expected"; readonly fromMs: number; readonly toMs: number; readonly lateByMs: number };

export function arrivalOf(delivery: DeliveryLive): Arrival {
  const { state, eta_dropoff_p50_at: p50, eta_dropoff_p90_at: p90, eta_promised_at: promised } = delivery;
  if (hasEnded(state) || past.has(state)) return { at: "past" };
  if (p50 === null || p90 === null) return { at: "unknown" };
  const fromMs = Date.parse(p50);
  const lateByMs = promised === null ? 0 : Math.max(0, fromMs - Date.parse(promised));
  return { at: "expected", fromMs, toMs: Date.parse(p90), lateByMs };
}

const past: ReadonlySet<string> = new Set(["arrived_at_dropoff", "enroute_to_return", "arrived_at_return"]);
