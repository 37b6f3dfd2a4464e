import { expect, test } from "vitest";
import { type DeliveryWindow, refuseWindow } from "./window.ts";

const now = Date.UTC(2026, 0, 5, 9);
const at = (minutes: number): number => now + minutes * 60_000;
const open: DeliveryWindow = {
  pickupReadyMs: null,
  pickupDeadlineMs: null,
  dropoffReadyMs: null,
  dropoffDeadlineMs: null,
};

test.each([
  ["nothing", {}, null],
  [
    "all of it, in order",
    { pickupReadyMs: at(30), pickupDeadlineMs: at(60), dropoffReadyMs: at(60), dropoffDeadlineMs: at(90) },
    null,
  ],
  ["a pickup now", { pickupReadyMs: at(0) }, null],
  ["a pickup a moment ago", { pickupReadyMs: at(-0.5) }, null],
  ["a pickup in the past", { pickupReadyMs: at(-2) }, "pickup_ready_too_early"],
  ["a pickup in 30 days", { pickupReadyMs: at(30 * 24 * 60) }, null],
  ["a pickup later than that", { pickupReadyMs: at(30 * 24 * 60 + 1) }, "pickup_ready_too_late"],
  ["ten minutes for the pickup", { pickupReadyMs: at(30), pickupDeadlineMs: at(40) }, null],
  ["less than ten", { pickupReadyMs: at(30), pickupDeadlineMs: at(39) }, "pickup_window_too_small"],
  ["a pickup until in twenty minutes", { pickupDeadlineMs: at(20) }, null],
  ["a pickup until before that", { pickupDeadlineMs: at(19) }, "pickup_deadline_too_early"],
  ["a drop-off from the pickup's end on", { pickupDeadlineMs: at(40), dropoffReadyMs: at(40) }, null],
  [
    "a drop-off from later on",
    { pickupDeadlineMs: at(40), dropoffReadyMs: at(41) },
    "dropoff_ready_after_pickup_deadline",
  ],
  ["twenty minutes for the drop-off", { dropoffReadyMs: at(30), dropoffDeadlineMs: at(50) }, null],
  ["less than twenty", { dropoffReadyMs: at(30), dropoffDeadlineMs: at(49) }, "dropoff_deadline_too_early"],
  [
    "a drop-off until the pickup's end",
    { pickupDeadlineMs: at(40), dropoffDeadlineMs: at(40) },
    "dropoff_deadline_before_pickup_deadline",
  ],
  ["a drop-off until after that", { pickupDeadlineMs: at(40), dropoffDeadlineMs: at(41) }, null],
] as const)("%s", (_title, given, refusal) => {
  expect(refuseWindow({ ...open, ...given }, now)).toBe(refusal);
});
