import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Fault } from "@kerbside/proto/base/fault";
import { getAccessToken } from "uber-direct/auth";
import { createDeliveriesClient, type DeliveriesClient } from "uber-direct/deliveries";
import { Agent, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import * as z from "zod";
import { partner, stranger, type World, world } from "../world.harness.ts";
import { fromUberId } from "./ids.ts";

let here: World;
let client: DeliveriesClient;
const undo = new AsyncDisposableStack();
beforeAll(async () => {
  here = undo.use(await world(inject("postgresUrl")));
  const port = await serve(undo);
  const before = getGlobalDispatcher();
  undo.defer(() => setGlobalDispatcher(before));
  setGlobalDispatcher(redirectTo(port));
  process.env["UBER_DIRECT_CLIENT_ID"] = "client";
  process.env["UBER_DIRECT_CLIENT_SECRET"] = "secret";
  client = createDeliveriesClient(await getAccessToken(), partner.id);
});
afterAll(() => undo.disposeAsync());

const order = () => ({
  pickup_name: "Store",
  pickup_address: "улица Кенесары, 40",
  pickup_phone_number: "+77172123456",
  dropoff_name: "Aigerim",
  dropoff_address: JSON.stringify({ street_address: [`Abay ${crypto.randomUUID()}`], city: "Astana" }),
  dropoff_phone_number: "+77011234567",
  manifest_items: [{ name: "Soup", quantity: 1, size: "small" as const, price: 1_000 }],
});

describe("Uber's own client, unmodified", () => {
  test("gets a token, a quote and a delivery, and sees it through", async () => {
    const request = order();

    const quote = await client.createQuote(request);
    const created = await client.createDelivery({ ...request, quote_id: quote.id, external_id: "order-7" });
    const deliveryId = fromUberId("delivery", created.id) ?? "";
    await here.step(deliveryId, "confirmed");
    await here.step(deliveryId, "arrived_at_pickup");

    expect(quote).toMatchObject({
      kind: "delivery_quote",
      fee: 95_000,
      currency: "kzt",
      duration: 25,
      pickup_duration: 10,
    });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^del_/),
      kind: "delivery",
      status: "pending",
      complete: false,
      external_id: "order-7",
      quote_id: quote.id,
      tracking_url: expect.stringContaining("track.test"),
      live_mode: true,
      courier: null,
      pickup: { name: "Store", phone_number: "+77172123456", address: "улица Кенесары, 40" },
      manifest_items: [{ name: "Soup", quantity: 1, size: "small", price: 1_000 }],
    });
    expect(await client.getDelivery(created.id)).toMatchObject({
      id: created.id,
      status: "pickup",
      courier_imminent: true,
      courier: { name: "K1", vehicle_type: "robot" },
    });
  });

  test("lists, by status and page by page", async () => {
    const made = [];
    for (let count = 0; count < 3; count += 1) {
      await here.clock.advance(1_000);
      made.push(await client.createDelivery(order()));
    }
    await here.step(fromUberId("delivery", made[2].id) ?? "", "confirmed");

    const page = await client.listDeliveries({ limit: 2 });
    const next = await client.listDeliveries({ limit: 2, offset: 2 });
    const onTheWay = await client.listDeliveries({ filter: "pickup" });

    expect(page.data.map(({ id }: { id: string }) => id)).toEqual([made[2].id, made[1].id]);
    expect(page.next_href).toContain("offset=2");
    expect(next.data[0].id).toBe(made[0].id);
    expect(page.total_count).toBeGreaterThanOrEqual(3);
    expect(onTheWay.data.map(({ status }: { status: string }) => status)).toContain("pickup");
  });

  test("changes notes and reference", async () => {
    const { id } = await client.createDelivery(order());

    const changed = await client.updateDelivery(id, { dropoff_notes: "Ring twice", manifest_reference: "R-1" });

    expect(changed).toMatchObject({ dropoff: { notes: "Ring twice" }, manifest: { reference: "R-1" } });
  });

  test("cancels what no robot carries, and nothing else", async () => {
    const early = await client.createDelivery(order());
    const late = await client.createDelivery(order());
    await here.step(fromUberId("delivery", late.id) ?? "", "picked_up");

    expect(await client.cancelDelivery(early.id)).toMatchObject({ status: "canceled", complete: true });
    await expect(client.cancelDelivery(late.id)).rejects.toMatchObject({ status: 400, code: "noncancelable_delivery" });
  });

  test("sees goods come back as a delivery of their own", async () => {
    const { id } = await client.createDelivery(order());
    const deliveryId = fromUberId("delivery", id) ?? "";
    for (const state of ["picked_up", "arrived_at_dropoff", "enroute_to_return"] as const)
      await here.step(deliveryId, state);

    const original = await client.getDelivery(id);
    const back = await client.getDelivery(original.related_deliveries[0].id);

    expect(original).toMatchObject({ status: "dropoff", dropoff: { status: "failed" } });
    expect(back).toMatchObject({
      id: expect.stringMatching(/^ret_/),
      status: "dropoff",
      dropoff: { name: "Store" },
      related_deliveries: [{ id, relationship: "original" }],
    });
  });
});

