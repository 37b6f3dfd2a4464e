import { Fault } from "@kerbside/proto/base/fault";
import { toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent } from "@kerbside/proto/events/deliveries";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  doorPlace,
  foreigner,
  ids,
  merchant,
  ops,
  otherMerchant,
  otherPartner,
  partner,
  service,
  storePlace,
} from "./people.fixture.ts";
import { makeWorld, order, type Order, type World } from "./world.fixture.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld(inject("postgresUrl"));
});

afterAll(() => world[Symbol.asyncDispose]());

const quoted = { store_id: ids.store, dropoff: order.dropoff.address };
const as = (principal: Parameters<World["started"]["client"]>[0]) => world.started.client(principal);
const newExternalId = () => `order-${crypto.randomUUID()}`;

describe("a quote", () => {
  test("carries price, both ends, arrival times, the map's version and its own end", async () => {
    const quote = await as(partner).createQuote({ body: quoted });

    const now = world.clock.now();
    expect(quote).toMatchObject({
      state: "offered",
      price: { amount_minor: 75_000, currency: "KZT" },
      pickup: { text: "Mangilik El 1", place: storePlace },
      dropoff: { text: "Kabanbay Batyr 12", place: doorPlace },
      distance_m: 1_250,
      policy_version: "map-1",
      eta_dropoff_p50_at: toInstant(now + 30 * 60_000),
      eta_dropoff_p90_at: toInstant(now + 42 * 60_000),
      expires_at: toInstant(now + 5 * 60_000),
      delivery_id: null,
    });
  });

  test("is there for whoever asked and for ops, and for nobody else", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });

    const params = { quote_id };
    expect((await as(ops).getQuote({ params })).quote_id).toBe(quote_id);
    await expect(as(otherPartner).getQuote({ params })).rejects.toMatchObject({ code: "quote_not_found" });
    await expect(as(foreigner).getQuote({ params })).rejects.toMatchObject({ code: "quote_not_found" });
    await expect(as(otherMerchant).getQuote({ params })).rejects.toMatchObject({ code: "quote_not_found" });
  });

  test("is read as expired from its last millisecond on", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });

    await world.clock.advance(5 * 60_000);

    expect((await as(partner).getQuote({ params: { quote_id } })).state).toBe("expired");
  });

  test.each(["address_undeliverable", "no_route", "unavailable"] as const)(
    "that dispatch cannot give is refused as %s",
    async (code) => {
      world.dispatch.fault = new Fault(code);

      const asked = as(partner).createQuote({ body: quoted });

      await expect(asked).rejects.toMatchObject({ code });
      world.dispatch.fault = null;
    },
  );

  test("asked again with the same Idempotency-Key is the same quote", async () => {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify(quoted),
    };

    const first = await world.started.request("/v1/quotes", init, partner);
    const second = await world.started.request("/v1/quotes", init, partner);

    expect(first.status).toBe(201);
    expect(await second.json()).toEqual(await first.json());
  });
});

