import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import { Fault } from "@kerbside/proto/base/fault";
import type { FaultCode } from "@kerbside/proto/base/faults";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import { auditEntry } from "@kerbside/proto/events/accounts";
import type { configRoutes } from "@kerbside/proto/routes/config";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { config } from "./service.ts";

const ours = "01890000-0000-7000-8000-000000000001";
const absent = "01890000-0000-7000-8000-00000000dead";
const center = { lat: 51.128, lng: 71.43 };
const fare = { currency: "KZT", base_minor: 60_000, per_km_minor: 15_000 };
const area = { name: "Astana", timezone: "Asia/Almaty", center, radius_m: 8_000, fare };
const address = { text: "Dostyk 5", place: center };
const service: Principal = { kind: "service", id: "sim", organizationId: null };

let started: Started<typeof configRoutes>;
beforeAll(async () => {
  started = await startForTest(config, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

function person(role: Role, organizationId = ours, storeIds: readonly string[] = []): Principal {
  return { kind: "user", id: crypto.randomUUID(), organizationId, role, name: "Aliya", storeIds };
}

const as = (principal: Principal | null) => started.client(principal);

/** A market with a merchant, a store and a hub, in an organization of its own. */
async function city() {
  const organization_id = crypto.randomUUID();
  const market = await as(service).createMarket({ body: { ...area, organization_id } });
  const merchant = await as(service).createMerchant({ body: { name: "Samsa House", organization_id } });
  const { market_id } = market;
  const { merchant_id } = merchant;
  const body = { name: "Dostyk", address, market_id, merchant_id, external_id: "d-5", organization_id };
  const store = await as(service).createStore({ body });
  const hub = await as(service).createHub({ body: { name: "North", place: center, market_id, organization_id } });
  return { organization_id, market, merchant, store, hub };
}

async function refusal(call: Promise<unknown>): Promise<FaultCode> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof Fault) return outcome.code;
  throw new Error(`not refused: ${JSON.stringify(outcome)}`);
}

test("a market answers with its prices, which an admin may change", async () => {
  const { market, organization_id } = await city();
  const params = { market_id: market.market_id };

  const changed = await as(person("admin", organization_id)).updateMarket({
    params,
    body: { fare: { ...fare, base_minor: 70_000 } },
  });

  expect(market).toMatchObject({ ...area, organization_id });
  expect(changed).toMatchObject({ name: "Astana", center, fare: { ...fare, base_minor: 70_000 } });
  expect(await as(service).getMarket({ params })).toEqual(changed);
});

test("creating again under the same id answers what is there, unchanged", async () => {
  const { market, merchant, store, hub, organization_id } = await city();
  const { market_id } = market;
  const { merchant_id } = merchant;

  const again = [
    await as(service).createMarket({ body: { ...area, name: "Other", market_id, organization_id } }),
    await as(service).createMerchant({ body: { name: "Other", merchant_id, organization_id } }),
    await as(service).createStore({
      body: { name: "Other", address, market_id, merchant_id, store_id: store.store_id, organization_id },
    }),
    await as(service).createHub({
      body: { name: "Other", place: center, market_id, hub_id: hub.hub_id, organization_id },
    }),
  ];

  expect(again).toEqual([market, merchant, store, hub]);
});

test("an id that another organization has used cannot be used again", async () => {
  const { market, merchant } = await city();
  const admin = as(person("admin"));

  expect(await refusal(admin.createMarket({ body: { ...area, market_id: market.market_id } }))).toBe(
    "idempotency_conflict",
  );
  expect(await refusal(admin.createMerchant({ body: { name: "x", merchant_id: merchant.merchant_id } }))).toBe(
    "idempotency_conflict",
  );
});

test("a store shows its brand's present name", async () => {
  const { merchant, store } = await city();

  await as(service).updateMerchant({ params: { merchant_id: merchant.merchant_id }, body: { name: "Samsa & Co" } });

  expect(store.merchant_name).toBe("Samsa House");
  expect(await as(service).getStore({ params: { store_id: store.store_id } })).toMatchObject({
    merchant_name: "Samsa & Co",
    name: "Dostyk",
    address,
    prep_minutes: 15,
    phone: null,
    external_id: "d-5",
  });
});

test("a store keeps what a change does not name", async () => {
  const { store, organization_id } = await city();

  const changed = await as(person("admin", organization_id)).updateStore({
    params: { store_id: store.store_id },
    body: { prep_minutes: 25, address: { text: "Dostyk 7", unit: "2", place: { lat: 51.13, lng: 71.44 } } },
  });

  expect(changed).toEqual({
    ...store,
    prep_minutes: 25,
    address: { text: "Dostyk 7", unit: "2", place: { lat: 51.13, lng: 71.44 } },
    updated_at: expect.any(String),
  });
});

test("an external id belongs to one store of an organization", async () => {
  const { market, merchant, store, organization_id } = await city();
  const { market_id } = market;
  const { merchant_id } = merchant;
  const body = { name: "Second", address, market_id, merchant_id, organization_id };

  const second = await as(service).createStore({ body: { ...body, external_id: "d-6" } });

  expect(await refusal(as(service).createStore({ body: { ...body, external_id: "d-5" } }))).toBe("external_id_taken");
  const params = { store_id: second.store_id };
  expect(await refusal(as(service).updateStore({ params, body: { external_id: "d-5" } }))).toBe("external_id_taken");
  const found = await as(person("ops", organization_id)).listStores({ query: { external_id: "d-5" } });
  expect(found.items.map((item) => item.store_id)).toEqual([store.store_id]);
});

test("of many stores that claim one external id at once, one gets it and the others hear why", async () => {
  const { market, merchant, organization_id } = await city();
  const { market_id } = market;
  const { merchant_id } = merchant;
  const body = { name: "Rival", address, market_id, merchant_id, organization_id };
  const rivals = await Promise.all(Array.from({ length: 4 }, () => as(service).createStore({ body })));
  const claim = { external_id: "d-7" };

  const outcomes = await Promise.allSettled([
    ...rivals.map(({ store_id }) => as(service).updateStore({ params: { store_id }, body: claim })),
    as(service).createStore({ body: { ...body, ...claim } }),
  ]);

  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ code: "external_id_taken" })),
  );
});

