import { type Sorting, youngerThan } from "@kerbside/cloud-kit/page";
import { endOf, type PageAsked } from "@kerbside/proto/base/page";
import { and, eq, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** Which rows of a list, and whose. A null scope is everybody's. */
export interface Listing extends PageAsked {
  readonly organizationId: string | null;
}

export interface Sorted extends Sorting {
  readonly organization_id: PgColumn;
  readonly id: PgColumn;
}

/** The condition for one page, oldest first, with further conditions where they are given. */
export function onPage(listing: Listing, by: Sorted, further: readonly (SQL | undefined)[] = []): SQL | undefined {
  return and(
    listing.organizationId === null ? undefined : eq(by.organization_id, listing.organizationId),
    youngerThan(endOf(listing.cursor), by),
    ...further,
  );
}
