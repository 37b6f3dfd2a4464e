import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Page } from "@kerbside/proto/base/cursor";
import type { Merchant } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Listing } from "./list.ts";
import { type Kind, Records, type RecordsParts } from "./records.pg.ts";
import { merchant } from "./tables.ts";

type NewMerchant = Omit<Merchant, "created_at" | "updated_at">;

const merchants: Kind<Merchant, Merchant, Merchant> = {
  noun: "merchant",
  sortedBy: { organization_id: merchant.organization_id, at: merchant.created_at, id: merchant.merchant_id },
  insert: (tx, row) => tx.insert(merchant).values(row).onConflictDoNothing().returning(),
  update: (tx, id, set) => tx.update(merchant).set(set).where(eq(merchant.merchant_id, id)).returning(),
  read: (on, where, limit) =>
    on.select().from(merchant).where(where).orderBy(asc(merchant.created_at), asc(merchant.merchant_id)).limit(limit),
  idOf: ({ merchant_id }) => merchant_id,
  toView: (row) => row,
};

export class PgMerchants {
  readonly #records: Records<Merchant, Merchant, Merchant>;

  constructor(parts: RecordsParts) {
    this.#records = new Records(parts, merchants);
  }

  create(fields: NewMerchant, by: Doer): Promise<Merchant | null> {
    const toRow = (at: string): Merchant => ({ ...fields, created_at: at, updated_at: at });
    return this.#records.create(fields.merchant_id, toRow, { by, details: {} });
  }

  find(merchantId: string): Promise<Merchant | null> {
    return this.#records.find(merchantId);
  }

  list(listing: Listing): Promise<Page<Merchant>> {
    return this.#records.list(listing);
  }

  /** Stores show the brand's name by looking it up, so that it changes everywhere at once. */
  rename(merchantId: string, name: string, by: Doer): Promise<Merchant | null> {
    return this.#records.update(merchantId, (at) => ({ name, updated_at: at }), { by, details: { name } });
  }
}
