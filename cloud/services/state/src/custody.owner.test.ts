import { startForTest, type Started } from "@kerbside/cloud-kit/service.harness";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { custodyChanged, lidChanged } from "@kerbside/proto/events/robots";
import type { Holder } from "@kerbside/proto/robot/journal";
import type { stateRoutes } from "@kerbside/proto/routes/state";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { orderedEvent } from "./delivery.fixture.ts";
import { state } from "./service.ts";

const nineMs = Date.UTC(2026, 0, 5, 9);
const organizationId = crypto.randomUUID();
const elsewhereId = crypto.randomUUID();
const ops: Principal = { kind: "user", id: "u1", organizationId, role: "ops", name: "Aliya", storeIds: [] };
const stranger: Principal = { ...ops, organizationId: elsewhereId };

let started: Started<typeof stateRoutes>;
beforeAll(async () => {
  started = await startForTest(state, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

/** All that is told of one delivery, each to be sent when the test likes. */
function tellings() {
  const delivery_id = crypto.randomUUID();
  const robot_id = crypto.randomUUID();
  const cycles = { load: crypto.randomUUID(), unload: crypto.randomUUID() };
  const said = (second: number, by = { robot_id, organizationId }) => ({
    subject_id: by.robot_id,
    organization_id: by.organizationId,
    event_time: toInstant(nineMs + second * 1_000),
    actor: { kind: "robot", id: by.robot_id } as const,
    robot_seq: { epoch: 1, stream: "p0", seq: second },
  });
  const passes = (second: number, [from, to]: readonly [Holder, Holder], by = { robot_id, organizationId }) =>
    started.deliver(custodyChanged, {
      ...said(second, by),
      body: {
        robot_id: by.robot_id,
        delivery_id,
        attempt_id: crypto.randomUUID(),
        fencing_token: 1,
        compartment: 0,
        from,
        to,
        cycle_id: to === "robot" ? cycles.load : cycles.unload,
        place: null,
      },
    });
  const opens = (second: number, purpose: "load" | "unload") =>
    started.deliver(lidChanged, {
      ...said(second),
      body: {
        robot_id,
        cycle_id: cycles[purpose],
        compartment: 0,
        event: "lid_opened",
        from: "closed_unlocked",
        to: "open",
        flags: [],
        purpose,
        delivery_id,
        authorisation: null,
      },
    });
  const liar = { robot_id: crypto.randomUUID(), organizationId: elsewhereId };
  return {
    delivery_id,
    robot_id,
    ordered: () => started.deliver(deliveryEvent, orderedEvent(delivery_id, organizationId)),
    opensToLoad: () => opens(1, "load"),
    loads: () => passes(2, ["merchant", "robot"]),
    opensToUnload: () => opens(3, "unload"),
    handsOver: () => passes(4, ["robot", "customer"]),
    liarTakes: () => passes(3, ["merchant", "robot"], liar),
    liarGives: () => passes(5, ["robot", "customer"], liar),
  };
}

const custodyFor = (by: Principal, delivery_id: string) => started.client(by).getCustody({ params: { delivery_id } });

test("a robot that tells of a delivery before the delivery itself does not make it its own organization's", async () => {
  const { delivery_id, liarTakes, ordered, loads } = tellings();

  await liarTakes();
  await expect(custodyFor(stranger, delivery_id)).rejects.toMatchObject({ code: "delivery_not_found" });
  await ordered();
  await loads();

  await expect(custodyFor(stranger, delivery_id)).rejects.toMatchObject({ code: "delivery_not_found" });
  expect(await custodyFor(ops, delivery_id)).toMatchObject({ holder: "robot", items: [{ to: "robot" }] });
});

test("what the right robot told before the delivery's own event is in the chain when that has come", async () => {
  const { delivery_id, loads, ordered, opensToLoad } = tellings();

  await loads();
  await opensToLoad();
  await ordered();

  expect(await custodyFor(ops, delivery_id)).toMatchObject({ holder: "robot", is_whole: true });
});

test("in whatever order it is told, the chain is the same, whole, and of the delivery's own organization", async () => {
  const names = ["ordered", "opensToLoad", "loads", "opensToUnload", "handsOver", "liarTakes", "liarGives"] as const;
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...names], { minLength: names.length }), async (order) => {
      const told = tellings();

      for (const name of order) await told[name]();

      const { items, holder, is_whole } = await custodyFor(ops, told.delivery_id);
      expect({ holder, is_whole }).toEqual({ holder: "customer", is_whole: true });
      expect(items.map(({ from, to, robot_id }) => [from, to, robot_id])).toEqual([
        ["merchant", "robot", told.robot_id],
        ["robot", "customer", told.robot_id],
      ]);
      await expect(custodyFor(stranger, told.delivery_id)).rejects.toMatchObject({ code: "delivery_not_found" });
    }),
    { numRuns: 40 },
  );
});
