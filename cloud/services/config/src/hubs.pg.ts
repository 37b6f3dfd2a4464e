import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { toInstant } from "@kerbside/proto/base/time";
import type { Hub } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Audit } from "./audit.ts";
import type { Changes } from "./changes.ts";
import { type Listing, onPage } from "./list.ts";
import { hub } from "./tables.ts";

type NewHub = Omit<Hub, "created_at" | "updated_at">;
type Change = Changes<Pick<Hub, "name" | "place">>;

const sortedBy = { organization_id: hub.organization_id, at: hub.created_at, id: hub.hub_id };

export class PgHubs {
  readonly #db: Database;
  readonly #audit: Audit;
  readonly #clock: Clock;

  constructor({ db, audit, clock }: { db: Database; audit: Audit; clock: Clock }) {
    this.#db = db;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Answers what is there already under this id, which may be another organization's. */
  create({ place, ...fields }: NewHub, by: Doer): Promise<Hub> {
    const at = toInstant(this.#clock.now());
    const row = { ...fields, ...place, created_at: at, updated_at: at };
    return this.#db.transaction(async (tx) => {
      const [made] = await tx.insert(hub).values(row).onConflictDoNothing().returning();
      if (made) await this.#audit(tx, { by, ...subjectOf(made), action: "hubs/created", details: { place } });
      const [there] = made ? [made] : await tx.select().from(hub).where(eq(hub.hub_id, row.hub_id));
      return toHub(there ?? row);
    });
  }

  async find(hubId: string): Promise<Hub | null> {
    const [row] = await this.#db.select().from(hub).where(eq(hub.hub_id, hubId));
    return row ? toHub(row) : null;
  }

  async list(listing: Listing, marketId: string | undefined): Promise<Page<Hub>> {
    const inMarket = marketId === undefined ? undefined : eq(hub.market_id, marketId);
    const rows = await this.#db
      .select()
      .from(hub)
      .where(onPage(listing, sortedBy, [inMarket]))
      .orderBy(asc(sortedBy.at), asc(sortedBy.id))
      .limit(listing.limit + 1);
    return toPage(rows.map(toHub), listing.limit, (last) => ({ createdAt: last.created_at, id: last.hub_id }));
  }

  async update(hubId: string, change: Change, by: Doer): Promise<Hub | null> {
    const { place, ...fields } = change;
    const set = { ...fields, ...place, updated_at: toInstant(this.#clock.now()) };
    return this.#db.transaction(async (tx) => {
      const [row] = await tx.update(hub).set(set).where(eq(hub.hub_id, hubId)).returning();
      if (!row) return null;
      await this.#audit(tx, { by, ...subjectOf(row), action: "hubs/changed", details: change });
      return toHub(row);
    });
  }
}

function subjectOf(row: typeof hub.$inferSelect) {
  return { organizationId: row.organization_id, subject: { kind: "hub", id: row.hub_id } } as const;
}

function toHub({ lat, lng, ...rest }: typeof hub.$inferSelect): Hub {
  return { ...rest, place: { lat, lng } };
}
