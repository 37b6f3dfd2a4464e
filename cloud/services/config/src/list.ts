import { Fault } from "@kerbside/proto/base/fault";
import { fromCursor, type PageEnd } from "@kerbside/proto/base/cursor";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** Which rows of a list, and whose. A null scope is everybody's. */
export interface Listing {
  readonly organizationId: string | null;
  readonly cursor: string | undefined;
  readonly limit: number;
}

interface Sorted {
  readonly organization_id: PgColumn;
  readonly created_at: PgColumn;
  readonly id: PgColumn;
}

/** The condition for one page, oldest first, with further conditions where they are given. */
export function onPage(listing: Listing, by: Sorted, further: readonly (SQL | undefined)[] = []): SQL | undefined {
  const end = listing.cursor === undefined ? null : endOf(listing.cursor);
  return and(
    listing.organizationId === null ? undefined : eq(by.organization_id, listing.organizationId),
    end ? sql`(${by.created_at}, ${by.id}) > (${end.createdAt}::timestamptz, ${end.id}::uuid)` : undefined,
    ...further,
  );
}

function endOf(cursor: string): PageEnd {
  const end = fromCursor(cursor);
  if (end) return end;
  throw new Fault("invalid_request", {}, [
    { pointer: "/query/cursor", message: "not a cursor that this list gave out" },
  ]);
}