test("hubs are listed by market", async () => {
  const { organization_id, market, hub } = await city();
  const other = await as(service).createMarket({ body: { ...area, organization_id } });
  await as(service).createHub({ body: { name: "Far", place: center, market_id: other.market_id, organization_id } });

  const { items } = await as(service).listHubs({ query: { market_id: market.market_id } });
  await as(service).updateHub({ params: { hub_id: hub.hub_id }, body: { place: { lat: 51.2, lng: 71.5 } } });

  expect(items).toEqual([hub]);
  expect(await as(service).getHub({ params: { hub_id: hub.hub_id } })).toMatchObject({
    name: "North",
    place: { lat: 51.2, lng: 71.5 },
  });
});

test("pages neither skip nor repeat, though rows are added in between", async () => {
  const { organization_id } = await city();
  const names = ["a", "b", "c", "d"];
  for (const name of names) await as(service).createMerchant({ body: { name, organization_id } });
  const reader = as(person("ops", organization_id));

  const first = await reader.listMerchants({ query: { limit: 3 } });
  await as(service).createMerchant({ body: { name: "e", organization_id } });
  const second = await reader.listMerchants({ query: { limit: 3, cursor: first.next_cursor ?? "" } });

  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["Samsa House", ...names, "e"]);
  expect(second.next_cursor).toBeNull();
});

test("what another organization has is not there", async () => {
  const { market, merchant, store, hub, organization_id: theirs } = await city();
  const admin = as(person("admin"));
  const market_id = market.market_id;
  const merchant_id = merchant.merchant_id;

  const codes = [
    await refusal(admin.getMarket({ params: { market_id } })),
    await refusal(admin.updateMarket({ params: { market_id }, body: { name: "mine" } })),
    await refusal(admin.updateMerchant({ params: { merchant_id }, body: { name: "mine" } })),
    await refusal(admin.getStore({ params: { store_id: store.store_id } })),
    await refusal(admin.updateStore({ params: { store_id: store.store_id }, body: { name: "mine" } })),
    await refusal(admin.getHub({ params: { hub_id: hub.hub_id } })),
    await refusal(admin.updateHub({ params: { hub_id: hub.hub_id }, body: { name: "mine" } })),
    await refusal(admin.createHub({ body: { name: "mine", place: center, market_id } })),
    await refusal(admin.createStore({ body: { name: "mine", address, market_id, merchant_id } })),
  ];

  expect(codes).toEqual([
    "market_not_found",
    "market_not_found",
    "merchant_not_found",
    "store_not_found",
    "store_not_found",
    "hub_not_found",
    "hub_not_found",
    "market_not_found",
    "market_not_found",
  ]);
  expect((await as(service).getMarket({ params: { market_id } })).name).toBe("Astana");
  expect((await admin.listStores({ query: {} })).items.map((item) => item.organization_id)).not.toContain(theirs);
  expect(await refusal(admin.listStores({ query: { organization_id: theirs } }))).toBe("forbidden");
  expect(await refusal(admin.createMerchant({ body: { name: "x", organization_id: theirs } }))).toBe("forbidden");
});

