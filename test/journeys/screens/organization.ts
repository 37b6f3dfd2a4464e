import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes, type Hub, type Market, type Store } from "@kerbside/proto/routes/config";
import { mapsRoutes } from "@kerbside/proto/routes/maps";
import type { Place } from "@kerbside/proto/base/place";
import type { Role } from "@kerbside/proto/base/roles";
import type { Stage } from "./stage.node.ts";

export interface Login {
  readonly email: string;
  readonly password: string;
}

/** A tenant with people, stores and hubs on the real map, and addresses that robots can reach. */
export interface Organization {
  readonly id: string;
  readonly logins: Readonly<Record<Role, Login>>;
  readonly market: Market;
  readonly stores: readonly Store[];
  readonly hubs: readonly Hub[];
  readonly doors: readonly { readonly text: string; readonly place: Place }[];
}

const brands = ["Nauryz Kitchen", "Steppe Coffee", "Samsa & Co", "Tandoor House of the Left Bank and Its Friends"];
const hubNames = ["North hub", "South hub"];
const roles: readonly Role[] = ["admin", "ops", "pilot", "mechanic", "merchant"];

export async function foundOrganization(stage: Stage, name: string): Promise<Organization> {
  const accounts = stage.platform.client("accounts", accountsRoutes);
  const tag = name.toLowerCase().replaceAll(/\W+/g, "-");
  const { organization, users } = await accounts.createOrganization({
    body: {
      name,
      users: roles.map((role) => ({ role, name: people[role], email: `${role}@${tag}.example`, store_ids: [] })),
    },
  });
  const found = new Map(
    users.map(({ user, password }) => [user.role, { email: user.email, password: password ?? "" }]),
  );
  const login = (role: Role): Login => found.get(role) ?? { email: "", password: "" };
  return {
    id: organization.organization_id,
    logins: {
      admin: login("admin"),
      ops: login("ops"),
      pilot: login("pilot"),
      mechanic: login("mechanic"),
      merchant: login("merchant"),
    },
    ...(await furnish(stage, organization.organization_id)),
  };
}

const people: Readonly<Record<Role, string>> = {
  admin: "Aliya Admin",
  ops: "Oleg Operations",
  pilot: "Perizat Pilot",
  mechanic: "Marat Mechanic",
  merchant: "Nazym Merchant",
};

async function furnish(
  stage: Stage,
  organization_id: string,
): Promise<Pick<Organization, "market" | "stores" | "hubs" | "doors">> {
  const config = stage.platform.client("config", configRoutes);
  const maps = stage.platform.client("maps", mapsRoutes);
  const { center } = await maps.describeMap({});
  const around = { seed: 7, count: 60, kind: "house", ...center, radius_m: 1_200 } as const;
  const { items: spots } = await maps.sampleAddresses({ query: around });
  const market = await config.createMarket({
    body: {
      organization_id,
      name: "Astana",
      timezone: "Asia/Almaty",
      center,
      radius_m: 6_000,
      fare: { currency: "KZT", base_minor: 60_000, per_km_minor: 25_000 },
    },
  });
  const { market_id } = market;
  const stores: Store[] = [];
  for (const [index, brand] of brands.entries()) {
    const { merchant_id } = await config.createMerchant({ body: { organization_id, name: brand } });
    const address = spots[index]?.address ?? { text: brand, place: center };
    stores.push(
      await config.createStore({
        body: { organization_id, market_id, merchant_id, name: `${brand}, ${address.text}`, address, prep_minutes: 5 },
      }),
    );
  }
  const hubs: Hub[] = [];
  for (const [index, hub] of hubNames.entries()) {
    const place = spots[brands.length + index]?.stop ?? center;
    hubs.push(await config.createHub({ body: { organization_id, market_id, name: hub, place } }));
  }
  const doors = spots
    .slice(brands.length + hubNames.length)
    .map(({ address, stop }) => ({ text: address.text, place: stop }));
  return { market, stores, hubs, doors };
}
