import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { toInstant } from "@kerbside/proto/base/time";
import type { Merchant } from "@kerbside/proto/routes/config";
import { asc, eq } from "drizzle-orm";
import type { Audit } from "./audit.ts";
import { type Listing, onPage } from "./list.ts";
import { merchant } from "./tables.ts";

type NewMerchant = Omit<Merchant, "created_at" | "updated_at">;

const sortedBy = {
  organization_id: merchant.organization_id,
  at: merchant.created_at,
  id: merchant.merchant_id,
};

export class PgMerchants {
  readonly #db: Database;
  readonly #audit: Audit;
  readonly #clock: Clock;

  constructor({ db, audit, clock }: { db: Database; audit: Audit; clock: Clock }) {
    this.#db = db;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Answers what is there already under this id, which may be another organization's. */
  create(fields: NewMerchant, by: Doer): Promise<Merchant> {
    const at = toInstant(this.#clock.now());
    const row = { ...fields, created_at: at, updated_at: at };
    return this.#db.transaction(async (tx) => {
      const [made] = await tx.insert(merchant).values(row).onConflictDoNothing().returning();
      if (made) await this.#audit(tx, { by, ...subjectOf(made), action: "merchants/created", details: {} });
      const [there] = made ? [made] : await tx.select().from(merchant).where(eq(merchant.merchant_id, row.merchant_id));
      return there ?? row;
    });
  }

  async find(merchantId: string): Promise<Merchant | null> {
    const [row] = await this.#db.select().from(merchant).where(eq(merchant.merchant_id, merchantId));
    return row ?? null;
  }

  async list(listing: Listing): Promise<Page<Merchant>> {
    const rows = await this.#db
      .select()
      .from(merchant)
      .where(onPage(listing, sortedBy))
      .orderBy(asc(sortedBy.at), asc(sortedBy.id))
      .limit(listing.limit + 1);
    return toPage(rows, listing.limit, (last) => ({ createdAt: last.created_at, id: last.merchant_id }));
  }

  /** Stores show the brand's name by looking it up, so that it changes everywhere at once. */
  async rename(merchantId: string, name: string, by: Doer): Promise<Merchant | null> {
    const set = { name, updated_at: toInstant(this.#clock.now()) };
    return this.#db.transaction(async (tx) => {
      const [row] = await tx.update(merchant).set(set).where(eq(merchant.merchant_id, merchantId)).returning();
      if (!row) return null;
      await this.#audit(tx, { by, ...subjectOf(row), action: "merchants/changed", details: { name } });
      return row;
    });
  }
}

function subjectOf(row: Merchant) {
  return { organizationId: row.organization_id, subject: { kind: "merchant", id: row.merchant_id } } as const;
}
