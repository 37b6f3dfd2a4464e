import { randomUUID } from "node:crypto";
import type { configRoutes } from "@kerbside/proto/routes/config";
import type { mapsRoutes } from "@kerbside/proto/routes/maps";
import type { World } from "../world/world.ts";
import type { Rows } from "./row.ts";

const here = { lat: 51.13, lng: 71.43 };
const market = {
  name: "New",
  timezone: "Asia/Almaty",
  center: here,
  radius_m: 1_000,
  fare: { currency: "KZT", base_minor: 1, per_km_minor: 1 },
};
const named = ({ aspan }: World) => ({ organization_id: aspan.organizationId });
const listed = (world: World) => ({ query: { ...named(world), limit: 200 } });

export const configRows: Rows<typeof configRoutes> = {
  createMarket: { target: "named", aim: (world) => ({ body: { ...market, ...named(world) } }) },
  listMarkets: { target: "named", aim: listed },
  getMarket: { target: "tenant", aim: ({ aspan }) => ({ params: { market_id: aspan.marketId } }) },
  updateMarket: {
    target: "tenant",
    aim: ({ aspan }) => ({ params: { market_id: aspan.marketId }, body: { radius_m: 50_000 } }),
  },
  createMerchant: { target: "named", aim: (world) => ({ body: { name: "New", ...named(world) } }) },
  listMerchants: { target: "named", aim: listed },
  updateMerchant: {
    target: "tenant",
    aim: ({ aspan }) => ({ params: { merchant_id: aspan.merchantId }, body: { name: "aspan Kitchen" } }),
  },
  createStore: {
    target: "named",
    aim: (world) => ({
      body: {
        ...named(world),
        name: "New",
        market_id: world.aspan.marketId,
        merchant_id: world.aspan.merchantId,
        address: { text: "Somewhere", place: here },
      },
    }),
  },
  listStores: { target: "named", aim: listed },
  getStore: { target: "store", aim: ({ aspan }) => ({ params: { store_id: aspan.north } }) },
  updateStore: {
    target: "store",
    aim: ({ aspan }) => ({ params: { store_id: aspan.north }, body: { prep_minutes: 15 } }),
  },
  createHub: {
    target: "named",
    aim: (world) => ({ body: { ...named(world), name: "New", market_id: world.aspan.marketId, place: here } }),
  },
  listHubs: { target: "named", aim: listed },
  getHub: { target: "tenant", aim: ({ aspan }) => ({ params: { hub_id: aspan.hubId } }) },
  updateHub: {
    target: "tenant",
    aim: ({ aspan }) => ({ params: { hub_id: aspan.hubId }, body: { name: `aspan Hub ${randomUUID()}` } }),
  },
};

export const mapsRows: Rows<typeof mapsRoutes> = {
  describeMap: { target: "open", aim: () => ({}) },
  searchAddresses: { target: "open", aim: () => ({ query: { text: "Abay" } }) },
  mapAddress: { target: "open", aim: () => ({ body: { place: here } }), also: ["outside_coverage"] },
  route: { target: "open", aim: () => ({ body: { places: [here, here] } }), also: ["outside_coverage"] },
  matrix: { target: "open", aim: () => ({ body: { from: [here], to: [here] } }) },
  sampleAddresses: { target: "open", aim: () => ({ query: { count: 1 } }) },
};
