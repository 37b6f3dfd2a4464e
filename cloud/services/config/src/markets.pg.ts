import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Page } from "@kerbside/proto/base/cursor";
import type { Market } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Changes } from "./changes.ts";
import type { Listing } from "./list.ts";
import { type Kind, Records, type RecordsParts } from "./records.pg.ts";
import { market } from "./tables.ts";

type Row = typeof market.$inferSelect;
type NewMarket = Omit<Market, "created_at" | "updated_at">;
type Change = Changes<Omit<NewMarket, "market_id" | "organization_id">>;

const markets: Kind<Row, Row, Market> = {
  noun: "market",
  sortedBy: { organization_id: market.organization_id, at: market.created_at, id: market.market_id },
  insert: (tx, row) => tx.insert(market).values(row).onConflictDoNothing().returning(),
  update: (tx, id, set) => tx.update(market).set(set).where(eq(market.market_id, id)).returning(),
  read: (on, where, limit) =>
    on.select().from(market).where(where).orderBy(asc(market.created_at), asc(market.market_id)).limit(limit),
  idOf: ({ market_id }) => market_id,
  toView: ({ lat, lng, currency, base_minor, per_km_minor, ...rest }) => ({
    ...rest,
    center: { lat, lng },
    fare: { currency, base_minor, per_km_minor },
  }),
};

export class PgMarkets {
  readonly #records: Records<Row, Row, Market>;

  constructor(parts: RecordsParts) {
    this.#records = new Records(parts, markets);
  }

  create({ center, fare, ...fields }: NewMarket, by: Doer): Promise<Market | null> {
    const toRow = (at: string): Row => ({ ...fields, ...center, ...fare, created_at: at, updated_at: at });
    return this.#records.create(fields.market_id, toRow, { by, details: { fare } });
  }

  find(marketId: string): Promise<Market | null> {
    return this.#records.find(marketId);
  }

  list(listing: Listing): Promise<Page<Market>> {
    return this.#records.list(listing);
  }

  update(marketId: string, change: Change, by: Doer): Promise<Market | null> {
    const { center, fare, ...fields } = change;
    const toSet = (at: string): Changes<Row> => ({ ...fields, ...center, ...fare, updated_at: at });
    return this.#records.update(marketId, toSet, { by, details: change });
  }
}
