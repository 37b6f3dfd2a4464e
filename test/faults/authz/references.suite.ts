import { randomUUID } from "node:crypto";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { deviceRoutes } from "@kerbside/proto/routes/device";
import { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { fleetRoutes } from "@kerbside/proto/routes/fleet";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { operationsRoutes } from "@kerbside/proto/routes/operations";
import { stateRoutes } from "@kerbside/proto/routes/state";
import { describe, expect, test } from "vitest";
import { codeOf, type Sent, send } from "../world/call.ts";
import { callersOf } from "../world/callers.ts";
import { only } from "../world/tenant.ts";
import type { World } from "../world/world.ts";
import { leaksTo } from "./secrecy.ts";

const here = { lat: 51.13, lng: 71.43 };
const address = { text: "Somewhere", place: here };
const dropoff = { name: "boran", address: { place: here } };
const items = [{ name: "Soup", quantity: 1 }];

type Reference = readonly [what: string, endpoint: Endpoint, (world: World) => Sent, refusal: RegExp];

/** Things of the other tenant, named inside requests that are otherwise one's own. */
const references: readonly Reference[] = [
  [
    "a key for its partner",
    accountsRoutes.createApiKey,
    ({ aspan }) => ({ body: { partner_name: "x", partner_id: aspan.first.id } }),
    /partner_not_found/,
  ],
  [
    "a store in its market",
    configRoutes.createStore,
    ({ aspan, boran }) => ({ body: { name: "x", address, market_id: aspan.marketId, merchant_id: boran.merchantId } }),
    /market_not_found/,
  ],
  [
    "a store of its merchant",
    configRoutes.createStore,
    ({ aspan, boran }) => ({ body: { name: "x", address, market_id: boran.marketId, merchant_id: aspan.merchantId } }),
    /merchant_not_found/,
  ],
  [
    "a hub in its market",
    configRoutes.createHub,
    ({ aspan }) => ({ body: { name: "x", place: here, market_id: aspan.marketId } }),
    /market_not_found/,
  ],
  [
    "a robot at its hub",
    deviceRoutes.createDevice,
    ({ aspan, boran }) => ({ body: { name: "x", market_id: boran.marketId, hub_id: aspan.hubId } }),
    /hub_not_found/,
  ],
  [
    "a robot in its market",
    deviceRoutes.createDevice,
    ({ aspan, boran }) => ({ body: { name: "x", market_id: aspan.marketId, hub_id: boran.hubId } }),
    /hub_not_found/,
  ],
  [
    "a quote from its store",
    deliveryRoutes.createQuote,
    ({ aspan }) => ({ body: { store_id: aspan.north, dropoff: { place: here } } }),
    /store_not_found/,
  ],
  [
    "an order at its store",
    deliveryRoutes.createDelivery,
    ({ aspan }) => ({ body: { store_id: aspan.north, dropoff, items } }),
    /store_not_found/,
  ],
  [
    "an order by its quote",
    deliveryRoutes.createDelivery,
    ({ boran, quote }) => ({ body: { store_id: boran.north, quote_id: quote, dropoff, items } }),
    /quote_not_found/,
  ],
  [
    "an order under its delivery's id",
    deliveryRoutes.createDelivery,
    ({ boran, delivery }) => ({ body: { store_id: boran.north, delivery_id: delivery, dropoff, items } }),
    /idempotency_conflict|duplicate_delivery/,
  ],
];

/** Lists of one's own, asked for by a thing of the other tenant. */
const filters: readonly (readonly [endpoint: Endpoint, (world: World) => Sent["query"]])[] = [
  [deliveryRoutes.listDeliveries, ({ aspan }) => ({ store_id: aspan.north })],
  [deliveryRoutes.listDeliveries, ({ aspan }) => ({ robot_id: aspan.robot.id })],
  [deliveryRoutes.listDeliveries, ({ aspan }) => ({ partner_id: aspan.first.id })],
  [deliveryRoutes.listDeliveries, () => ({ external_id: "p-one-1" })],
  [operationsRoutes.listTrips, ({ aspan }) => ({ robot_id: aspan.robot.id })],
  [operationsRoutes.listTrips, ({ delivery }) => ({ delivery_id: delivery })],
  [operationsRoutes.listMissions, ({ aspan }) => ({ robot_id: aspan.robot.id })],
  [operationsRoutes.listMissions, ({ delivery }) => ({ delivery_id: delivery })],
  [configRoutes.listStores, ({ aspan }) => ({ market_id: aspan.marketId })],
  [configRoutes.listStores, ({ aspan }) => ({ merchant_id: aspan.merchantId })],
  [configRoutes.listHubs, ({ aspan }) => ({ market_id: aspan.marketId })],
  [fleetRoutes.listRobots, ({ aspan }) => ({ market_id: aspan.marketId })],
  [fleetRoutes.nearestRobots, ({ aspan }) => ({ ...here, market_id: aspan.marketId })],
  [integrationsRoutes.listWebhooks, ({ aspan }) => ({ partner_id: aspan.first.id })],
  [accountsRoutes.listApiKeys, ({ aspan }) => ({ partner_id: aspan.first.id })],
  [accountsRoutes.listAuditEntries, ({ aspan }) => ({ actor_id: aspan.people.admin.id })],
  [accountsRoutes.listAuditEntries, ({ aspan }) => ({ subject_id: aspan.robot.id })],
  [dispatchRoutes.listPlans, () => ({ limit: 500 })],
];

/** What the other tenant's ids are worth inside one's own requests: nothing. */
export function referencesSuite(world: () => World): void {
  const admin = () => only(callersOf(world()).find(({ name }) => name === "admin of boran"));

  test.each(references)("%s cannot be made", async (_what, endpoint, aim, refusal) => {
    const answered = await send(world().platform.url, endpoint, aim(world()), admin().credential);

    expect(codeOf(answered)).toMatch(refusal);
    expect(leaksTo(admin(), world(), answered.text)).toBeNull();
  });

  test("a list by it is empty, or refused", async () => {
    const wrong: string[] = [];
    for (const [endpoint, aim] of filters) {
      const query = aim(world()) ?? {};
      const answered = await send(world().platform.url, endpoint, { query }, admin().credential);
      const isEmpty = answered.status === 200 && (/"items":\[\]/.test(answered.text) || "limit" in query);
      const isRefused = answered.status === 403 || answered.status === 404;
      const leak = leaksTo(admin(), world(), answered.text);
      if (!(isEmpty || isRefused) || leak !== null)
        wrong.push(`${endpoint.path} ${JSON.stringify(query)}: ${answered.text.slice(0, 200)} ${leak}`);
    }

    expect(wrong).toEqual([]);
  });

  describe("a merchant's person", () => {
    test("who is given the other tenant's store sees and does nothing there", async () => {
      const { platform, boran, aspan, delivery } = world();
      const { merchant, admin: boss } = boran.people;
      const give = (store_ids: readonly string[]) =>
        send(
          platform.url,
          accountsRoutes.updateUser,
          { params: { user_id: merchant.id }, body: { store_ids } },
          boss.session,
        );
      await give([boran.north, aspan.north]);

      const seen = await send(platform.url, deliveryRoutes.listDeliveries, { query: { limit: 200 } }, merchant.session);
      const opened = await send(
        platform.url,
        deliveryRoutes.openLid,
        { params: { delivery_id: delivery }, body: { request_id: randomUUID() } },
        merchant.session,
      );
      const store = await send(
        platform.url,
        configRoutes.getStore,
        { params: { store_id: aspan.north } },
        merchant.session,
      );
      await give([boran.north]);

      expect(leaksTo(admin(), world(), seen.text)).toBeNull();
      expect([codeOf(opened), codeOf(store)]).toEqual(["delivery_not_found", "store_not_found"]);
    });
  });

  test("a robot's lid cycles are not found by another's delivery", async () => {
    const { platform, boran, delivery } = world();
    const asked = { params: { robot_id: boran.robot.id }, query: { delivery_id: delivery } };

    const { text } = await send(platform.url, stateRoutes.listLidCycles, asked, boran.people.ops.session);

    expect(JSON.parse(text)).toMatchObject({ items: [] });
  });
}
