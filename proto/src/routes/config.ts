import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Address, Place } from "../base/place.ts";
import { Instant } from "../base/time.ts";

const people = ["user:admin", "user:ops", "user:pilot", "user:mechanic", "user:merchant"] as const;
const readers = [...people, "partner", "service"] as const;
const writers = ["user:admin", "service"] as const;

const Name = z.string().trim().min(1).max(100);
const Phone = z.string().regex(/^\+[1-9]\d{6,14}$/, "a phone number in E.164, such as +77172123456");
const Amount = z.int().min(0).max(1_000_000_000);
const MarketId = z.object({ market_id: z.uuid() });
const MerchantId = z.object({ merchant_id: z.uuid() });
const StoreId = z.object({ store_id: z.uuid() });
const HubId = z.object({ hub_id: z.uuid() });

/** Only a service may speak for an organization that is not its own; it has to name one. */
const ForOrganization = z.object({ organization_id: z.uuid().optional() });
const Page = ForOrganization.extend({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What a delivery costs whoever orders it: a base and so much for each kilometre of its way, in minor units. */
export const Fare = z
  .object({
    currency: z.string().regex(/^[A-Z]{3}$/, "an ISO 4217 code, such as KZT"),
    base_minor: Amount,
    per_km_minor: Amount,
  })
  .meta({ id: "Fare" });
export type Fare = z.infer<typeof Fare>;

const MarketFields = z.object({
  name: Name,
  /** IANA, such as `Asia/Almaty`: opening hours and reports go by it. */
  timezone: z.string().max(60).refine(isTimezone, "an IANA time zone, such as Asia/Almaty"),
  /** Where maps begin, and how far from there pickups and drop-offs may be. */
  center: Place,
  radius_m: z.int().min(100).max(100_000),
  fare: Fare,
});

/** An operating area with its prices. */
export const Market = MarketFields.extend({
  market_id: z.uuid(),
  organization_id: z.uuid(),
  created_at: Instant,
  updated_at: Instant,
}).meta({ id: "Market" });
export type Market = z.infer<typeof Market>;

/** A brand. */
export const Merchant = z
  .object({
    merchant_id: z.uuid(),
    organization_id: z.uuid(),
    name: z.string(),
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: "Merchant" });
export type Merchant = z.infer<typeof Merchant>;

const StoreFields = z.object({
  name: Name,
  address: Address,
  phone: Phone.nullable().default(null),
  /** How long an order takes to be ready where the order does not say. */
  prep_minutes: z.int().min(0).max(240).default(15),
  /** What the merchant's own system calls it; one store of an organization has it. */
  external_id: z.string().trim().min(1).max(100).nullable().default(null),
});

/** A pickup site of a merchant. */
export const Store = z
  .object({
    store_id: z.uuid(),
    organization_id: z.uuid(),
    market_id: z.uuid(),
    merchant_id: z.uuid(),
    merchant_name: z.string(),
    name: z.string(),
    address: Address,
    phone: z.string().nullable(),
    prep_minutes: z.int(),
    external_id: z.string().nullable(),
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: "Store" });
export type Store = z.infer<typeof Store>;

/** A base where robots are kept, charged and swapped. */
export const Hub = z
  .object({
    hub_id: z.uuid(),
    organization_id: z.uuid(),
    market_id: z.uuid(),
    name: z.string(),
    place: Place,
    created_at: Instant,
    updated_at: Instant,
  })
  .meta({ id: "Hub" });
export type Hub = z.infer<typeof Hub>;

/** Whoever creates may choose the id: the same again answers with what is there, unchanged. */
const idempotent = ["forbidden", "idempotency_conflict"] as const;

export const configRoutes = routes({
  createMarket: {
    method: "post",
    path: "/v1/markets",
    summary: "Open an operating area",
    access: writers,
    body: MarketFields.extend(MarketId.partial().shape).extend(ForOrganization.shape),
    reply: Market,
    status: 201,
    faults: idempotent,
  },
  listMarkets: {
    method: "get",
    path: "/v1/markets",
    summary: "Operating areas, oldest first",
    access: readers,
    query: Page,
    reply: z.object({ items: z.array(Market), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  getMarket: {
    method: "get",
    path: "/v1/markets/{market_id}",
    summary: "One operating area with its prices",
    access: readers,
    params: MarketId,
    reply: Market,
    faults: ["market_not_found"],
  },
  updateMarket: {
    method: "patch",
    path: "/v1/markets/{market_id}",
    summary: "Change an operating area; quotes already given keep their price",
    access: writers,
    params: MarketId,
    body: MarketFields.partial(),
    reply: Market,
    faults: ["market_not_found"],
  },
  createMerchant: {
    method: "post",
    path: "/v1/merchants",
    summary: "Add a brand",
    access: writers,
    body: z.object({ name: Name }).extend(MerchantId.partial().shape).extend(ForOrganization.shape),
    reply: Merchant,
    status: 201,
    faults: idempotent,
  },
  listMerchants: {
    method: "get",
    path: "/v1/merchants",
    summary: "Brands, oldest first",
    access: [...people, "service"],
    query: Page,
    reply: z.object({ items: z.array(Merchant), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  updateMerchant: {
    method: "patch",
    path: "/v1/merchants/{merchant_id}",
    summary: "Rename a brand",
    access: writers,
    params: MerchantId,
    body: z.object({ name: Name }),
    reply: Merchant,
    faults: ["merchant_not_found"],
  },
  createStore: {
    method: "post",
    path: "/v1/stores",
    summary: "Add a pickup site of a merchant",
    access: writers,
    body: StoreFields.extend({ market_id: z.uuid(), merchant_id: z.uuid() })
      .extend(StoreId.partial().shape)
      .extend(ForOrganization.shape),
    reply: Store,
    status: 201,
    faults: [...idempotent, "external_id_taken", "market_not_found", "merchant_not_found"],
  },
  /** A merchant's people see the stores they work for. */
  listStores: {
    method: "get",
    path: "/v1/stores",
    summary: "Pickup sites, oldest first",
    access: readers,
    query: Page.extend({
      market_id: z.uuid().optional(),
      merchant_id: z.uuid().optional(),
      external_id: z.string().max(100).optional(),
    }),
    reply: z.object({ items: z.array(Store), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  getStore: {
    method: "get",
    path: "/v1/stores/{store_id}",
    summary: "One pickup site",
    access: readers,
    params: StoreId,
    reply: Store,
    faults: ["store_not_found"],
  },
  updateStore: {
    method: "patch",
    path: "/v1/stores/{store_id}",
    summary: "Change a pickup site; deliveries already ordered keep the address they were given",
    access: writers,
    params: StoreId,
    body: z.object({
      name: Name.optional(),
      address: Address.optional(),
      phone: Phone.nullable().optional(),
      prep_minutes: z.int().min(0).max(240).optional(),
      external_id: z.string().trim().min(1).max(100).nullable().optional(),
    }),
    reply: Store,
    faults: ["store_not_found", "external_id_taken"],
  },
  createHub: {
    method: "post",
    path: "/v1/hubs",
    summary: "Add a base for robots",
    access: writers,
    body: z
      .object({ market_id: z.uuid(), name: Name, place: Place })
      .extend(HubId.partial().shape)
      .extend(ForOrganization.shape),
    reply: Hub,
    status: 201,
    faults: [...idempotent, "market_not_found"],
  },
  listHubs: {
    method: "get",
    path: "/v1/hubs",
    summary: "Bases for robots, oldest first",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"],
    query: Page.extend({ market_id: z.uuid().optional() }),
    reply: z.object({ items: z.array(Hub), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  getHub: {
    method: "get",
    path: "/v1/hubs/{hub_id}",
    summary: "One base for robots",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"],
    params: HubId,
    reply: Hub,
    faults: ["hub_not_found"],
  },
  updateHub: {
    method: "patch",
    path: "/v1/hubs/{hub_id}",
    summary: "Rename or move a base",
    access: writers,
    params: HubId,
    body: z.object({ name: Name.optional(), place: Place.optional() }),
    reply: Hub,
    faults: ["hub_not_found"],
  },
});

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
