import { expect, test } from "vitest";
import { arrivalOf } from "./arrival.ts";

const promised = {
  state: "enroute_to_dropoff",
  eta_dropoff_p50_at: "2026-01-05T09:10:00Z",
  eta_dropoff_p90_at: "2026-01-05T09:20:00Z",
} as const;

test("a window is promised as long as it is not over", () => {
  expect(arrivalOf(promised, Date.UTC(2026, 0, 5, 9, 19))).toEqual({
    kind: "window",
    fromMs: Date.UTC(2026, 0, 5, 9, 10),
    toMs: Date.UTC(2026, 0, 5, 9, 20),
  });
});

test("a window that is over is said to be over", () => {
  expect(arrivalOf(promised, Date.UTC(2026, 0, 5, 9, 21))).toEqual({
    kind: "late",
    expectedMs: Date.UTC(2026, 0, 5, 9, 20),
  });
});

test.each(["arrived_at_dropoff", "delivered", "enroute_to_return", "cancelled"] as const)(
  "nothing is promised to whose delivery is %s",
  (state) => {
    expect(arrivalOf({ ...promised, state }, 0)).toEqual({ kind: "none" });
  },
);
