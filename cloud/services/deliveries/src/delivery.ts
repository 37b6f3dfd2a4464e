import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { RouteLeg } from "@kerbside/proto/events/deliveries";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import type { Advance } from "./advance.ts";
import { type Course, type Estimate, estimateAt } from "./eta.ts";
import type { Step } from "./progress.ts";
import type { Attempt, Delivery } from "./tables.ts";

/** When a step happened, and when we write it down. */
export interface Times {
  readonly eventTime: string;
  readonly recordedTime: string;
}

/** The delivery after one step. Whatever hangs on the state changes with it and nowhere else. */
export function after(row: Delivery, step: Step, times: Times, attempt: Attempt | null): Delivery {
  const { eventTime, recordedTime } = times;
  const moved = { ...row, state: step.to, state_since: eventTime };
  const estimate = estimateAfter(moved, attempt);
  return {
    ...moved,
    version: row.version + 1,
    ...estimate,
    due_at: dueOf(step.to, estimate),
    ...consequences(row, step, recordedTime),
    progress_at: recordedTime,
    updated_at: recordedTime,
  };
}

/** What the arrival of a delivery hangs on. */
export function courseOf(
  { state, state_since, pickup_ready_at }: Delivery,
  { legs, pace, advance }: Pick<Attempt, "legs" | "pace"> & { readonly advance: Advance | null },
): Course {
  return { state, stateSinceMs: fromInstant(state_since), readyMs: fromInstant(pickup_ready_at), legs, pace, advance };
}

export function hasEnded({ state }: Pick<Delivery, "state">): boolean {
  return isTerminal(deliveryTable, state);
}

/** The customer's map: only the way with the goods, never where the robot came from. */
export function routeOf(legs: readonly RouteLeg[]): string | null {
  const leg = legs.find(({ to }) => to === "dropoff");
  return leg ? JSON.stringify(leg.line) : null;
}

/** When a delivery should be there at the latest, where the order does not say: with some room after the P90. */
export function deadlineFor(etaP90At: string, roomMs: number): string {
  return toInstant(fromInstant(etaP90At) + roomMs);
}

/** A robot that was only just given the delivery has the estimate of its plan. */
function estimateAfter(moved: Delivery, attempt: Attempt | null): Estimate {
  const { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at } = moved;
  if (moved.state === "confirmed") return { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at };
  const { legs, pace, followed } = attempt ?? { legs: [], pace: null, followed: null };
  return estimateAt(
    courseOf(moved, { legs, pace, advance: followed?.advance ?? null }),
    fromInstant(moved.state_since),
    moved,
  );
}

function dueOf(state: Delivery["state"], { eta_pickup_at, eta_dropoff_p90_at }: Estimate): string | null {
  if (state === "enroute_to_pickup") return eta_pickup_at;
  return state === "picked_up" || state === "enroute_to_dropoff" ? eta_dropoff_p90_at : null;
}

function consequences(row: Delivery, step: Step, recordedTime: string): Partial<Delivery> {
  if (step.event === "unassigned") {
    return {
      robot_id: null,
      robot_name: null,
      attempt_id: null,
      route_json: null,
      last_unlock_status: null,
      pickup_failures: row.pickup_failures + (step.reason === "nobody_came" ? 1 : 0),
      waiting_reason: null,
    };
  }
  if (step.event === "return_started") {
    return { reason: step.reason, cancel_requested: false, route_json: null, last_unlock_status: null };
  }
  if (step.event === "goods_loaded") return { last_unlock_status: null };
  if (!isTerminal(deliveryTable, step.to)) return {};
  return {
    ended_at: recordedTime,
    reason: step.reason ?? (step.to === "returned" ? row.reason : null),
    cancel_requested: false,
    waiting_reason: null,
    route_json: null,
  };
}
