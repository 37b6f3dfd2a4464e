import { below, type Rng } from "@kerbside/proto/base/rng";
import { parseColumnNames } from "../catalog/names.ts";
import { schemaHeader } from "../catalog/table.ts";
import { formatPosition, type RequestedOffset } from "../log/position.ts";
import type { ShapeDefinition } from "../shapes/definition.ts";
import { InvalidRequest, isRefusal } from "../shapes/resolve.ts";
import type { Shape } from "../shapes/shape.ts";
import { readSubset, type RequestedSubset, type Subset } from "../shapes/subset.ts";
import type { PgSubsets, SubsetRows } from "../shapes/subsets.pg.ts";
import { type Answer, found } from "./answer.ts";
import type { Caching } from "./caching.ts";

export interface SubsetServing {
  readonly subsets: PgSubsets;
  readonly caching: Caching;
  readonly rng: Rng;
}

export interface AskedSubset {
  readonly shape: Shape;
  readonly offset: RequestedOffset;
  readonly subset: RequestedSubset;
  /** Columns that it may read; null for all. */
  readonly readable: ReadonlySet<number> | null;
  readonly signal: AbortSignal;
}

/** Tells subsets of one client apart. */
const markMax = 2 ** 31;

/** Part of a shape's rows as they are now; null when the shape's table was altered. */
export async function answerSubset(asked: AskedSubset, serving: SubsetServing): Promise<Answer | null> {
  const { shape, offset } = asked;
  const { table, columns } = shape.definition;
  // The client goes on from here. It must not be later than the rows, and no change to other rows may be skipped.
  const place = offset === "now" ? shape.end : offset;
  const rows = await read(asked, readSubset(asked.subset, table, asked.readable), serving);
  if (rows === null) return null;
  return found(Buffer.from(bodyOf(rows, below(serving.rng, markMax))), {
    "cache-control": serving.caching.subset,
    "electric-handle": shape.handle,
    "electric-offset": place === "-1" ? "0_0" : formatPosition(place),
    "electric-schema": schemaHeader(table, columns),
    "electric-snapshot": "true",
  });
}

async function read({ shape, signal }: AskedSubset, subset: Subset, { subsets }: SubsetServing) {
  try {
    return await subsets.read(shape, subset, signal);
  } catch (problem) {
    if (isRefusal(problem)) throw new InvalidRequest("subset.where", problem.message);
    throw problem;
  }
}

/** The columns that a request may ask about, by the list of whoever stands before us; null without a list. */
export function readableColumns(names: string | null, { table, columns }: ShapeDefinition): ReadonlySet<number> | null {
  if (names === null) return null;
  const indexOf = (name: string): number => table.columns.findIndex((column) => column.name === name);
  const readable = new Set(parseColumnNames(names)?.map(indexOf) ?? [-1]);
  if (readable.has(-1)) throw new InvalidRequest("queryable_columns", "is no list of the table's columns");
  const hidden = columns.find((column) => !readable.has(column));
  if (hidden === undefined) return readable;
  throw new InvalidRequest("columns", `column "${table.columns[hidden]?.name}" is not among the queryable columns`);
}

function bodyOf({ mark, open }: SubsetRows, snapshotMark: number): string {
  const metadata = {
    snapshot_mark: snapshotMark,
    database_lsn: String(mark.insertLsn),
    xmin: String(mark.xmin),
    xmax: String(mark.xmax),
    xip_list: mark.inProgress.map(String),
  };
  const messages = open.map((message) => `${message},"snapshot_mark":${snapshotMark}}}`);
  return `{"metadata":${JSON.stringify(metadata)},"data":[${messages.join(",")}]}`;
}
