import { type CommandState, commandStates, commandTable } from "@kerbside/proto/states/command";
import { isStep } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advance,
  type CommandLife,
  cancel,
  type Evidence,
  hasEnded,
  markSent,
  newCommandLife,
  sweep,
  sweepDueAtMs,
} from "./command.ts";

const expiresAtMs = 30_000;
const received: Evidence = { type: "received" };
const rejected: Evidence = { type: "rejected", reason: "moving" };
const intended: Evidence = { type: "intended" };
const succeeded: Evidence = { type: "finished", outcome: "succeeded", detail: null };
const failed: Evidence = { type: "finished", outcome: "failed", detail: "jammed" };

function lifeAt(state: CommandState): CommandLife {
  return { ...newCommandLife(0, expiresAtMs), state, steps: [{ state, atMs: 0 }] };
}

describe("the robot's evidence", () => {
  /** Every state against every evidence; `=` where nothing moves. */
  const cells: Readonly<
    Record<
      CommandState,
      Readonly<Record<"received" | "rejected" | "intended" | "succeeded" | "failed", CommandState | "=">>
    >
  > = {
    created: {
      received: "delivered",
      rejected: "rejected",
      intended: "executing",
      succeeded: "succeeded",
      failed: "failed",
    },
    queued: {
      received: "delivered",
      rejected: "rejected",
      intended: "executing",
      succeeded: "succeeded",
      failed: "failed",
    },
    sent: {
      received: "delivered",
      rejected: "rejected",
      intended: "executing",
      succeeded: "succeeded",
      failed: "failed",
    },
    delivered: { received: "=", rejected: "rejected", intended: "executing", succeeded: "succeeded", failed: "failed" },
    accepted: { received: "=", rejected: "=", intended: "executing", succeeded: "succeeded", failed: "failed" },
    executing: { received: "=", rejected: "=", intended: "=", succeeded: "succeeded", failed: "failed" },
    succeeded: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    failed: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    rejected: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    expired: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    cancelled: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    superseded: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
    outcome_unknown: { received: "=", rejected: "=", intended: "=", succeeded: "=", failed: "=" },
  };
  test.each(commandStates)("moves a command that is %s only along the table", (state) => {
    const moved = (evidence: Evidence): CommandState | "=" => {
      const to = advance(lifeAt(state), evidence, 5).state;
      return to === state ? "=" : to;
    };

    expect({
      received: moved(received),
      rejected: moved(rejected),
      intended: moved(intended),
      succeeded: moved(succeeded),
      failed: moved(failed),
    }).toEqual(cells[state]);
  });

  test("passes through every step on the way", () => {
    const life = advance(newCommandLife(0, expiresAtMs), succeeded, 7);

    expect(life.steps.map((step) => step.state)).toEqual([
      "created",
      "queued",
      "sent",
      "delivered",
      "accepted",
      "executing",
      "succeeded",
    ]);
    expect(life.endedAtMs).toBe(7);
  });

  test("says why a command was refused or failed", () => {
    expect(advance(lifeAt("sent"), rejected, 5).reason).toBe("moving");
    expect(advance(lifeAt("executing"), failed, 5).reason).toBe("jammed");
  });

  test.each(["expired", "cancelled", "outcome_unknown"] as const)("stands beside a life that is %s", (state) => {
    const life = advance(advance(lifeAt(state), failed, 5), succeeded, 6);

    expect(life).toMatchObject({ state, observedOutcome: "failed: jammed" });
  });
});

describe("what the cloud decides", () => {
  test("a command that was never sent expires at its expiry", () => {
    const life = newCommandLife(0, expiresAtMs);

    expect(sweep(life, 29_999).state).toBe("queued");
    expect(sweep(life, 30_000).state).toBe("expired");
  });

  test.each(["sent", "delivered", "accepted", "executing"] as const)(
    "of a command that is %s nobody knows the outcome ten seconds after its expiry",
    (state) => {
      expect(sweep(lifeAt(state), 39_999).state).toBe(state);
      expect(sweep(lifeAt(state), 40_000)).toMatchObject({ state: "outcome_unknown", endedAtMs: 40_000 });
    },
  );

  test("a command can be taken back until the robot has begun", () => {
    const outcomes = (["queued", "sent", "delivered", "accepted", "executing"] as const).map(
      (state) => cancel(lifeAt(state), "asked", 5).ok,
    );

    expect(outcomes).toEqual([true, true, true, true, false]);
  });
});

test("any history is a path of the table and ends at most once", () => {
  const act = fc.oneof(
    fc
      .constantFrom(received, rejected, intended, succeeded, failed)
      .map((e) => (l: CommandLife, t: number) => advance(l, e, t)),
    fc.constant((l: CommandLife, t: number) => sweep(l, t)),
    fc.constant((l: CommandLife, t: number) => markSent(l, t)),
    fc.constant((l: CommandLife, t: number) => {
      const cancelled = cancel(l, "asked", t);
      return cancelled.ok ? cancelled.value : l;
    }),
  );

  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), act), { maxLength: 20 }), (acts) => {
      let nowMs = 0;
      let life = newCommandLife(0, expiresAtMs);
      for (const [laterMs, act] of acts) {
        nowMs += laterMs;
        life = act(life, nowMs);
      }
      const illegal = life.steps.filter((step, index) => {
        const before = life.steps[index - 1];
        return before && !isStep(commandTable, before.state, step.state);
      });
      expect(illegal).toEqual([]);
      expect(life.steps.filter(hasEnded)).toHaveLength(life.endedAtMs === null ? 0 : 1);
      expect(sweepDueAtMs(life) === null).toBe(life.endedAtMs !== null);
    }),
  );
});
