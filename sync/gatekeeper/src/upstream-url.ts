import type { ShapePolicy, ShapeRows } from "./shape-policy.ts";

export interface UpstreamQuery {
  readonly policy: ShapePolicy;
  readonly rows: ShapeRows;
  /** What the client may say. */
  readonly protocol: URLSearchParams;
  readonly secret: string | null;
  /** Whether part of the rows is asked for: by the columns that the client may see, and no others. */
  readonly isSubset: boolean;
}

/** The request to the shape server: the definition is the policy's, the position is the client's. */
export function upstreamUrl(base: string, { policy, rows, protocol, secret, isSubset }: UpstreamQuery): URL {
  const url = underBase(base, "v1/shape");
  for (const [name, value] of protocol) url.searchParams.set(name, value);
  url.searchParams.set("table", `${quote(policy.schema)}.${quote(policy.table)}`);
  const columns = policy.columns.map(quote).join(",");
  url.searchParams.set("columns", columns);
  if (isSubset) url.searchParams.set("queryable_columns", columns);
  url.searchParams.set("where", rows.sql);
  for (const [index, value] of rows.params.entries()) url.searchParams.set(`params[${index + 1}]`, value);
  if (policy.replica) url.searchParams.set("replica", policy.replica);
  if (secret !== null) url.searchParams.set("secret", secret);
  return url;
}

/** A path of the sync service; the path that its address may have, as behind a proxy, stays before it. */
export function underBase(base: string, path: string): URL {
  return new URL(path, base.endsWith("/") ? base : `${base}/`);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