describe("an order", () => {
  test("becomes a delivery that waits for a robot, and everybody hears of it", async () => {
    const delivery = await world.order({ external_id: newExternalId(), pickup: { notes: "back door" } });

    expect(delivery).toMatchObject({
      state: "created",
      version: 1,
      partner_id: ids.partner,
      merchant_name: "Plov Central",
      pickup: { name: "Plov Central, Left Bank", phone: "+77172000000", notes: "back door" },
      dropoff: { name: "Aigerim", phone: "+77172123456" },
      price: { amount_minor: 75_000, currency: "KZT" },
      robot_id: null,
    });
    expect(delivery.tracking_url).toMatch(/^http:\/\/127\.0\.0\.1\/t#trk_[\w-]{43}$/);
    const told = (await world.started.events(deliveryEvent)).filter((one) => one.subject_id === delivery.delivery_id);
    expect(told).toMatchObject([
      {
        organization_id: ids.organization,
        actor: { kind: "partner", id: ids.partner },
        body: { happened: "created", delivery: { state: "created", version: 1 } },
      },
    ]);
  });

  test("by quote has the quote's price and uses it up", async () => {
    const quote = await as(partner).createQuote({ body: quoted });
    const asked = world.dispatch.asked;

    const delivery = await world.order({ quote_id: quote.quote_id });

    expect(delivery).toMatchObject({ quote_id: quote.quote_id, price: quote.price, merchant_name: "Plov Central" });
    expect(world.dispatch.asked).toBe(asked);
    const used = await as(partner).getQuote({ params: { quote_id: quote.quote_id } });
    expect(used).toMatchObject({ state: "accepted", delivery_id: delivery.delivery_id });
    await expect(world.order({ quote_id: quote.quote_id })).rejects.toMatchObject({ code: "quote_used" });
  });

  test("of two that race for one quote gives it to one", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });

    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => world.order({ quote_id })));

    const reasons = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "taken"));
    expect(reasons.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["quote_used", "quote_used", "quote_used", "taken"]);
  });

  test.each<[string, Partial<Order>, string]>([
    ["another drop-off", { dropoff: { ...order.dropoff, address: { text: "Turan 5" } } }, "mismatched_price_quote"],
    ["another pickup", { pickup: { address: { text: "Turan 5" } } }, "mismatched_price_quote"],
    ["another store", { store_id: ids.otherStore }, "mismatched_price_quote"],
    ["a quote that nobody gave", { quote_id: crypto.randomUUID() }, "quote_not_found"],
  ])("by a quote for %s is refused", async (_title, changes, code) => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });

    await expect(world.order({ quote_id, ...changes })).rejects.toMatchObject({ code });
  });

  test("by a quote whose time is over is refused", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });
    await world.clock.advance(5 * 60_000);

    await expect(world.order({ quote_id })).rejects.toMatchObject({ code: "quote_expired" });
  });

  test("by somebody else's quote is refused as if it were not there", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });

    const body = { ...order, quote_id };
    await expect(as(otherPartner).createDelivery({ body })).rejects.toMatchObject({ code: "quote_not_found" });
    await expect(as(ops).createDelivery({ body })).rejects.toMatchObject({ code: "quote_not_found" });
  });

  test("from a place without a store names whom the robot meets", async () => {
    const pickup = { address: { place: storePlace }, name: "Bakyt", phone: "+77170000001" };

    const { store_id: _, ...free } = order;
    const delivery = await as(partner).createDelivery({ body: { ...free, pickup } });

    expect(delivery).toMatchObject({ store_id: null, merchant_id: null, merchant_name: "Bakyt" });
    expect(delivery.pickup).toMatchObject({ name: "Bakyt", address: { text: "near Mangilik El" } });
  });
});

describe("the same order again is the same delivery", () => {
  test("by the id that the caller chose, with or without the quote that it used up", async () => {
    const { quote_id } = await as(partner).createQuote({ body: quoted });
    const body = { ...order, quote_id, delivery_id: crypto.randomUUID() };

    const first = await as(partner).createDelivery({ body });
    await world.clock.advance(10 * 60_000);
    const second = await as(partner).createDelivery({ body });

    expect(second.delivery_id).toBe(body.delivery_id);
    expect(second).toEqual(first);
    expect(await world.told(body.delivery_id)).toEqual(["created"]);
  });

  test("in the same words, whatever offset its times were given with", async () => {
    const body = {
      ...order,
      delivery_id: crypto.randomUUID(),
      pickup_ready_at: "2026-01-05T15:00:00+05:00",
      dropoff_deadline_at: "2026-01-05T17:00:00.5+05:00",
    };

    const first = await as(partner).createDelivery({ body });

    expect([first.pickup_ready_at, first.dropoff_deadline_at]).toEqual([
      "2026-01-05T10:00:00.000Z",
      "2026-01-05T12:00:00.500Z",
    ]);
    expect(await as(partner).createDelivery({ body })).toEqual(first);
  });

  test("by its external id, also when both come at once", async () => {
    const external_id = newExternalId();

    const [first, second] = await Promise.all([world.order({ external_id }), world.order({ external_id })]);

    expect(second?.delivery_id).toBe(first?.delivery_id);
  });

  test("by its Idempotency-Key", async () => {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify(order),
    };

    const first = await world.started.request("/v1/deliveries", init, partner);
    const second = await world.started.request("/v1/deliveries", init, partner);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.text()).toBe(await first.text());
  });

  test("but another order under its external id is refused and names the first", async () => {
    const external_id = newExternalId();
    const { delivery_id } = await world.order({ external_id });

    const again = world.order({ external_id, items: [{ name: "Tea", quantity: 1 }] });

    await expect(again).rejects.toMatchObject({ code: "duplicate_delivery", details: { delivery_id } });
  });

  test("another partner's external ids are its own", async () => {
    const external_id = newExternalId();
    const mine = await world.order({ external_id });

    const theirs = await as(otherPartner).createDelivery({ body: { ...order, external_id } });

    expect(theirs.delivery_id).not.toBe(mine.delivery_id);
  });

  test("an external id is free again when its delivery came to nothing", async () => {
    const external_id = newExternalId();
    const first = await world.order({ external_id });
    await as(partner).cancelDelivery({ params: { delivery_id: first.delivery_id }, body: {} });

    const second = await world.order({ external_id });

    expect(second.delivery_id).not.toBe(first.delivery_id);
  });

  test("an id that belongs to another order, or to somebody else's, is refused without a word about it", async () => {
    const { delivery_id } = await world.order();

    const outcomes = await Promise.allSettled([
      world.order({ delivery_id, items: [{ name: "Tea", quantity: 1 }] }),
      as(otherPartner).createDelivery({ body: { ...order, delivery_id } }),
    ]);

    const refused = { status: "rejected", reason: { code: "idempotency_conflict", details: {} } };
    expect(outcomes).toMatchObject([refused, refused]);
  });
});

