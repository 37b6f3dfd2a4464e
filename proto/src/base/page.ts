import { fromCursor, type PageEnd, toPage } from "./cursor.ts";
import { Fault } from "./fault.ts";

/** Which rows of a list to read, newest first: those beyond `after`, and one more than was asked for. */
export interface Page {
  readonly after: PageEnd | null;
  readonly limit: number;
}

/** What a caller asks of a list: how many rows, and those after which cursor. */
export interface PageAsked {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export function pageOf(query: PageAsked): Page {
  return { after: endOf(query.cursor), limit: query.limit + 1 };
}

/** The rows that were asked for, as the caller sees them, and where the next page begins if one row more was there. */
export function answerPage<Row, Item>(
  rows: readonly Row[],
  { limit }: Page,
  as: { readonly view: (row: Row) => Item; readonly end: (row: Row) => PageEnd },
): { items: Item[]; next_cursor: string | null } {
  const { items, next_cursor } = toPage(rows, limit - 1, as.end);
  return { items: items.map(as.view), next_cursor };
}

/** Where the page before ended; null for the first one. Refuses what no list gave out. */
export function endOf(cursor: string | undefined): PageEnd | null {
  if (cursor === undefined) return null;
  const end = fromCursor(cursor);
  if (end) return end;
  throw new Fault("invalid_request", {}, [
    { pointer: "/query/cursor", message: "not a cursor that this list gave out" },
  ]);
}
