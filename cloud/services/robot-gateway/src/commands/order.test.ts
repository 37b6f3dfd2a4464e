import { randomUUID } from "node:crypto";
import { commandLifeMs } from "@kerbside/proto/robot/command";
import { expect, test } from "vitest";
import { deliveryOf, isRepeated, nextIssuedSeq, type Order, readArgs, toCommand, toOpening } from "./order.ts";

function orderOf(change: Partial<Order> = {}): Order {
  return {
    commandId: randomUUID(),
    robotId: randomUUID(),
    kind: "open_lid",
    args: { compartment: 0, purpose: "service", delivery_id: null },
    precondition: null,
    lifeMs: commandLifeMs.default,
    actor: { kind: "user", id: "olga" },
    ...change,
  };
}

test("arguments are read as their kind has them, and each wrong field is named", () => {
  expect(readArgs("close_lid", { compartment: 1, more: true })).toEqual({ ok: true, args: { compartment: 1 } });
  expect(readArgs("open_lid", { compartment: 1 })).toMatchObject({
    ok: false,
    errors: [{ pointer: "/args/purpose" }, { pointer: "/args/delivery_id" }],
  });
});

test("no command lives longer than a minute", () => {
  const command = toCommand(orderOf({ lifeMs: 3_600_000 }), 7, { nowMs: 1_000, seq: 1 });

  expect(command).toMatchObject({ epoch: 7, issued_at: 1_000, expires_at: 61_000 });
});

test("numbers grow while the clock stands still or goes back", () => {
  const first = nextIssuedSeq(0, 1_000);
  const second = nextIssuedSeq(first, 1_000);
  const third = nextIssuedSeq(second, 500);

  expect([first, second, third]).toEqual([1_000_000, 1_000_001, 1_000_002]);
});

test("the same order is a repetition in whatever order its arguments stand, another one is a conflict", () => {
  const order = orderOf();
  const made = { ...order, args: { delivery_id: null, purpose: "service", compartment: 0 } };

  expect(isRepeated(order, made).ok).toBe(true);
  expect(isRepeated(order, { ...made, args: { ...made.args, compartment: 1 } }).ok).toBe(false);
  expect(isRepeated(order, { ...made, kind: "identify" }).ok).toBe(false);
  expect(isRepeated(order, { ...made, robotId: randomUUID() }).ok).toBe(false);
});

test.each([
  ["load", "pickup"],
  ["unload", "dropoff"],
  ["return_unload", "return"],
] as const)("an opening to %s holds only at the %s", (purpose, at_stop) => {
  const [request_id, delivery_id, robot_id] = [randomUUID(), randomUUID(), randomUUID()];
  const requested_by = { kind: "customer", id: "link" } as const;

  const order = toOpening({ request_id, delivery_id, robot_id, compartment: 0, purpose, requested_by });

  expect(order).toMatchObject({ commandId: request_id, kind: "open_lid", precondition: { delivery_id, at_stop } });
  expect(deliveryOf(order)).toBe(delivery_id);
});

test("a command for no delivery says so", () => {
  expect(deliveryOf(orderOf())).toBeNull();
});
