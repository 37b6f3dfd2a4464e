import type { Platform } from "@kerbside/cloud-host/platform.node";
import type { Client } from "@kerbside/proto/base/client";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { type MapDescription, mapsRoutes } from "@kerbside/proto/routes/maps";
import type { Login, PartnerLogin } from "./city-file.node.ts";
import { type CityPlan, cityRadiusM, middleOf, planCity, type Spot } from "./plan.ts";

export interface CityGround {
  readonly map: MapDescription;
  readonly plan: CityPlan;
  /** Where customers live. */
  readonly homes: readonly Spot[];
}

/** Looks at the map and plans a city on it; asks and writes nothing else. */
export async function surveyCity(platform: Pick<Platform, "client">, seed: number): Promise<CityGround> {
  const maps = platform.client("maps", mapsRoutes);
  const map = await maps.describeMap({});
  const wide = await maps.sampleAddresses({ query: { seed, count: 600, kind: "house" } });
  const { lat, lng } = middleOf(wide.items);
  const around = { kind: "house", lat, lng, radius_m: cityRadiusM } as const;
  const sites = await maps.sampleAddresses({ query: { ...around, seed, count: 300 } });
  const homes = await maps.sampleAddresses({ query: { ...around, seed: (seed + 1) >>> 0, count: 400 } });
  return { map, plan: planCity(seed, { lat, lng }, sites.items), homes: homes.items };
}

/** Markets, brands, stores and hubs. What is there stays as it is, so that a changed name survives the next start. */
export async function seedPlaces(platform: Pick<Platform, "client">, plan: CityPlan): Promise<void> {
  const config = platform.client("config", configRoutes);
  const { organizationId: organization_id, marketId: market_id } = plan;
  await config.createMarket({
    body: {
      organization_id,
      market_id,
      name: "Astana",
      timezone: "Asia/Almaty",
      center: plan.center,
      radius_m: cityRadiusM * 3,
      fare: { currency: "KZT", base_minor: 60_000, per_km_minor: 25_000 },
    },
  });
  for (const { merchantId, name } of plan.merchants) {
    await config.createMerchant({ body: { organization_id, merchant_id: merchantId, name } });
  }
  await seedStores(config, plan);
  for (const { hubId, name, place } of plan.hubs) {
    await config.createHub({ body: { organization_id, market_id, hub_id: hubId, name, place } });
  }
}

async function seedStores(config: Client<typeof configRoutes>, plan: CityPlan): Promise<void> {
  for (const store of plan.stores) {
    await config.createStore({
      body: {
        organization_id: plan.organizationId,
        market_id: plan.marketId,
        merchant_id: store.merchantId,
        store_id: store.storeId,
        name: store.name,
        address: store.address,
        phone: store.phone,
        prep_minutes: 5,
        external_id: store.externalId,
      },
    });
  }
}

/** The organization with its people and its partner. Passwords and the key's secret are generated, and shown this once. */
export async function seedPeople(
  platform: Pick<Platform, "client">,
  plan: CityPlan,
): Promise<{ readonly people: readonly Login[]; readonly partner: PartnerLogin }> {
  const accounts = platform.client("accounts", accountsRoutes);
  const { organizationId, partnerId } = plan;
  const created = await accounts.createOrganization({
    body: {
      organization_id: organizationId,
      name: "Kerbside Astana",
      users: plan.people.map(({ role, name, email, storeIds }) => ({ role, name, email, store_ids: [...storeIds] })),
    },
  });
  const people = created.users.flatMap(({ user: { role, name, email }, password }) =>
    password === null ? [] : [{ role, name, email, password }],
  );
  const name = "Nomad Eats";
  const { key, client_secret } = await accounts.createApiKey({
    body: {
      organization_id: organizationId,
      partner_id: partnerId,
      partner_name: name,
      name: "demo",
      scopes: ["eats.deliveries", "direct.organizations"],
    },
  });
  const partner = { name, partnerId, organizationId, clientId: key.client_id, clientSecret: client_secret };
  return { people, partner };
}
