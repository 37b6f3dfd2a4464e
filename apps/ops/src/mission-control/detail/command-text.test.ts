import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { expect, test } from "vitest";
import { stopNews } from "./command-text.ts";

const nowMs = Date.UTC(2026, 0, 5, 9);
const stop: CommandView = {
  command_id: "c1",
  robot_id: "r1",
  kind: "engage_estop",
  args: {},
  delivery_id: null,
  actor: { kind: "user", id: "u1" },
  state: "sent",
  reason: null,
  observed_outcome: null,
  issued_at: "2026-01-05T08:59:00Z",
  expires_at: "2026-01-05T08:59:30Z",
  ended_at: null,
  life: [],
};

test("how an order to stop fares is said as long as it lives", () => {
  expect(stopNews([{ ...stop, kind: "identify" }, stop], nowMs)).toEqual({ text: "Stop: sent", tone: "active" });
});

test("its end is said for a while, then no more", () => {
  const ended = { ...stop, state: "outcome_unknown", ended_at: "2026-01-05T08:59:50Z" };

  expect(stopNews([ended], nowMs)?.tone).toBe("warn");
  expect(stopNews([ended], nowMs + 60_000)).toBeNull();
});

test("other orders are not told of beside the button", () => {
  expect(stopNews([{ ...stop, kind: "open_lid" }], nowMs)).toBeNull();
});