describe("the same order again", () => {
  test("under one key is one delivery, an hour long", async () => {
    const request = { ...order(), idempotency_key: crypto.randomUUID() };

    const first = await client.createDelivery(request);
    const again = await client.createDelivery(request);
    await here.clock.advance(61 * 60_000);
    const later = await client.createDelivery(request);

    expect(again.id).toBe(first.id);
    expect(later.id).not.toBe(first.id);
  });

  test("at the same time is one delivery", async () => {
    const request = { ...order(), idempotency_key: crypto.randomUUID() };

    const both = await Promise.all([client.createDelivery(request), client.createDelivery(request)]);

    expect(both[0].id).toBe(both[1].id);
  });

  test("is not judged by the clock again", async () => {
    const pickup_ready_dt = new Date(here.clock.now() + 60_000).toISOString();
    const request = { ...order(), idempotency_key: crypto.randomUUID(), pickup_ready_dt };
    const first = await client.createDelivery(request);
    await here.clock.advance(10 * 60_000);

    expect((await client.createDelivery(request)).id).toBe(first.id);
  });

  test("without a key is refused while the first is under way, and names it", async () => {
    const request = order();
    const first = await client.createDelivery(request);

    const refusal = client.createDelivery(request);
    await expect(refusal).rejects.toMatchObject({
      status: 409,
      code: "duplicate_delivery",
      metadata: { delivery_id: first.id },
    });

    await here.step(fromUberId("delivery", first.id) ?? "", "cancelled");
    expect((await client.createDelivery(request)).id).not.toBe(first.id);
  });

  test("under a key that another order used is refused", async () => {
    const idempotency_key = crypto.randomUUID();
    const first = await client.createDelivery({ ...order(), idempotency_key });

    await expect(client.createDelivery({ ...order(), idempotency_key })).rejects.toMatchObject({
      code: "duplicate_delivery",
      metadata: { delivery_id: first.id },
    });
  });

  test("after nobody answered is the delivery that the first try may have made", async () => {
    const request = order();
    here.deliveries.fails = new Fault("unavailable");
    const lost = client.createDelivery(request);
    await expect(lost).rejects.toMatchObject({ status: 503, code: "service_unavailable" });
    const before = here.deliveries.byId.size;

    await client.createDelivery(request);

    expect(here.deliveries.byId.size).toBe(before + 1);
    await expect(client.createDelivery(request)).rejects.toMatchObject({ code: "duplicate_delivery" });
  });

  test("after a refusal is a new order", async () => {
    const request = { ...order(), idempotency_key: crypto.randomUUID() };
    here.deliveries.fails = new Fault("quote_expired");
    await expect(client.createDelivery(request)).rejects.toMatchObject({ status: 400, code: "expired_quote" });

    expect((await client.createDelivery(request)).status).toBe("pending");
  });
});

describe("a test key", () => {
  const ask = async (token: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const response = await here.started.request(`/v1/customers/${partner.id}/deliveries${path}`, init);
    return { status: response.status, body: Answer.parse(await response.json()) };
  };
  const Answer = z.object({
    id: z.string().default(""),
    code: z.string().optional(),
    live_mode: z.boolean().optional(),
    metadata: z.record(z.string(), z.string()).default({}),
    data: z.array(z.object({ id: z.string() })).default([]),
  });
  const roboCourier = { robo_courier_specification: { mode: "auto" } };

  test("orders as a test, and neither kind of key finds what the other ordered", async () => {
    const request = order();

    const rehearsed = await ask("rehearsing", "", { ...request, test_specifications: roboCourier });
    const live = await ask("good", "", request);

    expect([rehearsed.body.live_mode, live.body.live_mode]).toEqual([false, true]);
    expect(here.deliveries.byId.get(fromUberId("delivery", rehearsed.body.id) ?? "")?.live).toBe(false);
    for (const [token, other] of [
      ["good", rehearsed.body.id],
      ["rehearsing", live.body.id],
    ] as const) {
      expect(await ask(token, `/${other}`)).toMatchObject({ status: 404, body: { code: "delivery_not_found" } });
      expect(await ask(token, `/${other}/cancel`, {})).toMatchObject({ status: 404 });
      const { data } = (await ask(token, "?limit=100")).body;
      expect(data.map(({ id }) => id)).not.toContain(other);
    }
  });

  test("is what Robo Courier is for: a live key that asks for it is refused", async () => {
    const refused = await ask("good", "", { ...order(), test_specifications: roboCourier });

    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_params" } });
    expect(Object.keys(refused.body.metadata)).toEqual(["test_specifications"]);
  });
});

