import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { DeliveryState } from "@kerbside/proto/states/delivery";

export interface Estimate {
  readonly eta_pickup_at: string | null;
  readonly eta_dropoff_p50_at: string | null;
  readonly eta_dropoff_p90_at: string | null;
}

/**
 * The estimate after a step. Each step that has its real time replaces the guess about it, and the drop-off moves along
 * with the same doubt as before; what has been reached or given up has none.
 */
export function estimateAfter(
  state: DeliveryState,
  atMs: number,
  { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at }: Estimate,
  legs: readonly RouteLeg[],
): Estimate {
  const before = { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at };
  switch (state) {
    case "created":
      return { eta_pickup_at: null, eta_dropoff_p50_at: null, eta_dropoff_p90_at: null };
    case "arrived_at_pickup":
      return { ...before, eta_pickup_at: toInstant(atMs) };
    case "enroute_to_dropoff":
      return { ...before, ...arrivalBy(atMs, before, legs) };
    case "arrived_at_dropoff":
      return { ...before, eta_dropoff_p50_at: toInstant(atMs), eta_dropoff_p90_at: toInstant(atMs) };
    case "enroute_to_return":
    case "arrived_at_return":
      return { ...before, eta_dropoff_p50_at: null, eta_dropoff_p90_at: null };
    case "confirmed":
    case "enroute_to_pickup":
    case "picked_up":
    case "delivered":
    case "returned":
    case "cancelled":
    case "failed":
      return before;
  }
}

function arrivalBy(leftAtMs: number, before: Estimate, legs: readonly RouteLeg[]): Partial<Estimate> {
  const leg = legs.find(({ to }) => to === "dropoff");
  if (!leg) return {};
  const p50Ms = leftAtMs + Math.round(leg.duration_s * 1_000);
  const doubtMs =
    before.eta_dropoff_p50_at && before.eta_dropoff_p90_at
      ? Math.max(0, fromInstant(before.eta_dropoff_p90_at) - fromInstant(before.eta_dropoff_p50_at))
      : 0;
  return { eta_dropoff_p50_at: toInstant(p50Ms), eta_dropoff_p90_at: toInstant(p50Ms + doubtMs) };
}
