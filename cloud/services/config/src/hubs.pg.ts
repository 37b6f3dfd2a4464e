import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Page } from "@kerbside/proto/base/cursor";
import type { Hub } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Changes } from "./changes.ts";
import type { Listing } from "./list.ts";
import { type Kind, Records, type RecordsParts } from "./records.pg.ts";
import { hub } from "./tables.ts";

type Row = typeof hub.$inferSelect;
type NewHub = Omit<Hub, "created_at" | "updated_at">;
type Change = Changes<Pick<Hub, "name" | "place">>;

const hubs: Kind<Row, Row, Hub> = {
  noun: "hub",
  sortedBy: { organization_id: hub.organization_id, at: hub.created_at, id: hub.hub_id },
  insert: (tx, row) => tx.insert(hub).values(row).onConflictDoNothing().returning(),
  update: (tx, id, set) => tx.update(hub).set(set).where(eq(hub.hub_id, id)).returning(),
  read: (on, where, limit) =>
    on.select().from(hub).where(where).orderBy(asc(hub.created_at), asc(hub.hub_id)).limit(limit),
  idOf: ({ hub_id }) => hub_id,
  toView: ({ lat, lng, ...rest }) => ({ ...rest, place: { lat, lng } }),
};

export class PgHubs {
  readonly #records: Records<Row, Row, Hub>;

  constructor(parts: RecordsParts) {
    this.#records = new Records(parts, hubs);
  }

  create({ place, ...fields }: NewHub, by: Doer): Promise<Hub | null> {
    const toRow = (at: string): Row => ({ ...fields, ...place, created_at: at, updated_at: at });
    return this.#records.create(fields.hub_id, toRow, { by, details: { place } });
  }

  find(hubId: string): Promise<Hub | null> {
    return this.#records.find(hubId);
  }

  list(listing: Listing, marketId: string | undefined): Promise<Page<Hub>> {
    return this.#records.list(listing, [marketId === undefined ? undefined : eq(hub.market_id, marketId)]);
  }

  update(hubId: string, change: Change, by: Doer): Promise<Hub | null> {
    const { place, ...fields } = change;
    return this.#records.update(hubId, (at) => ({ ...fields, ...place, updated_at: at }), { by, details: change });
  }
}
