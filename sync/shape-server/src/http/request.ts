import { parseOffset, type RequestedOffset } from "../log/position.ts";
import { InvalidRequest, type RequestedDefinition } from "../shapes/resolve.ts";
import type { RequestedSubset } from "../shapes/subset.ts";
import { subsetOfBody, subsetOfQuery } from "./subset-request.ts";

/** A request for a shape as the protocol's query says it. Parameters we do not know are ignored: clients add their own. */
export interface ShapeRequest {
  readonly definition: RequestedDefinition;
  readonly offset: RequestedOffset;
  /** Null with the offsets that begin anew. */
  readonly handle: string | null;
  readonly isLive: boolean;
  /** Live by server-sent events rather than by long polling. */
  readonly isStream: boolean;
  readonly cursor: string | null;
  /** Asked for part of the rows as they are now, beside the log. */
  readonly subset: RequestedSubset | null;
  /** Columns that a subset may read, as a list; null for all. */
  readonly queryable: string | null;
}

/** A body says which subset is wanted; everything else stands in the query. */
export function readShapeRequest(query: URLSearchParams, body: string | null): ShapeRequest {
  const subset = body === null ? subsetOfQuery(query) : subsetOfBody(body);
  const offset = readOffset(query.get("offset"));
  // A subset does not wait.
  const isLive = flag(query, "live") && subset === null;
  const isFresh = offset === "-1" || offset === "now";
  const handle = isFresh ? null : query.get("handle");
  if (!isFresh && !handle) throw new InvalidRequest("handle", "can't be blank when offset != -1");
  if (isFresh && isLive) throw new InvalidRequest("live", `can't be true when offset == ${offset}`);
  const isStream = flag(query, "live_sse") || flag(query, "experimental_live_sse");
  if (isStream && !isLive && subset === null)
    throw new InvalidRequest("live_sse", "can't be true unless live is also true");
  return {
    definition: readDefinition(query),
    offset,
    handle,
    isLive,
    isStream: isStream && isLive,
    cursor: query.get("cursor"),
    subset,
    queryable: query.get("queryable_columns") || null,
  };
}

export function readDefinition(query: URLSearchParams): RequestedDefinition {
  const table = query.get("table");
  if (!table) throw new InvalidRequest("table", "can't be blank");
  return {
    table,
    where: query.get("where") || null,
    params: readParams(query),
    columns: query.get("columns") || null,
    replica: oneOf(query, "replica", ["default", "full"]),
    log: oneOf(query, "log", ["full", "changes_only"]),
  };
}

function readOffset(text: string | null): RequestedOffset {
  if (!text) throw new InvalidRequest("offset", "can't be blank");
  const offset = parseOffset(text);
  if (offset === null) throw new InvalidRequest("offset", "has invalid format");
  return offset;
}

/** `params[1]`, `params[2]` … without gaps. */
function readParams(query: URLSearchParams): readonly string[] {
  if (query.has("params")) throw new InvalidRequest("params", "is invalid");
  const byNumber = new Map<number, string>();
  for (const [name, value] of query) {
    const match = /^params\[(.*)\]$/.exec(name);
    if (!match) continue;
    const number = Number(match[1]);
    if (!/^[1-9]\d{0,4}$/.test(match[1] ?? ""))
      throw new InvalidRequest("params", "Parameters must be numbered from 1");
    byNumber.set(number, value);
  }
  return Array.from({ length: byNumber.size }, (_, index) => {
    const value = byNumber.get(index + 1);
    if (value === undefined)
      throw new InvalidRequest("params", "Parameters must be numbered sequentially, starting from 1");
    return value;
  });
}

function oneOf<Value extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly [Value, ...Value[]],
): Value {
  const value = query.get(name);
  if (value === null || value === "") return allowed[0];
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new InvalidRequest(name, `must be one of ${allowed.join(", ")}`);
  return found;
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "false";
}
