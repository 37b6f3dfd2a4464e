import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { toInstant } from "@kerbside/proto/base/time";
import type { Store } from "@kerbside/proto/routes/config";
import { and, asc, eq, inArray, ne, sql } from "drizzle-orm";
import type { Audit } from "./audit.ts";
import type { Changes } from "./changes.ts";
import { type Listing, onPage } from "./list.ts";
import { merchant, store } from "./tables.ts";

type NewStore = Omit<Store, "merchant_name" | "created_at" | "updated_at">;
type Change = Changes<Pick<Store, "name" | "address" | "phone" | "prep_minutes" | "external_id">>;

const sortedBy = { organization_id: store.organization_id, at: store.created_at, id: store.store_id };

export interface StoreFilter {
  readonly marketId: string | undefined;
  readonly merchantId: string | undefined;
  readonly externalId: string | undefined;
  /** Null is every store. */
  readonly storeIds: readonly string[] | null;
}

export class PgStores {
  readonly #db: Database;
  readonly #audit: Audit;
  readonly #clock: Clock;

  constructor({ db, audit, clock }: { db: Database; audit: Audit; clock: Clock }) {
    this.#db = db;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Answers what is there already under this id, which may be another organization's. */
  create({ address, ...fields }: NewStore, by: Doer): Promise<Result<Store, "external_id_taken">> {
    const at = toInstant(this.#clock.now());
    const row = { ...fields, ...columnsOf(address), created_at: at, updated_at: at };
    return this.#db.transaction(async (tx) => {
      await takeTurns(tx, row);
      const [made] = await tx.insert(store).values(row).onConflictDoNothing().returning();
      if (made) await this.#audit(tx, { by, ...subjectOf(made), action: "stores/created", details: { address } });
      const there = await read(tx, row.store_id);
      return there ? ok(there) : err("external_id_taken");
    });
  }

  find(storeId: string): Promise<Store | null> {
    return read(this.#db, storeId);
  }

  async list(listing: Listing, filter: StoreFilter): Promise<Page<Store>> {
    const { marketId, merchantId, externalId, storeIds } = filter;
    const rows = await this.#db
      .select({ store, merchant_name: merchant.name })
      .from(store)
      .innerJoin(merchant, eq(merchant.merchant_id, store.merchant_id))
      .where(
        onPage(listing, sortedBy, [
          marketId === undefined ? undefined : eq(store.market_id, marketId),
          merchantId === undefined ? undefined : eq(store.merchant_id, merchantId),
          externalId === undefined ? undefined : eq(store.external_id, externalId),
          storeIds === null ? undefined : inArray(store.store_id, [...storeIds]),
        ]),
      )
      .orderBy(asc(sortedBy.at), asc(sortedBy.id))
      .limit(listing.limit + 1);
    return toPage(rows.map(toStore), listing.limit, (last) => ({ createdAt: last.created_at, id: last.store_id }));
  }

  update(found: Store, change: Change, by: Doer): Promise<Result<Store, "external_id_taken">> {
    const { address, ...fields } = change;
    const set = { ...fields, ...(address && columnsOf(address)), updated_at: toInstant(this.#clock.now()) };
    return this.#db.transaction(async (tx) => {
      await takeTurns(tx, found);
      if (change.external_id && (await isTaken(tx, found, change.external_id))) return err("external_id_taken");
      const [row] = await tx.update(store).set(set).where(eq(store.store_id, found.store_id)).returning();
      if (row) await this.#audit(tx, { by, ...subjectOf(row), action: "stores/changed", details: change });
      return ok((await read(tx, found.store_id)) ?? found);
    });
  }
}

/** Of two stores of an organization that claim one external id at the same instant, the later sees that it is taken. */
function takeTurns(tx: Transaction, { organization_id }: Pick<Store, "organization_id">): Promise<unknown> {
  return tx.execute(sql`select pg_advisory_xact_lock(hashtext('config/stores'), hashtext(${organization_id}))`);
}

async function isTaken(tx: Transaction, found: Store, externalId: string): Promise<boolean> {
  const [other] = await tx
    .select({ store_id: store.store_id })
    .from(store)
    .where(
      and(
        eq(store.organization_id, found.organization_id),
        eq(store.external_id, externalId),
        ne(store.store_id, found.store_id),
      ),
    );
  return other !== undefined;
}

async function read(db: Database | Transaction, storeId: string): Promise<Store | null> {
  const [row] = await db
    .select({ store, merchant_name: merchant.name })
    .from(store)
    .innerJoin(merchant, eq(merchant.merchant_id, store.merchant_id))
    .where(eq(store.store_id, storeId));
  return row ? toStore(row) : null;
}

function subjectOf(row: typeof store.$inferSelect) {
  return { organizationId: row.organization_id, subject: { kind: "store", id: row.store_id } } as const;
}

function columnsOf({ text, unit, place }: Store["address"]) {
  return { address_text: text, address_unit: unit ?? null, ...place };
}

function toStore(row: { readonly store: typeof store.$inferSelect; readonly merchant_name: string }): Store {
  const { address_text, address_unit, lat, lng, ...rest } = row.store;
  const unit = address_unit === null ? {} : { unit: address_unit };
  return { ...rest, merchant_name: row.merchant_name, address: { text: address_text, ...unit, place: { lat, lng } } };
}
