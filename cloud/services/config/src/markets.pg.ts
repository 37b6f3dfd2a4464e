import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { toInstant } from "@kerbside/proto/base/time";
import type { Market } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Audit } from "./audit.ts";
import type { Changes } from "./changes.ts";
import { type Listing, onPage } from "./list.ts";
import { market } from "./tables.ts";

type NewMarket = Omit<Market, "created_at" | "updated_at">;
type Change = Changes<Omit<NewMarket, "market_id" | "organization_id">>;

const sortedBy = { organization_id: market.organization_id, at: market.created_at, id: market.market_id };

export class PgMarkets {
  readonly #db: Database;
  readonly #audit: Audit;
  readonly #clock: Clock;

  constructor({ db, audit, clock }: { db: Database; audit: Audit; clock: Clock }) {
    this.#db = db;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Answers what is there already under this id, which may be another organization's. */
  create({ center, fare, ...fields }: NewMarket, by: Doer): Promise<Market> {
    const at = toInstant(this.#clock.now());
    const row = { ...fields, ...center, ...fare, created_at: at, updated_at: at };
    return this.#db.transaction(async (tx) => {
      const [made] = await tx.insert(market).values(row).onConflictDoNothing().returning();
      if (made) await this.#audit(tx, { by, ...subjectOf(made), action: "markets/created", details: { fare } });
      const [there] = made ? [made] : await tx.select().from(market).where(eq(market.market_id, row.market_id));
      return toMarket(there ?? row);
    });
  }

  async find(marketId: string): Promise<Market | null> {
    const [row] = await this.#db.select().from(market).where(eq(market.market_id, marketId));
    return row ? toMarket(row) : null;
  }

  async list(listing: Listing): Promise<Page<Market>> {
    const rows = await this.#db
      .select()
      .from(market)
      .where(onPage(listing, sortedBy))
      .orderBy(asc(sortedBy.at), asc(sortedBy.id))
      .limit(listing.limit + 1);
    return toPage(rows.map(toMarket), listing.limit, (last) => ({ createdAt: last.created_at, id: last.market_id }));
  }

  async update(marketId: string, change: Change, by: Doer): Promise<Market | null> {
    const { center, fare, ...fields } = change;
    const set = { ...fields, ...center, ...fare, updated_at: toInstant(this.#clock.now()) };
    return this.#db.transaction(async (tx) => {
      const [row] = await tx.update(market).set(set).where(eq(market.market_id, marketId)).returning();
      if (!row) return null;
      await this.#audit(tx, { by, ...subjectOf(row), action: "markets/changed", details: change });
      return toMarket(row);
    });
  }
}

function subjectOf(row: typeof market.$inferSelect) {
  return { organizationId: row.organization_id, subject: { kind: "market", id: row.market_id } } as const;
}

function toMarket({ lat, lng, currency, base_minor, per_km_minor, ...rest }: typeof market.$inferSelect): Market {
  return { ...rest, center: { lat, lng }, fare: { currency, base_minor, per_km_minor } };
}
