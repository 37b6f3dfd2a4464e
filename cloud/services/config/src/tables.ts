import { instant } from "@kerbside/cloud-kit/columns";
import { bigint, doublePrecision, index, integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";

/** Columns carry the contract's own words, so that a row is nearly the answer. */
export const market = pgTable(
  "market",
  {
    market_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    name: text().notNull(),
    timezone: text().notNull(),
    lat: doublePrecision().notNull(),
    lng: doublePrecision().notNull(),
    radius_m: integer().notNull(),
    currency: text().notNull(),
    base_minor: bigint({ mode: "number" }).notNull(),
    per_km_minor: bigint({ mode: "number" }).notNull(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (t) => [index("market_by_organization").on(t.organization_id, t.created_at, t.market_id)],
);

export const merchant = pgTable(
  "merchant",
  {
    merchant_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    name: text().notNull(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (t) => [index("merchant_by_organization").on(t.organization_id, t.created_at, t.merchant_id)],
);

export const store = pgTable(
  "store",
  {
    store_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    market_id: uuid()
      .notNull()
      .references(() => market.market_id),
    merchant_id: uuid()
      .notNull()
      .references(() => merchant.merchant_id),
    name: text().notNull(),
    address_text: text().notNull(),
    address_unit: text(),
    lat: doublePrecision().notNull(),
    lng: doublePrecision().notNull(),
    phone: text(),
    prep_minutes: integer().notNull(),
    external_id: text(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (t) => [
    unique("store_external_id").on(t.organization_id, t.external_id),
    index("store_by_organization").on(t.organization_id, t.created_at, t.store_id),
  ],
);

export const hub = pgTable(
  "hub",
  {
    hub_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    market_id: uuid()
      .notNull()
      .references(() => market.market_id),
    name: text().notNull(),
    lat: doublePrecision().notNull(),
    lng: doublePrecision().notNull(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
  },
  (t) => [index("hub_by_organization").on(t.organization_id, t.created_at, t.hub_id)],
);
