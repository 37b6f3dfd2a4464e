import type { Doer } from "@kerbside/cloud-kit/audit";
import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { toInstant } from "@kerbside/proto/base/time";
import { eq, type SQL } from "drizzle-orm";
import type { Audit } from "./audit.ts";
import type { Changes } from "./changes.ts";
import { type Listing, onPage, type Sorted } from "./list.ts";

/** One kind of thing: its statements, and how a row is shown. */
export interface Kind<Row, Read, View> {
  readonly noun: "market" | "merchant" | "store" | "hub";
  readonly sortedBy: Sorted;
  /** Answers the row, or nothing where it could not be made beside what is there. */
  readonly insert: (tx: Transaction, row: Row) => Promise<readonly Row[]>;
  readonly update: (tx: Transaction, id: string, set: Changes<Row>) => Promise<readonly Row[]>;
  /** Oldest first. */
  readonly read: (on: Database | Transaction, where: SQL | undefined, limit: number) => Promise<readonly Read[]>;
  readonly idOf: (view: View) => string;
  readonly toView: (read: Read) => View;
}

interface Shown {
  readonly organization_id: string;
  readonly created_at: string;
}

/** Who writes and what the audit log shows of it. `first` may still keep it from being written, in the same transaction. */
interface Deed {
  readonly by: Doer;
  readonly details: Readonly<Record<string, unknown>>;
  readonly first?: (tx: Transaction) => Promise<boolean>;
}

export interface RecordsParts {
  readonly db: Database;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** What markets, merchants, stores and hubs have in common: made once by id, listed by age, every write in the audit log. */
export class Records<Row, Read, View extends Shown> {
  readonly #parts: RecordsParts;
  readonly #kind: Kind<Row, Read, View>;

  constructor(parts: RecordsParts, kind: Kind<Row, Read, View>) {
    this.#parts = parts;
    this.#kind = kind;
  }

  /**
   * Answers what is there already under this id, which may be another organization's. Null where nothing is: something
   * else of it was taken.
   */
  create(id: string, toRow: (at: string) => Row, deed: Deed): Promise<View | null> {
    return this.#write(deed, async (tx) => {
      const [made] = await this.#kind.insert(tx, toRow(this.#at()));
      const there = await this.#findIn(tx, id);
      if (made && there) await this.#tell(tx, there, { ...deed, verb: "created" });
      return there;
    });
  }

  find(id: string): Promise<View | null> {
    return this.#findIn(this.#parts.db, id);
  }

  async list(listing: Listing, further: readonly (SQL | undefined)[] = []): Promise<Page<View>> {
    const { sortedBy, read, toView, idOf } = this.#kind;
    const rows = await read(this.#parts.db, onPage(listing, sortedBy, further), listing.limit + 1);
    return toPage(rows.map(toView), listing.limit, (last) => ({ createdAt: last.created_at, id: idOf(last) }));
  }

  update(id: string, toSet: (at: string) => Changes<Row>, deed: Deed): Promise<View | null> {
    return this.#write(deed, async (tx) => {
      const [changed] = await this.#kind.update(tx, id, toSet(this.#at()));
      const there = changed ? await this.#findIn(tx, id) : null;
      if (there) await this.#tell(tx, there, { ...deed, verb: "changed" });
      return there;
    });
  }

  #write(
    { first = () => Promise.resolve(true) }: Deed,
    write: (tx: Transaction) => Promise<View | null>,
  ): Promise<View | null> {
    return this.#parts.db.transaction(async (tx) => ((await first(tx)) ? write(tx) : null));
  }

  async #findIn(on: Database | Transaction, id: string): Promise<View | null> {
    const { sortedBy, read, toView } = this.#kind;
    const [row] = await read(on, eq(sortedBy.id, id), 1);
    return row === undefined ? null : toView(row);
  }

  #tell(tx: Transaction, view: View, { by, details, verb }: Deed & { readonly verb: string }): Promise<void> {
    const { noun, idOf } = this.#kind;
    const subject = { kind: noun, id: idOf(view) };
    return this.#parts.audit(tx, {
      by,
      organizationId: view.organization_id,
      action: `${noun}s/${verb}`,
      subject,
      details,
    });
  }

  #at(): string {
    return toInstant(this.#parts.clock.now());
  }
}
