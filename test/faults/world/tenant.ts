import { randomUUID } from "node:crypto";
import type { Platform } from "@kerbside/cloud-host/platform.node";
import type { PartnerScope, Role } from "@kerbside/proto/base/roles";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { configRoutes } from "@kerbside/proto/routes/config";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { mapsRoutes } from "@kerbside/proto/routes/maps";
import { enrolRobot, type Robot } from "./robot.ts";

/** Headers that say who asks. */
export type Credential = Readonly<Record<string, string>>;

export interface Person {
  readonly id: string;
  readonly role: Role;
  readonly email: string;
  readonly password: string;
  readonly session: Credential;
}

export interface Partner {
  readonly id: string;
  readonly keyId: string;
  readonly clientId: string;
  readonly secret: string;
  readonly bearer: Credential;
}

/** One organization with somebody in every role, places on the real map, a robot, and partners who order. */
export interface Tenant {
  /** In every name of this tenant, so that it can be found in answers to others. */
  readonly word: string;
  readonly organizationId: string;
  readonly people: Readonly<Record<Role, Person>>;
  /** A merchant's person who works for the south store only. */
  readonly southerner: Person;
  readonly marketId: string;
  readonly merchantId: string;
  readonly hubId: string;
  readonly north: string;
  readonly south: string;
  readonly robot: Robot;
  readonly first: Partner;
  readonly second: Partner;
}

/** What a browser says of a request that our own page makes. */
export const fromOurPage = { "sec-fetch-site": "same-origin" } as const;

export async function foundTenant(platform: Platform, word: string): Promise<Tenant> {
  const organization_id = randomUUID();
  const places = await foundPlaces(platform, word, organization_id);
  const { market_id, merchant_id, hub_id, north, south } = places;
  const { people, southerner } = await foundPeople(platform, word, { organization_id, north, south });
  return {
    word,
    organizationId: organization_id,
    people,
    southerner,
    marketId: market_id,
    merchantId: merchant_id,
    hubId: hub_id,
    north,
    south,
    robot: await enrolRobot(platform, { organization_id, market_id, hub_id, name: `${word} K1` }),
    first: await partnerKey(platform, { organization_id, partner_name: `${word} First` }),
    second: await partnerKey(platform, { organization_id, partner_name: `${word} Second` }),
  };
}

async function foundPeople(
  platform: Platform,
  word: string,
  {
    organization_id,
    north,
    south,
  }: { readonly organization_id: string; readonly north: string; readonly south: string },
): Promise<Pick<Tenant, "people" | "southerner">> {
  const introduce = (role: Role, called: string, store_ids: string[] = []) => {
    return { email: `${called}@${word}.example`, name: `${word} ${called}`, role, store_ids };
  };
  const users = [
    ...(["admin", "ops", "pilot", "mechanic"] as const).map((role) => introduce(role, role)),
    introduce("merchant", "merchant", [north]),
    introduce("merchant", "southerner", [south]),
  ];
  const accounts = platform.client("accounts", accountsRoutes);
  const made = await accounts.createOrganization({ body: { organization_id, name: `${word} Robots`, users } });
  const signedIn: Person[] = [];
  for (const { user, password } of made.users) signedIn.push(await person(platform, user, password ?? ""));
  const called = (name: string): Person => only(signedIn.find(({ email }) => email.startsWith(`${name}@`)));
  return {
    people: {
      admin: called("admin"),
      ops: called("ops"),
      pilot: called("pilot"),
      mechanic: called("mechanic"),
      merchant: called("merchant"),
    },
    southerner: called("southerner"),
  };
}

export async function partnerKey(
  platform: Platform,
  body: {
    readonly organization_id: string;
    readonly partner_name: string;
    readonly partner_id?: string;
    readonly live?: boolean;
    readonly scopes?: PartnerScope[];
  },
): Promise<Partner> {
  const { key, client_secret } = await platform.client("accounts", accountsRoutes).createApiKey({ body });
  const { partner_id, key_id, client_id } = key;
  return {
    id: partner_id,
    keyId: key_id,
    clientId: client_id,
    secret: client_secret,
    bearer: { authorization: `Bearer ${client_secret}` },
  };
}

async function foundPlaces(platform: Platform, word: string, organization_id: string) {
  const config = platform.client("config", configRoutes);
  const maps = platform.client("maps", mapsRoutes);
  const { center } = await maps.describeMap({});
  const near = { lat: center.lat, lng: center.lng, radius_m: 1_500 };
  const { items } = await maps.sampleAddresses({ query: { seed: 7, count: 3, ...near } });
  const [a, b, c] = items.map(({ address }) => address);
  const { market_id } = await config.createMarket({
    body: {
      organization_id,
      name: `${word} Market`,
      timezone: "Asia/Almaty",
      center,
      radius_m: 50_000,
      fare: { currency: "KZT", base_minor: 30_000, per_km_minor: 10_000 },
    },
  });
  const { merchant_id } = await config.createMerchant({ body: { organization_id, name: `${word} Kitchen` } });
  const store = { organization_id, market_id, merchant_id };
  const north = await config.createStore({ body: { ...store, name: `${word} store-north`, address: only(a) } });
  const south = await config.createStore({ body: { ...store, name: `${word} store-south`, address: only(b) } });
  const hub = await config.createHub({
    body: { organization_id, market_id, name: `${word} Hub`, place: only(c).place },
  });
  return { market_id, merchant_id, hub_id: hub.hub_id, north: north.store_id, south: south.store_id };
}

export async function signIn(platform: Platform, email: string, password: string): Promise<Credential> {
  const response = await fetch(`${platform.url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", ...fromOurPage },
    body: JSON.stringify({ email, password }),
  });
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  if (cookie === undefined) throw new Error(`${email} could not sign in: ${await response.text()}`);
  return { cookie, ...fromOurPage };
}

async function person(
  platform: Platform,
  user: { readonly user_id: string; readonly email: string; readonly role: Role },
  password: string,
): Promise<Person> {
  const { user_id: id, email, role } = user;
  return { id, email, role, password, session: await signIn(platform, email, password) };
}

/** A delivery of this tenant, ordered for one of its partners from one of its stores. */
export async function order(
  platform: Platform,
  { tenant, partner, store }: { readonly tenant: Tenant; readonly partner: Partner | null; readonly store: string },
  words: { readonly external_id: string; readonly name: string },
): Promise<string> {
  const { center } = await platform.client("maps", mapsRoutes).describeMap({});
  const delivery = await platform.client("deliveries", deliveryRoutes).createDelivery({
    body: {
      on_behalf_of: { organization_id: tenant.organizationId, partner_id: partner?.id ?? null },
      store_id: store,
      external_id: words.external_id,
      dropoff: { name: words.name, address: { place: center } },
      items: [{ name: "Soup", quantity: 1 }],
    },
  });
  return delivery.delivery_id;
}

export function only<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("nothing is there");
  return thing;
}
