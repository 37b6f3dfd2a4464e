import { toInstant } from "./time.ts";

/** Where a page ended: the birth and the id of its last row. Rows that are added while somebody turns pages lie beyond it. */
export interface PageEnd {
  readonly createdAt: string;
  readonly id: string;
}

/** Opaque to callers, so that what a list is sorted by may change. */
export function toCursor(end: PageEnd): string {
  return btoa(`${Date.parse(end.createdAt)} ${end.id}`)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Null for anything that `toCursor` did not make. */
export function fromCursor(cursor: string): PageEnd | null {
  const parts = pattern.exec(decoded(cursor));
  const createdAtMs = Number(parts?.groups?.["ms"]);
  const id = parts?.groups?.["id"];
  return id === undefined ? null : { createdAt: toInstant(createdAtMs), id };
}

export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/** One more was read than the limit allows, which tells whether there is another page. */
export function toPage<Item>(read: readonly Item[], limit: number, endOf: (item: Item) => PageEnd): Page<Item> {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  const isMore = read.length > limit && last !== undefined;
  return { items, next_cursor: isMore ? toCursor(endOf(last)) : null };
}

/** Thirteen digits reach to the year 2286 and stay within what a date can say. */
const pattern = /^(?<ms>\d{1,13}) (?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function decoded(cursor: string): string {
  if (!/^[\w-]*$/.test(cursor) || cursor.length % 4 === 1) return "";
  return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
}
