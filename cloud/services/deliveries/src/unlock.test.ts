import { commandStates } from "@kerbside/proto/states/command";
import { deliveryStates } from "@kerbside/proto/states/delivery";
import { lidStates } from "@kerbside/proto/states/lid";
import { isUnlockUnderWay, unlockStatuses } from "@kerbside/proto/states/unlock";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Evidence,
  lidStatusAfter,
  type Opener,
  purposeAt,
  purposeFor,
  statusAfter,
  whyNotOpen,
} from "./unlock.ts";

const command = (state: string): Evidence => ({ type: "command", state });
const lid = (to: string): Evidence => ({ type: "lid", to });

describe("who may open where", () => {
  const outcome = (opener: Opener, state: (typeof deliveryStates)[number]) => {
    const purpose = purposeFor({ state, isCancelRequested: false, hasRobot: true }, opener);
    return purpose.ok ? purpose.value : purpose.error;
  };

  test("the customer at the door, the store at the store, operators at both", () => {
    expect(outcome("customer", "arrived_at_dropoff")).toBe("unload");
    expect(outcome("customer", "arrived_at_pickup")).toBe("robot_not_at_stop");
    expect(outcome("merchant", "arrived_at_pickup")).toBe("load");
    expect(outcome("merchant", "arrived_at_return")).toBe("return_unload");
    expect(outcome("merchant", "arrived_at_dropoff")).toBe("forbidden");
    expect(outcome("operator", "arrived_at_dropoff")).toBe("unload");
  });

  test("nobody anywhere else", () => {
    for (const state of deliveryStates.filter((state) => purposeAt[state] === null)) {
      expect([state, outcome("operator", state)]).toEqual([state, "robot_not_at_stop"]);
    }
  });

  test("nobody to load what is to be cancelled, or without a robot", () => {
    const store = { state: "arrived_at_pickup", isCancelRequested: true, hasRobot: true } as const;

    expect(purposeFor(store, "merchant").ok).toBe(false);
    expect(purposeFor({ ...store, isCancelRequested: false, hasRobot: false }, "merchant").ok).toBe(false);
  });
});

test.each([
  ["view", "arrived_at_dropoff", null, "This link shows the delivery, it cannot open the lid."],
  ["unlock", "enroute_to_dropoff", null, "The robot is not at your door yet."],
  ["unlock", "delivered", null, "It has been delivered."],
  ["unlock", "arrived_at_dropoff", "sent", "The robot is opening already."],
  ["unlock", "arrived_at_dropoff", "refused", null],
  ["unlock", "arrived_at_dropoff", null, null],
] as const)("a %s link of a delivery that is %s, last opening %s, says: %s", (scope, state, lastStatus, expected) => {
  expect(whyNotOpen({ state }, { scope, lastStatus })).toBe(expected);
});

describe("an opening", () => {
  test("is followed from the press to the closed lid", () => {
    const evidence = [
      command("queued"),
      command("sent"),
      command("delivered"),
      command("executing"),
      lid("closed_unlocked"),
      command("succeeded"),
      lid("open"),
      lid("closed_unlocked"),
      lid("closed_locked"),
    ];
    const statuses = evidence.reduce<(typeof unlockStatuses)[number][]>(
      (told, one) => [...told, statusAfter(told.at(-1) ?? "requested", one)],
      [],
    );

    expect(statuses).toEqual([
      "requested",
      "sent",
      "sent",
      "opening",
      "unlatched",
      "unlatched",
      "opened",
      "opened",
      "closed",
    ]);
  });

  test("that nobody believed in any more may still turn out to have happened", () => {
    expect(statusAfter("unknown", lid("open"))).toBe("opened");
    expect(statusAfter("expired", command("succeeded"))).toBe("expired");
  });

  test("never goes back, whatever order its evidence comes in", () => {
    const evidence = fc.oneof(fc.constantFrom(...commandStates).map(command), fc.constantFrom(...lidStates).map(lid));
    const rank = (status: (typeof unlockStatuses)[number]) =>
      ["requested", "sent", "opening", "ended", "unlatched", "opened", "closed"].indexOf(
        ["refused", "failed", "expired", "unknown"].includes(status) ? "ended" : status,
      );
    fc.assert(
      fc.property(fc.constantFrom(...unlockStatuses), fc.array(evidence), (first, told) => {
        let status = first;
        for (const one of told) {
          const next = statusAfter(status, one);
          expect(next === status || rank(next) > rank(status)).toBe(true);
          status = next;
        }
      }),
    );
  });

  test("by PIN begins anew after one that has ended", () => {
    const ended = unlockStatuses.filter((status) => !isUnlockUnderWay[status]);

    expect(ended.map((status) => lidStatusAfter(status, "unlock_authorised"))).toEqual(ended.map(() => "opening"));
    expect(lidStatusAfter(null, "open")).toBe("opened");
    expect(lidStatusAfter(null, "closed_locked")).toBeNull();
    expect(lidStatusAfter("opened", "closed_locked")).toBe("closed");
  });
});
