import { derivedId } from "@kerbside/proto/base/ids.derived";
import type { Address, Place } from "@kerbside/proto/base/place";
import type { Role } from "@kerbside/proto/base/roles";
import { distanceM } from "@kerbside/proto/geo/geo";

/** An address on the map with the place where a robot can stand for it. */
export interface Spot {
  readonly address: Address;
  readonly stop: Place;
}

export interface PlannedPerson {
  readonly role: Role;
  readonly name: string;
  readonly email: string;
  readonly storeIds: readonly string[];
}

export interface PlannedStore {
  readonly storeId: string;
  readonly merchantId: string;
  readonly name: string;
  readonly address: Address;
  readonly phone: string;
  readonly externalId: string;
}

export interface PlannedHub {
  readonly hubId: string;
  readonly name: string;
  readonly place: Place;
}

export interface CityPlan {
  readonly organizationId: string;
  readonly marketId: string;
  readonly partnerId: string;
  readonly center: Place;
  readonly merchants: readonly { readonly merchantId: string; readonly name: string }[];
  readonly stores: readonly PlannedStore[];
  readonly hubs: readonly PlannedHub[];
  readonly people: readonly PlannedPerson[];
}

/** Robots go between places that are no further from the middle than this. */
export const cityRadiusM = 1_000;

/** Brands and how many stores each of them has. */
const brands = [
  ["Nauryz Kitchen", 2],
  ["Steppe Coffee", 2],
  ["Samsa & Co", 2],
  ["Green Bowl", 1],
  ["Tandoor House", 1],
] as const;
const hubNames = ["North hub", "Middle hub", "South hub"] as const;
const storeGapM = 120;
const hubGapM = 350;

/** Where the town is dense: the spot with the most others around it. */
export function middleOf(spots: readonly Spot[]): Place {
  const around = (place: Place): number =>
    spots.filter(({ stop }) => distanceM(stop, place) <= cityRadiusM * 0.6).length;
  const [first] = spots;
  if (!first) throw new RangeError("the map has no addresses to build a city on");
  const best = spots.reduce((known, spot) => (around(spot.stop) > around(known.stop) ? spot : known), first);
  return best.stop;
}

/** Who and what is in the city. The same seed and the same map give the same plan, ids included. */
export function planCity(seed: number, center: Place, spots: readonly Spot[]): CityPlan {
  const id = (...parts: readonly (string | number)[]): string => derivedId("city", seed, ...parts);
  const near = spots.filter(({ stop }) => distanceM(stop, center) <= cityRadiusM * 0.8);
  const hubSpots = apart(near, hubNames.length, hubGapM);
  const taken = new Set(hubSpots);
  const storeCount = brands.reduce((count, [, stores]) => count + stores, 0);
  const storeSpots = apart(
    near.filter((spot) => !taken.has(spot)),
    storeCount,
    storeGapM,
  );
  const owners = brands.flatMap(([brand, count]) => Array.from({ length: count }, () => brand));
  const stores = owners.map((brand, index): PlannedStore => {
    const { address } = spotAt(storeSpots, index);
    return {
      storeId: id("store", index),
      merchantId: id("merchant", brand),
      name: `${brand}, ${streetOf(address.text)}`,
      address,
      phone: `+77172${String(500_000 + index * 1_111)}`,
      externalId: `store-${index + 1}`,
    };
  });
  return {
    organizationId: id("organization"),
    marketId: id("market"),
    partnerId: id("partner"),
    center,
    merchants: brands.map(([name]) => ({ merchantId: id("merchant", name), name })),
    stores,
    hubs: hubNames.map((name, index) => ({ hubId: id("hub", index), name, place: spotAt(hubSpots, index).stop })),
    people: peopleOf(stores),
  };
}

/** The robots of a city, by their places in line; the same names whatever the seed. */
export function robotName(index: number): string {
  const name = robotNames[index % robotNames.length] ?? "Robot";
  const round = Math.floor(index / robotNames.length);
  return round === 0 ? name : `${name} ${round + 1}`;
}

/** One person a role. */
function peopleOf(stores: readonly PlannedStore[]): readonly PlannedPerson[] {
  const person = (role: Role, name: string, storeIds: readonly string[] = []): PlannedPerson => ({
    role,
    name,
    email: `${role}@kerbside.example`,
    storeIds,
  });
  const [first] = stores;
  const ofFirst = stores.filter(({ merchantId }) => merchantId === first?.merchantId).map(({ storeId }) => storeId);
  return [
    person("admin", "Aliya Admin"),
    person("ops", "Oleg Operations"),
    person("pilot", "Perizat Pilot"),
    person("mechanic", "Marat Mechanic"),
    person("merchant", "Nazym Merchant", ofFirst),
  ];
}

/** The first spots that keep so far from each other, in the order given; fewer metres where there is no room. */
function apart(spots: readonly Spot[], count: number, gapM: number): readonly Spot[] {
  const chosen: Spot[] = [];
  for (const spot of spots) {
    if (chosen.length === count) break;
    if (chosen.every(({ stop }) => distanceM(stop, spot.stop) >= gapM)) chosen.push(spot);
  }
  if (chosen.length === count) return chosen;
  if (gapM < 1) throw new RangeError(`the map has ${spots.length} addresses near the middle, the city needs more`);
  return apart(spots, count, gapM / 2);
}

function spotAt(spots: readonly Spot[], index: number): Spot {
  const spot = spots[index];
  if (!spot) throw new RangeError(`there is no spot ${index}`);
  return spot;
}

/** The street without the city and the number, short enough for a store's name. */
function streetOf(text: string): string {
  return text.split(",")[0]?.trim() ?? text;
}

const robotNames = [
  "Tulpar",
  "Alma",
  "Baiterek",
  "Sunkar",
  "Zhuldyz",
  "Kobyz",
  "Dombyra",
  "Ertis",
  "Esil",
  "Altyn",
  "Kumis",
  "Bulak",
  "Shanyrak",
  "Saiga",
  "Burkit",
  "Kulan",
  "Qarlygash",
  "Tobyl",
  "Balqash",
  "Zaisan",
] as const;
