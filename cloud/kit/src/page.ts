import type { PageEnd } from "@kerbside/proto/base/cursor";
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** By what a list is sorted: when a row was born, and its id where several were born at once. */
export interface Sorting {
  readonly at: SQLWrapper;
  readonly id: SQLWrapper;
}

/** The rows beyond where a page ended, of a list that is sorted oldest first; all of them for the first page. */
export function youngerThan(end: PageEnd | null, by: Sorting): SQL | undefined {
  return end ? sql`(${by.at}, ${by.id}) > ${placeOf(end)}` : undefined;
}

/** The same of a list that is sorted newest first. */
export function olderThan(end: PageEnd | null, by: Sorting): SQL | undefined {
  return end ? sql`(${by.at}, ${by.id}) < ${placeOf(end)}` : undefined;
}

function placeOf({ createdAt, id }: PageEnd): SQL {
  return sql`(${createdAt}::timestamptz, ${id}::uuid)`;
}