test("what nobody has is not there", async () => {
  expect(await refusal(as(service).getMarket({ params: { market_id: absent } }))).toBe("market_not_found");
  expect(await refusal(as(service).getStore({ params: { store_id: absent } }))).toBe("store_not_found");
  expect(await refusal(as(service).getHub({ params: { hub_id: absent } }))).toBe("hub_not_found");
});

test("a merchant's people see the stores they work for", async () => {
  const { organization_id, store, market, merchant } = await city();
  const { market_id } = market;
  const { merchant_id } = merchant;
  const other = await as(service).createStore({
    body: { name: "Other", address, market_id, merchant_id, organization_id },
  });
  const staff = as(person("merchant", organization_id, [other.store_id]));

  expect((await staff.listStores({ query: {} })).items).toEqual([other]);
  expect(await staff.getStore({ params: { store_id: other.store_id } })).toEqual(other);
  expect(await refusal(staff.getStore({ params: { store_id: store.store_id } }))).toBe("store_not_found");
});

test.each(["ops", "pilot", "mechanic", "merchant"] as const)("%s changes nothing here", async (role) => {
  const { organization_id, store } = await city();
  const client = as(person(role, organization_id));

  expect(await refusal(client.createMarket({ body: area }))).toBe("forbidden");
  expect(await refusal(client.updateStore({ params: { store_id: store.store_id }, body: { name: "x" } }))).toBe(
    "forbidden",
  );
});

test("partners read stores and markets, and nothing else", async () => {
  const { organization_id, store } = await city();
  const partner: Principal = {
    kind: "partner",
    id: crypto.randomUUID(),
    organizationId: organization_id,
    scopes: [],
    live: true,
  };

  expect((await as(partner).listStores({ query: {} })).items).toEqual([store]);
  expect((await as(partner).listMarkets({ query: {} })).items).toHaveLength(1);
  expect(await refusal(as(partner).listHubs({ query: {} }))).toBe("forbidden");
  expect(await refusal(as(partner).createMerchant({ body: { name: "x" } }))).toBe("forbidden");
});

test("nobody reads without a credential", async () => {
  expect(await refusal(as(null).listStores({ query: {} }))).toBe("unauthenticated");
});

test("every write says who did it, and in which request", async () => {
  const { organization_id, store } = await city();
  const admin = person("admin", organization_id);

  await as(admin).updateStore({ params: { store_id: store.store_id }, body: { prep_minutes: 5 } });

  const entries = (await started.events(auditEntry)).filter((event) => event.organization_id === organization_id);
  expect(entries.map(({ body, actor }) => [body.action, actor.id])).toEqual([
    ["markets/created", "sim"],
    ["merchants/created", "sim"],
    ["stores/created", "sim"],
    ["hubs/created", "sim"],
    ["stores/changed", admin.id],
  ]);
  expect(entries.at(-1)?.body).toMatchObject({ subject_id: store.store_id, details: { prep_minutes: 5 } });
  expect(new Set(entries.map(({ causation_id }) => causation_id?.slice(0, 4)))).toEqual(new Set(["req_"]));
});

test.each([
  ["a negative price", { fare: { ...fare, base_minor: -1 } }, "/fare/base_minor"],
  ["an unknown currency's shape", { fare: { ...fare, currency: "tenge" } }, "/fare/currency"],
  ["a time zone of nowhere", { timezone: "Mars/Olympus" }, "/timezone"],
  ["a latitude beyond the pole", { center: { lat: 91, lng: 0 } }, "/center/lat"],
  ["a field of ours that nobody sets", { created_at: "2026-01-01T00:00:00Z" }, "/created_at"],
])("%s is refused by name", async (_title, wrong, pointer) => {
  const response = await started.request(
    "/v1/markets",
    { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ...area, ...wrong }) },
    person("admin"),
  );

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
});

test("a service has to say for whom it creates", async () => {
  expect(await refusal(as(service).createMarket({ body: area }))).toBe("invalid_request");
});

test.each(["limit=0", "limit=100000", "cursor=nonsense", "market_id=1"])("?%s is refused", async (query) => {
  const response = await started.request(`/v1/stores?${query}`, {}, person("admin"));

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ pointer: `/query/${query.split("=")[0]}` }] });
});
