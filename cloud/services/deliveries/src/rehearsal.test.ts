import type { Principal } from "@kerbside/proto/base/roles";
import { attemptEvent, deliveryEvent, testDeliveryEvent } from "@kerbside/proto/events/deliveries";
import { rehearsals } from "@kerbside/proto/routes/deliveries";
import { deliveryStates, deliveryTable } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ops, partner, rehearsing, service } from "./people.fixture.ts";
import { nextRehearsed, rehearsalStepMs } from "./rehearsal.ts";
import { makeWorld, order, type Order, type World } from "./world.fixture.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});
afterAll(() => world[Symbol.asyncDispose]());

const as = (principal: Principal) => world.started.client(principal);
const rehearse = (changes: Partial<Order> = {}) =>
  as(rehearsing).createDelivery({ body: { ...order, dropoff: { ...order.dropoff, name: "Test" }, ...changes } });

/** Lets the time of some steps pass, with the script at work. */
async function wait(steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await world.clock.advance(rehearsalStepMs);
    await world.watchOnce("rehearsal");
  }
}

describe("what a test key orders", () => {
  test("is told to nobody who moves robots, and a plan for it is not taken", async () => {
    const { delivery_id, live } = await rehearse();

    await world.plan(delivery_id);

    const about = { subject_id: delivery_id };
    expect(live).toBe(false);
    expect(await world.started.events(deliveryEvent)).not.toContainEqual(expect.objectContaining(about));
    expect(await world.started.events(attemptEvent)).not.toContainEqual(expect.objectContaining(about));
    expect(await world.started.events(testDeliveryEvent)).toContainEqual(expect.objectContaining(about));
    expect((await world.find(delivery_id)).state).toBe("created");
  });

  test("takes a step every 30 s until it is delivered, and has no robot", async () => {
    const { delivery_id } = await rehearse();

    await wait(7);

    expect(await world.path(delivery_id)).toEqual([
      "created",
      "confirmed",
      "enroute_to_pickup",
      "arrived_at_pickup",
      "picked_up",
      "enroute_to_dropoff",
      "arrived_at_dropoff",
      "delivered",
    ]);
    expect(await world.find(delivery_id)).toMatchObject({ robot_id: null, attempt_id: null });
  });

  test("opens no lid, not even for the customer's link", async () => {
    const { delivery_id, tracking_url } = await rehearse();
    await wait(6);
    const headers = { authorization: `Bearer ${new URL(tracking_url ?? "").hash.slice(1)}` };

    const press = as(ops).openLid({ params: { delivery_id }, body: { request_id: crypto.randomUUID() } });

    await expect(press).rejects.toMatchObject({ code: "robot_not_at_stop" });
    const page = await world.started.request("/v1/tracking", { headers });
    expect([page.status, await page.json()]).toMatchObject([200, { can_open: false, pin: null }]);
  });

  test("is cancelled at once before loading, and comes back when an operator wants it after", async () => {
    const early = await rehearse();
    await wait(3);
    const cancelled = await as(rehearsing).cancelDelivery({ params: early, body: {} });
    const late = await rehearse();
    await wait(4);

    await as(ops).cancelDelivery({ params: late, body: {} });
    await wait(3);

    expect(cancelled.state).toBe("cancelled");
    expect((await world.find(late.delivery_id)).state).toBe("returned");
  });

  test.each([
    ["not_collected", 9, "returned", "failed_to_deliver"],
    ["not_loaded", 4, "cancelled", "failed_to_pickup"],
  ] as const)("ends as the partner wants to see it: %s", async (rehearsal, steps, state, reason) => {
    const { delivery_id } = await rehearse({ rehearsal });

    await wait(steps);

    expect(await world.find(delivery_id)).toMatchObject({ state, reason });
  });

  test("is no wish of a live key", async () => {
    const wish = as(partner).createDelivery({ body: { ...order, rehearsal: "not_loaded" } });

    await expect(wish).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/rehearsal" }] });
  });

  test("calls no people, however long it stands", async () => {
    const { delivery_id } = await rehearse();

    await world.clock.advance(24 * 60 * 60_000);
    await world.watchOnce();

    expect(await world.incidents(delivery_id)).toEqual([]);
  });
});

describe("a key", () => {
  test.each([
    ["a test key", rehearsing, partner],
    ["a live key", partner, rehearsing],
  ])("sees nothing of what %s ordered when it is of the other kind", async (_title, mine, other) => {
    const { delivery_id } = await as(mine).createDelivery({ body: order });
    const quote = await as(mine).createQuote({ body: { store_id: order.store_id, dropoff: order.dropoff.address } });
    const params = { delivery_id };

    const refusals = await Promise.all(
      [
        as(other).getDelivery({ params }),
        as(other).getDeliveryHistory({ params }),
        as(other).cancelDelivery({ params, body: {} }),
        as(other).updateDelivery({ params, body: {} }),
        as(other).createTrackingLink({ params, body: { scope: "view" } }),
        as(other).getQuote({ params: quote }),
        as(other).createDelivery({ body: { ...order, quote_id: quote.quote_id } }),
        as(other).createDelivery({ body: { ...order, delivery_id } }),
      ].map((call) => call.catch((error: unknown) => error)),
    );

    const codes = refusals.map((refusal) => Reflect.get(Object(refusal), "code"));
    expect(codes).toEqual([
      ...Array.from({ length: 5 }, () => "delivery_not_found"),
      "quote_not_found",
      "quote_not_found",
      "idempotency_conflict",
    ]);
    const { items } = await as(other).listDeliveries({ query: { live: String(mine === partner) } });
    expect(items.map((each) => each.delivery_id)).not.toContain(delivery_id);
  });

  test("of each kind may use the same external id", async () => {
    const body = { ...order, external_id: crypto.randomUUID() };

    const live = await as(partner).createDelivery({ body });
    const rehearsed = await as(rehearsing).createDelivery({ body });
    const on_behalf_of = { organization_id: partner.organizationId ?? "", partner_id: partner.id, live: false };
    const again = as(service).createDelivery({ body: { ...body, on_behalf_of } });

    expect(rehearsed.delivery_id).not.toBe(live.delivery_id);
    await expect(again).rejects.toMatchObject({ details: { delivery_id: rehearsed.delivery_id } });
  });
});

test("ops see test deliveries where they ask for them, and not among the others", async () => {
  const { delivery_id } = await rehearse();
  const listed = async (query: { live?: string } = {}) => {
    const { items } = await as(ops).listDeliveries({ query });
    return items.map((each) => each.delivery_id);
  };

  expect(await listed()).not.toContain(delivery_id);
  expect(await listed({ live: "false" })).toContain(delivery_id);
});

test.each(rehearsals)("the script of %s takes legal steps only, and leaves nothing standing", (rehearsal) => {
  for (const state of deliveryStates) {
    const next = nextRehearsed({ state, cancel_requested: false, rehearsal });

    const isLegal = next !== null && deliveryTable.steps[state][next.event] !== null;
    expect(isLegal).toBe(!isTerminal(deliveryTable, state));
  }
});