describe("a refusal", () => {
  test("names each parameter that is wrong", async () => {
    const refusal = client.createDelivery({ ...order(), dropoff_phone_number: "1", manifest_items: [] });

    await expect(refusal).rejects.toMatchObject({
      status: 400,
      code: "invalid_params",
      metadata: { dropoff_phone_number: expect.any(String), manifest_items: expect.any(String) },
    });
  });

  test.each([
    ["of a window", { pickup_ready_dt: "2020-01-01T00:00:00Z" }, "pickup_ready_too_early"],
    ["of an unknown store", { external_store_id: "none" }, "invalid_params"],
  ])("%s has its own code", async (_title, change, code) => {
    await expect(client.createQuote({ ...order(), ...change })).rejects.toMatchObject({ status: 400, code });
  });

  test("of an address tells which", async () => {
    here.deliveries.fails = new Fault("address_undeliverable", { which: "dropoff" });

    await expect(client.createQuote(order())).rejects.toMatchObject({
      code: "unknown_location",
      metadata: { dropoff_address: expect.any(String) },
    });
  });

  test.each([
    ["the key asks too often", "hasty", null],
    ["a part of ours is asked too often", "good", new Fault("rate_limited", { retry_after_s: 9 })],
  ])("because %s says how long to wait", async (_title, token, fault) => {
    here.deliveries.fails = fault;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(order()) };

    const response = await here.started.request(`/v1/customers/${partner.id}/delivery_quotes`, init);

    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("9");
    expect(await response.json()).toMatchObject({ code: "customer_limited" });
  });

  test("of a tip, of another destination and of a proof says that a robot has none", async () => {
    const { id } = await client.createDelivery(order());

    await expect(client.updateDelivery(id, { tip_by_customer: 500 })).rejects.toMatchObject({
      code: "invalid_tipping_state",
    });
    await expect(client.updateDelivery(id, { dropoff_latitude: 51 })).rejects.toMatchObject({ code: "invalid_params" });
    await expect(client.proofOfDelivery(id, { waypoint: "dropoff", type: "picture" })).rejects.toMatchObject({
      status: 404,
    });
  });

  test.each(["del_AYkAAAAAcACAAAAAAAAAAQ", "del_x", "ret_AYkAAAAAcACAAAAAAAAAAQ", "dqt_AYkAAAAAcACAAAAAAAAAAQ"])(
    "of the unknown delivery %s",
    async (id) => {
      await expect(client.getDelivery(id)).rejects.toMatchObject({ status: 404, code: "delivery_not_found" });
    },
  );
});

describe("nobody reaches what is not theirs", () => {
  test("with a bad token, without the scope, or as another customer", async () => {
    const { id } = await client.createDelivery(order());
    const as = (token: string, customer: string = partner.id) =>
      createDeliveriesClient(token, customer).getDelivery(id);

    await expect(as("bad")).rejects.toMatchObject({ status: 401, code: "unauthorized" });
    await expect(as("scopeless")).rejects.toMatchObject({ status: 403, code: "customer_blocked" });
    await expect(as("good", stranger.id)).rejects.toMatchObject({ status: 404, code: "customer_not_found" });
    await expect(as("stranger", stranger.id)).rejects.toMatchObject({ status: 404, code: "delivery_not_found" });
    expect((await createDeliveriesClient("stranger", stranger.id).listDeliveries()).data).toEqual([]);
  });
});

describe("the token endpoint", () => {
  const ask = (form: Record<string, string>, type = "application/x-www-form-urlencoded") =>
    here.started.request("/oauth/v2/token", {
      method: "POST",
      headers: { "content-type": type },
      body: new URLSearchParams(form).toString(),
    });
  const good = { client_id: "client", client_secret: "secret", grant_type: "client_credentials" };

  test("gives of the scopes asked for those that the key has", async () => {
    const response = await ask({ ...good, scope: "direct.organizations eats.deliveries" });

    expect(await response.json()).toMatchObject({
      token_type: "Bearer",
      expires_in: 2_592_000,
      scope: "eats.deliveries",
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    ["a wrong secret", { ...good, client_secret: "wrong" }, 401, "invalid_client"],
    ["no id", { ...good, client_id: "" }, 400, "invalid_request"],
    ["another grant", { ...good, grant_type: "password" }, 400, "unsupported_grant_type"],
    ["only scopes that the key lacks", { ...good, scope: "direct.organizations" }, 400, "invalid_scope"],
  ])("refuses %s", async (_title, form, status, error) => {
    const response = await ask(form);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });

  test("refuses what is no form, and one that is too large", async () => {
    const json = await ask(good, "application/json");
    const huge = await ask({ ...good, more: "x".repeat(10_000) });

    expect([json.status, huge.status]).toEqual([400, 400]);
  });
});

/** The façade behind a real socket, as a proxy would reach it. */
async function serve(stack: AsyncDisposableStack): Promise<number> {
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  const response = await here.started.request(url, { method, headers, ...body });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(await response.text());
}

/** The client's hosts are fixed in its code; whatever it sends there comes here. */
function redirectTo(port: number): Dispatcher {
  const hosts = new Set(["https://api.uber.com", "https://login.uber.com"]);
  return new Agent().compose((dispatch) => (options, handler) => {
    const isUber = hosts.has(String(options.origin));
    return dispatch(isUber ? { ...options, origin: `http://127.0.0.1:${port}` } : options, handler);
  });
}
