import type { UberCode } from "./errors.ts";

const minute = 60_000;

/** When a delivery may be picked up and dropped off, milliseconds; null where the order does not say. */
export interface DeliveryWindow {
  readonly pickupReadyMs: number | null;
  readonly pickupDeadlineMs: number | null;
  readonly dropoffReadyMs: number | null;
  readonly dropoffDeadlineMs: number | null;
}

/** The limits that Uber documents for its delivery windows. */
const windowLimitsMs = {
  pickupMin: 10 * minute,
  pickupAheadMin: 20 * minute,
  dropoffMin: 20 * minute,
  readyAheadMax: 30 * 24 * 60 * minute,
  /** A client's clock may be behind ours, and its request was on the way for a while. */
  pastMax: minute,
} as const;

/** The first of Uber's rules that a window breaks; null when it keeps them all. A time that is not given breaks none. */
export function refuseWindow(window: DeliveryWindow, nowMs: number): UberCode | null {
  const { pickupReadyMs, pickupDeadlineMs, dropoffReadyMs, dropoffDeadlineMs } = window;
  const { pickupMin, pickupAheadMin, dropoffMin, readyAheadMax, pastMax } = windowLimitsMs;
  if (pickupReadyMs !== null && pickupReadyMs < nowMs - pastMax) return "pickup_ready_too_early";
  if (pickupReadyMs !== null && pickupReadyMs > nowMs + readyAheadMax) return "pickup_ready_too_late";
  if (isCloser(pickupReadyMs, pickupDeadlineMs, pickupMin)) return "pickup_window_too_small";
  if (isCloser(nowMs, pickupDeadlineMs, pickupAheadMin)) return "pickup_deadline_too_early";
  if (isCloser(dropoffReadyMs, pickupDeadlineMs, 0)) return "dropoff_ready_after_pickup_deadline";
  if (isCloser(dropoffReadyMs, dropoffDeadlineMs, dropoffMin)) return "dropoff_deadline_too_early";
  if (isCloser(pickupDeadlineMs, dropoffDeadlineMs, 1)) return "dropoff_deadline_before_pickup_deadline";
  return null;
}

/** Whether the later of two times that were given comes sooner than it should. */
function isCloser(earlierMs: number | null, laterMs: number | null, leastMs: number): boolean {
  return earlierMs !== null && laterMs !== null && laterMs - earlierMs < leastMs;
}
