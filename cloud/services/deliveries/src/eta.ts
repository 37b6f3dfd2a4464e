import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { Pace, RouteLeg } from "@kerbside/proto/events/deliveries";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { type Advance, leftS, measuredFactor } from "./advance.ts";

export interface Estimate {
  readonly eta_pickup_at: string | null;
  readonly eta_dropoff_p50_at: string | null;
  readonly eta_dropoff_p90_at: string | null;
}

/** A delivery as far as its arrival hangs on it. */
export interface Course {
  readonly state: DeliveryState;
  readonly stateSinceMs: number;
  readonly readyMs: number;
  readonly legs: readonly RouteLeg[];
  /** What dispatch counted with; null for a plan that did not say. */
  readonly pace: Pace | null;
  readonly advance: Advance | null;
}

/** For robots and stores of which nothing is known: the map's own times, and a loading as it usually is. */
const usualPace: Pace = { leg_factor: 1, leg_spread: 0.15, load_mean_s: 115, load_sd_s: 130 };
/** The standard normal's 90th percentile. */
const z90 = 1.2815515655446004;
/** Nobody knows an arrival more exactly than this. */
const doubtLeastMs = 30_000;

/**
 * When the robot should be at the store, and at the customer's door, as things stand at `atMs`. What has been reached
 * has its real time, what was given up has none; whatever nothing new is known of stays as it was said `before`.
 */
export function estimateAt(course: Course, atMs: number, before: Estimate): Estimate {
  const { state, stateSinceMs } = course;
  switch (state) {
    case "created":
      return { eta_pickup_at: null, eta_dropoff_p50_at: null, eta_dropoff_p90_at: null };
    case "confirmed":
    case "enroute_to_pickup": {
      const toStore = driveTo(course, "pickup", atMs);
      if (!toStore) return said(before);
      const departs = loading(course, toStore.endsMs, toStore.endsMs);
      return { ...arrival(course, departs, toStore.sdS, before), eta_pickup_at: toInstant(toStore.endsMs) };
    }
    case "arrived_at_pickup":
      return {
        ...arrival(course, loading(course, stateSinceMs, atMs), 0, before),
        eta_pickup_at: toInstant(stateSinceMs),
      };
    case "picked_up":
    case "enroute_to_dropoff":
      return arrival(course, { endsMs: atMs, sdS: 0 }, 0, before);
    case "arrived_at_dropoff":
      return {
        ...said(before),
        eta_dropoff_p50_at: toInstant(stateSinceMs),
        eta_dropoff_p90_at: toInstant(stateSinceMs),
      };
    case "enroute_to_return":
    case "arrived_at_return":
      return { ...said(before), eta_dropoff_p50_at: null, eta_dropoff_p90_at: null };
    case "delivered":
    case "returned":
    case "cancelled":
    case "failed":
      return said(before);
  }
}

/** The leg on which a robot can be followed; null where it stands, or where nobody waits at the end of it. */
export function legUnderWay(state: DeliveryState): Advance["to"] | null {
  if (state === "confirmed" || state === "enroute_to_pickup") return "pickup";
  return state === "picked_up" || state === "enroute_to_dropoff" ? "dropoff" : null;
}

/** An estimate is said anew when it moved by this, or by this share of what is left. */
const movedMs = 20_000;
const movedShare = 0.1;
/** And no more often than this. */
const saidEveryMs = 15_000;

/** Whether people have to hear of the new estimate: it neither flickers nor stands when it has become wrong. */
export function isNews(
  before: Estimate,
  after: Estimate,
  { nowMs, saidMs }: { readonly nowMs: number; readonly saidMs: number },
): boolean {
  if (nowMs - saidMs < saidEveryMs) return false;
  return fields.some((field) => {
    const was = before[field];
    const is = after[field];
    if (was === null || is === null) return was !== is;
    const toleranceMs = Math.max(movedMs, movedShare * (fromInstant(is) - nowMs));
    const isOver = fromInstant(was) < nowMs && fromInstant(is) >= nowMs;
    return isOver || Math.abs(fromInstant(is) - fromInstant(was)) >= toleranceMs;
  });
}

const fields = ["eta_pickup_at", "eta_dropoff_p50_at", "eta_dropoff_p90_at"] as const;

/** Something that ends at about this time. */
interface Span {
  readonly endsMs: number;
  readonly sdS: number;
}

/** From where the robot was last seen, at the pace that it was seen to have. */
function driveTo({ legs, pace, advance }: Course, to: Advance["to"], fromMs: number): Span | null {
  const leg = legs.find((each) => each.to === to);
  if (!leg) return null;
  const { leg_factor, leg_spread } = pace ?? usualPace;
  const seconds = leftS(leg, advance) * measuredFactor(leg_factor, advance);
  const sinceMs = advance?.to === to ? Math.max(fromMs, advance.atMs) : fromMs;
  return { endsMs: sinceMs + Math.round(seconds * 1_000), sdS: seconds * leg_spread };
}

/** Until the lid is closed over the goods. Whoever takes longer than usual is given half as long again. */
function loading({ readyMs, pace }: Course, fromMs: number, nowMs: number): Span {
  const { load_mean_s, load_sd_s } = pace ?? usualPace;
  const usualMs = Math.round(load_mean_s * 1_000);
  const endsMs = Math.max(Math.max(fromMs, readyMs) + usualMs, nowMs + Math.round(usualMs / 2));
  return { endsMs, sdS: load_sd_s };
}

function arrival(course: Course, departs: Span, sdBeforeS: number, before: Estimate): Estimate {
  const drive = driveTo(course, "dropoff", departs.endsMs);
  if (!drive) return said(before);
  const doubtMs = Math.round(z90 * Math.hypot(sdBeforeS, departs.sdS, drive.sdS) * 1_000);
  return {
    ...said(before),
    eta_dropoff_p50_at: toInstant(drive.endsMs),
    eta_dropoff_p90_at: toInstant(drive.endsMs + Math.max(doubtLeastMs, doubtMs)),
  };
}

/** The times of a row and nothing else of it. */
function said({ eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at }: Estimate): Estimate {
  return { eta_pickup_at, eta_dropoff_p50_at, eta_dropoff_p90_at };
}
