import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import type { configRoutes } from "@kerbside/proto/routes/config";
import { asking, found, granted, ownerFor, seen } from "@kerbside/proto/base/refuse";
import { inside, listing, same } from "./scope.ts";
import type { PgHubs } from "./hubs.pg.ts";
import type { PgMarkets } from "./markets.pg.ts";
import type { PgMerchants } from "./merchants.pg.ts";
import type { PgStores } from "./stores.pg.ts";
import { visibleStores } from "@kerbside/proto/base/tenancy";

export interface Stores {
  readonly markets: PgMarkets;
  readonly merchants: PgMerchants;
  readonly stores: PgStores;
  readonly hubs: PgHubs;
}

type ConfigHandlers = Handlers<typeof configRoutes>;

export function configHandlers(parts: Stores): ConfigHandlers {
  return { ...marketHandlers(parts), ...merchantHandlers(parts), ...storeHandlers(parts), ...hubHandlers(parts) };
}

function marketHandlers({ markets }: Stores) {
  return {
    async createMarket({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id, market_id = operationId, ...fields } = body;
      const made = { ...fields, market_id, organization_id: ownerFor(by, organization_id) };
      return same(await markets.create(made, doerOf(by, requestId)), made);
    },
    async listMarkets({ query, principal }) {
      return markets.list(listing(asking(principal), query));
    },
    async getMarket({ params, principal }) {
      return seen(asking(principal), await markets.find(params.market_id), "market_not_found");
    },
    async updateMarket({ params, body, principal, requestId }) {
      const by = asking(principal);
      seen(by, await markets.find(params.market_id), "market_not_found");
      return found(await markets.update(params.market_id, body, doerOf(by, requestId)), "market_not_found");
    },
  } satisfies Partial<ConfigHandlers>;
}

function merchantHandlers({ merchants }: Stores) {
  return {
    async createMerchant({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id, merchant_id = operationId, ...fields } = body;
      const made = { ...fields, merchant_id, organization_id: ownerFor(by, organization_id) };
      return same(await merchants.create(made, doerOf(by, requestId)), made);
    },
    async listMerchants({ query, principal }) {
      return merchants.list(listing(asking(principal), query));
    },
    async updateMerchant({ params, body, principal, requestId }) {
      const by = asking(principal);
      seen(by, await merchants.find(params.merchant_id), "merchant_not_found");
      return found(await merchants.rename(params.merchant_id, body.name, doerOf(by, requestId)), "merchant_not_found");
    },
  } satisfies Partial<ConfigHandlers>;
}

function storeHandlers({ markets, merchants, stores }: Stores) {
  return {
    async createStore({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id: named, store_id = operationId, ...fields } = body;
      const organization_id = ownerFor(by, named);
      const [market, merchant] = await Promise.all([markets.find(body.market_id), merchants.find(body.merchant_id)]);
      inside(organization_id, market, "market_not_found");
      inside(organization_id, merchant, "merchant_not_found");
      const made = { ...fields, store_id, organization_id };
      return same(granted(await stores.create(made, doerOf(by, requestId))), made);
    },
    async listStores({ query, principal }) {
      const by = asking(principal);
      return stores.list(listing(by, query), {
        marketId: query.market_id,
        merchantId: query.merchant_id,
        externalId: query.external_id,
        storeIds: visibleStores(by),
      });
    },
    async getStore({ params, principal }) {
      const by = asking(principal);
      const visible = visibleStores(by);
      const isVisible = visible === null || visible.includes(params.store_id);
      return seen(by, isVisible ? await stores.find(params.store_id) : null, "store_not_found");
    },
    async updateStore({ params, body, principal, requestId }) {
      const by = asking(principal);
      const store = seen(by, await stores.find(params.store_id), "store_not_found");
      return granted(await stores.update(store, body, doerOf(by, requestId)));
    },
  } satisfies Partial<ConfigHandlers>;
}

function hubHandlers({ markets, hubs }: Stores) {
  return {
    async createHub({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const { organization_id: named, hub_id = operationId, ...fields } = body;
      const organization_id = ownerFor(by, named);
      inside(organization_id, await markets.find(body.market_id), "market_not_found");
      const made = { ...fields, hub_id, organization_id };
      return same(await hubs.create(made, doerOf(by, requestId)), made);
    },
    async listHubs({ query, principal }) {
      return hubs.list(listing(asking(principal), query), query.market_id);
    },
    async getHub({ params, principal }) {
      return seen(asking(principal), await hubs.find(params.hub_id), "hub_not_found");
    },
    async updateHub({ params, body, principal, requestId }) {
      const by = asking(principal);
      seen(by, await hubs.find(params.hub_id), "hub_not_found");
      return found(await hubs.update(params.hub_id, body, doerOf(by, requestId)), "hub_not_found");
    },
  } satisfies Partial<ConfigHandlers>;
}
