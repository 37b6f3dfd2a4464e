import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Page } from "@kerbside/proto/base/cursor";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { Store } from "@kerbside/proto/routes/config";
import { and, asc, eq, inArray, ne, sql } from "drizzle-orm";
import type { Changes } from "./changes.ts";
import type { Listing } from "./list.ts";
import { type Kind, Records, type RecordsParts } from "./records.pg.ts";
import { merchant, store } from "./tables.ts";

type Row = typeof store.$inferSelect;
/** With the brand's name, which is the merchant's. */
type Read = { readonly store: Row; readonly merchant_name: string };
type NewStore = Omit<Store, "merchant_name" | "created_at" | "updated_at">;
type Change = Changes<Pick<Store, "name" | "address" | "phone" | "prep_minutes" | "external_id">>;

export interface StoreFilter {
  readonly marketId: string | undefined;
  readonly merchantId: string | undefined;
  readonly externalId: string | undefined;
  /** Null is every store. */
  readonly storeIds: readonly string[] | null;
}

const stores: Kind<Row, Read, Store> = {
  noun: "store",
  sortedBy: { organization_id: store.organization_id, at: store.created_at, id: store.store_id },
  insert: (tx, row) => tx.insert(store).values(row).onConflictDoNothing().returning(),
  update: (tx, id, set) => tx.update(store).set(set).where(eq(store.store_id, id)).returning(),
  read: (on, where, limit) =>
    on
      .select({ store, merchant_name: merchant.name })
      .from(store)
      .innerJoin(merchant, eq(merchant.merchant_id, store.merchant_id))
      .where(where)
      .orderBy(asc(store.created_at), asc(store.store_id))
      .limit(limit),
  idOf: ({ store_id }) => store_id,
  toView: toStore,
};

export class PgStores {
  readonly #records: Records<Row, Read, Store>;

  constructor(parts: RecordsParts) {
    this.#records = new Records(parts, stores);
  }

  async create({ address, ...fields }: NewStore, by: Doer): Promise<Result<Store, "external_id_taken">> {
    const toRow = (at: string): Row => ({ ...fields, ...columnsOf(address), created_at: at, updated_at: at });
    const first = (tx: Transaction): Promise<boolean> => takeTurns(tx, fields);
    const there = await this.#records.create(fields.store_id, toRow, { by, details: { address }, first });
    return there ? ok(there) : err("external_id_taken");
  }

  find(storeId: string): Promise<Store | null> {
    return this.#records.find(storeId);
  }

  list(listing: Listing, { marketId, merchantId, externalId, storeIds }: StoreFilter): Promise<Page<Store>> {
    return this.#records.list(listing, [
      marketId === undefined ? undefined : eq(store.market_id, marketId),
      merchantId === undefined ? undefined : eq(store.merchant_id, merchantId),
      externalId === undefined ? undefined : eq(store.external_id, externalId),
      storeIds === null ? undefined : inArray(store.store_id, [...storeIds]),
    ]);
  }

  async update(found: Store, change: Change, by: Doer): Promise<Result<Store, "external_id_taken">> {
    const { address, ...fields } = change;
    const toSet = (at: string): Changes<Row> => ({
      ...fields,
      ...(address && columnsOf(address)),
      updated_at: at,
    });
    const first = async (tx: Transaction): Promise<boolean> =>
      (await takeTurns(tx, found)) && !(change.external_id && (await isTaken(tx, found, change.external_id)));
    const changed = await this.#records.update(found.store_id, toSet, { by, details: change, first });
    return changed ? ok(changed) : err("external_id_taken");
  }
}

/** Of two stores of an organization that claim one external id at the same instant, the later sees that it is taken. */
async function takeTurns(tx: Transaction, { organization_id }: Pick<Store, "organization_id">): Promise<true> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('config/stores'), hashtext(${organization_id}))`);
  return true;
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

function columnsOf({ text, unit, place }: Store["address"]) {
  return { address_text: text, address_unit: unit ?? null, ...place };
}

function toStore(row: Read): Store {
  const { address_text, address_unit, lat, lng, ...rest } = row.store;
  const unit = address_unit === null ? {} : { unit: address_unit };
  return { ...rest, merchant_name: row.merchant_name, address: { text: address_text, ...unit, place: { lat, lng } } };
}
