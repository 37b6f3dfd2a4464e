import { fromCursor } from "@kerbside/proto/base/cursor";
import { Fault } from "@kerbside/proto/base/fault";
import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

export interface PageAsked {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

interface Sorted {
  readonly createdAt: PgColumn;
  readonly id: PgColumn;
}

/** What comes after a cursor, oldest first. */
export function pageAfter(cursor: string | undefined, by: Sorted): SQL | undefined {
  return cursor === undefined ? undefined : sql`(${by.createdAt}, ${by.id}) > ${endOf(cursor)}`;
}

/** What comes after a cursor, newest first. */
export function pageBefore(cursor: string | undefined, by: Sorted): SQL | undefined {
  return cursor === undefined ? undefined : sql`(${by.createdAt}, ${by.id}) < ${endOf(cursor)}`;
}

function endOf(cursor: string): SQL {
  const end = fromCursor(cursor);
  if (end) return sql`(${end.createdAt}::timestamptz, ${end.id}::uuid)`;
  throw new Fault("invalid_request", {}, [
    { pointer: "/query/cursor", message: "not a cursor that this list gave out" },
  ]);
}