describe("who may order", () => {
  const on_behalf_of = { organization_id: ids.organization, partner_id: ids.partner };

  test("a service orders for a partner, whose delivery it is", async () => {
    const delivery = await as(service).createDelivery({ body: { ...order, on_behalf_of } });

    expect(delivery.partner_id).toBe(ids.partner);
    expect((await as(partner).getDelivery({ params: delivery })).delivery_id).toBe(delivery.delivery_id);
    const [created] = (await world.started.events(deliveryEvent)).filter(
      (one) => one.subject_id === delivery.delivery_id,
    );
    expect(created?.actor).toEqual({ kind: "partner", id: ids.partner });
  });

  test("a service has to say for whom, and nobody else may", async () => {
    const outcomes = await Promise.allSettled([
      as(service).createDelivery({ body: order }),
      as(partner).createDelivery({ body: { ...order, on_behalf_of } }),
    ]);

    expect(outcomes).toMatchObject([
      { status: "rejected", reason: { code: "invalid_request", errors: [{ pointer: "/on_behalf_of" }] } },
      { status: "rejected", reason: { code: "forbidden" } },
    ]);
  });

  test("a merchant's people order for their own stores", async () => {
    const { store_id: _, ...free } = order;

    expect((await as(merchant).createDelivery({ body: order })).store_id).toBe(ids.store);
    await expect(as(otherMerchant).createDelivery({ body: order })).rejects.toMatchObject({ code: "store_not_found" });
    await expect(as(merchant).createDelivery({ body: free })).rejects.toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/store_id" }],
    });
  });

  test("another organization's store is not there", async () => {
    await expect(world.order({ store_id: ids.foreignStore })).rejects.toMatchObject({ code: "store_not_found" });
    await expect(world.order({ store_id: crypto.randomUUID() })).rejects.toMatchObject({ code: "store_not_found" });
    await expect(as(foreigner).createDelivery({ body: order })).rejects.toMatchObject({ code: "store_not_found" });
  });

  test("nobody without a credential", async () => {
    await expect(as(null).createDelivery({ body: order })).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("a bad order", () => {
  const { store_id: _, ...free } = order;

  test.each<[string, object, string]>([
    ["without items", { ...order, items: [] }, "/items"],
    ["with 20,000 items", { ...order, items: Array.from({ length: 20_000 }, () => order.items[0]) }, "/items"],
    ["with an item of nothing", { ...order, items: [{ name: "Soup", quantity: 0 }] }, "/items/0/quantity"],
    ["with a phone that is none", { ...order, dropoff: { ...order.dropoff, phone: "12" } }, "/dropoff/phone"],
    [
      "with coordinates off the earth",
      { ...order, dropoff: { ...order.dropoff, address: { place: { lat: 91, lng: 0 } } } },
      "/dropoff/address/place/lat",
    ],
    ["with an address that says nothing", { ...order, dropoff: { ...order.dropoff, address: {} } }, "/dropoff/address"],
    ["with fields that are not the caller's", { ...order, state: "delivered" }, "/state"],
    ["with an unknown action", { ...order, undeliverable_action: "burn" }, "/undeliverable_action"],
    ["with an id that is none", { ...order, delivery_id: "1" }, "/delivery_id"],
    ["without pickup and store", free, "/pickup/name"],
    ["with a pickup that nobody stands at", { ...free, pickup: { address: { text: "Turan 1" } } }, "/pickup/name"],
    ["with a pickup that lies nowhere", { ...free, pickup: { name: "Bakyt" } }, "/pickup"],
  ])("%s is refused with the field's name and writes nothing", async (_title, body, pointer) => {
    const before = await as(ops).listDeliveries({ query: { limit: 1 } });

    const answer = await world.started.request(
      "/v1/deliveries",
      { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
      partner,
    );

    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: "invalid_request", errors: [{ pointer }] },
    ]);
    expect(await as(ops).listDeliveries({ query: { limit: 1 } })).toEqual(before);
  });
});
