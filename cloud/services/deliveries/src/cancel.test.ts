import {
  type DeliveryState,
  deliveryReasons,
  deliveryStates,
  deliveryTable,
  failureReasons,
  isLoaded,
} from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import { unlockStatuses } from "@kerbside/proto/states/unlock";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cancellable, cancel, giveUp, isCertainlyUnloaded, type LoadGrant } from "./cancel.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const grant = (changes: Partial<LoadGrant> = {}): LoadGrant => ({
  expires_at: "2026-01-05T13:00:00.000Z",
  settled_at: null,
  was_used: null,
  ...changes,
});
const settled = grant({ settled_at: "2026-01-05T12:00:00.000Z", was_used: false });

function delivery(state: DeliveryState, changes: Partial<Cancellable> = {}): Cancellable {
  return { state, isCancelRequested: false, loadGrants: [grant()], lastUnlock: null, lidStatus: null, ...changes };
}

const byPartner = { isOperator: false, nowMs: noon };
const byOps = { isOperator: true, nowMs: noon };

function outcome(what: Cancellable, by: typeof byPartner): string {
  const decision = cancel(what, by);
  return decision.ok ? decision.value.type : decision.error;
}

describe("a cancel", () => {
  test.each<[string, Cancellable, string, string]>([
    ["before any robot has it ends it", delivery("created", { loadGrants: [] }), "cancelled", "cancelled"],
    ["while an earlier robot may still load it waits", delivery("created"), "requested", "requested"],
    ["while a robot may load it waits", delivery("confirmed"), "requested", "requested"],
    ["at the store waits", delivery("arrived_at_pickup"), "requested", "requested"],
    ["after the robot's word ends it", delivery("confirmed", { loadGrants: [settled] }), "cancelled", "cancelled"],
    ["after loading is for operators", delivery("picked_up"), "delivery_not_cancellable", "return"],
    ["on the way is for operators", delivery("enroute_to_dropoff"), "delivery_not_cancellable", "return"],
    ["at the door is for operators", delivery("arrived_at_dropoff"), "delivery_not_cancellable", "return"],
    ["on the way back changes nothing", delivery("enroute_to_return"), "delivery_not_cancellable", "unchanged"],
    ["of what was delivered is refused", delivery("delivered"), "delivery_not_cancellable", "delivery_not_cancellable"],
    ["of what failed is refused", delivery("failed"), "delivery_not_cancellable", "delivery_not_cancellable"],
    ["of what was cancelled changes nothing", delivery("cancelled"), "unchanged", "unchanged"],
    [
      "that was asked for already changes nothing",
      delivery("confirmed", { isCancelRequested: true }),
      "unchanged",
      "unchanged",
    ],
    [
      "with goods wanted back already changes nothing",
      delivery("picked_up", { isCancelRequested: true }),
      "delivery_not_cancellable",
      "unchanged",
    ],
  ])("%s", (_title, what, forPartner, forOps) => {
    expect([outcome(what, byPartner), outcome(what, byOps)]).toEqual([forPartner, forOps]);
  });

  test.each(["opening", "unlatched", "opened", "closed"] as const)(
    "is refused to everybody once the customer's opening has come to %s",
    (lidStatus) => {
      expect(outcome(delivery("arrived_at_dropoff", { lidStatus }), byOps)).toBe("delivery_not_cancellable");
    },
  );

  test("that no robot answers is an operator's to decide when every load grant has run out", () => {
    const waiting = delivery("confirmed", { isCancelRequested: true });
    const later = { nowMs: Date.UTC(2026, 0, 5, 13) };

    expect(outcome(waiting, { isOperator: true, ...later })).toBe("cancelled");
    expect(outcome(waiting, { isOperator: false, ...later })).toBe("unchanged");
  });

  test("never ends a delivery whose goods may be aboard", () => {
    const grants = fc.array(
      fc.record({
        expires_at: fc.constantFrom("2026-01-05T11:00:00.000Z", "2026-01-05T13:00:00.000Z"),
        settled_at: fc.constantFrom(null, "2026-01-05T11:30:00.000Z"),
        was_used: fc.constantFrom(null, true, false),
      }),
      { maxLength: 3 },
    );
    const any = fc.record({
      state: fc.constantFrom(...deliveryStates),
      isCancelRequested: fc.boolean(),
      loadGrants: grants,
      lastUnlock: fc.option(
        fc.record({ purpose: fc.constantFrom("load", "unload"), status: fc.constantFrom(...unlockStatuses) }),
      ),
      lidStatus: fc.option(fc.constantFrom(...unlockStatuses)),
    });
    fc.assert(
      fc.property(any, fc.boolean(), (what, isOperator) => {
        const decision = cancel(what, { isOperator, nowMs: noon });

        const isEnded = decision.ok && decision.value.type === "cancelled";
        const isSafe = !isLoaded(what.state) && !isTerminal(deliveryTable, what.state);
        const isOperatorsWord = isOperator && what.isCancelRequested;
        expect(!isEnded || (isSafe && (isOperatorsWord || isCertainlyUnloaded(what)))).toBe(true);
      }),
    );
  });
});

describe("it is certain that nothing was loaded", () => {
  test.each<[string, Partial<Cancellable>, boolean]>([
    ["when every grant is void and unused", { loadGrants: [settled, settled] }, true],
    ["not while one grant is open", { loadGrants: [settled, grant()] }, false],
    [
      "not when one was used",
      { loadGrants: [grant({ settled_at: "2026-01-05T12:00:00.000Z", was_used: true })] },
      false,
    ],
    [
      "not while the store's own press is at work",
      { loadGrants: [settled], lastUnlock: { purpose: "load", status: "opened" } },
      false,
    ],
    [
      "once the store's press has ended",
      { loadGrants: [settled], lastUnlock: { purpose: "load", status: "refused" } },
      true,
    ],
  ])("%s", (_title, changes, expected) => {
    expect(isCertainlyUnloaded(delivery("arrived_at_pickup", changes))).toBe(expected);
  });
});

test("an operator gives up only for a reason that fits where the delivery is", () => {
  for (const state of deliveryStates) {
    for (const reason of deliveryReasons) {
      const decision = giveUp(state, reason);

      const step = { event: "failed", from: state, to: "failed", reason, inferred: false };
      const refusal = { ok: false, error: "transition_not_legal" };
      expect(decision).toEqual(failureReasons[state].includes(reason) ? { ok: true, value: [step] } : refusal);
    }
  }
});
