import { expect, test } from "vitest";
import { arrivalOf, silentSince } from "./arrival.ts";

const expected = {
  state: "enroute_to_dropoff",
  eta_dropoff_p50_at: "2026-01-05T09:10:00Z",
  eta_dropoff_p90_at: "2026-01-05T09:20:00Z",
  eta_promised_at: "2026-01-05T09:25:00Z",
} as const;
const at = (minute: number): number => Date.UTC(2026, 0, 5, 9, minute);

test("a window is shown as long as it is not over, and only what is left of it", () => {
  expect(arrivalOf(expected, at(5))).toEqual({ kind: "window", fromMs: at(10), toMs: at(20) });
  expect(arrivalOf(expected, at(19))).toEqual({ kind: "window", fromMs: at(19), toMs: at(20) });
});

test("a window behind what was promised is said to be late", () => {
  expect(arrivalOf({ ...expected, eta_promised_at: "2026-01-05T09:08:00Z" }, at(5))).toEqual({
    kind: "late",
    fromMs: at(10),
    toMs: at(20),
    promisedMs: at(8),
  });
});

test("without a promise nothing is late", () => {
  expect(arrivalOf({ ...expected, eta_promised_at: null }, at(5)).kind).toBe("window");
});

test("a window that is over is said to be over", () => {
  expect(arrivalOf(expected, at(21))).toEqual({ kind: "overdue", expectedMs: at(20) });
});

test("an order that lost its robot says nothing, until it is later than promised", () => {
  const waiting = { ...expected, state: "created", eta_dropoff_p50_at: null, eta_dropoff_p90_at: null } as const;

  expect(arrivalOf(waiting, at(25))).toEqual({ kind: "none" });
  expect(arrivalOf(waiting, at(26))).toEqual({ kind: "overdue", expectedMs: at(25) });
  expect(arrivalOf({ ...waiting, eta_promised_at: null }, at(26))).toEqual({ kind: "none" });
});

test.each(["arrived_at_dropoff", "delivered", "enroute_to_return", "cancelled"] as const)(
  "nothing is promised to whose delivery is %s",
  (state) => {
    expect(arrivalOf({ ...expected, state }, 0)).toEqual({ kind: "none" });
    expect(silentSince({ state, robot_silent_since: "2026-01-05T09:00:00Z" }, at(9))).toBeNull();
  },
);

test("a robot is said to be silent after a minute, and not in every short dead zone", () => {
  const silent = { state: "enroute_to_dropoff", robot_silent_since: "2026-01-05T09:00:00Z" } as const;

  expect(silentSince(silent, at(1) - 1)).toBeNull();
  expect(silentSince(silent, at(1))).toBe(at(0));
  expect(silentSince({ ...silent, robot_silent_since: null }, at(9))).toBeNull();
});
