import type { FieldError } from "@kerbside/proto/base/fault";

/** What a client may say, and how it must look. Everything else is ours to decide, or nobody's. */
const allowed: Readonly<Record<string, RegExp>> = {
  offset: /^(-1|now|\d{1,20}_(\d{1,15}|inf))$/,
  handle: /^[\w-]{1,200}$/,
  cursor: /^\d{0,20}$/,
  live: /^(true|false)$/,
  live_sse: /^(true|false)$/,
  experimental_live_sse: /^(true|false)$/,
  log: /^(full|changes_only)$/,
  expired_handle: /^[\w-]{0,200}$/,
  "cache-buster": /^[\w-]{0,200}$/,
  subset__where: /^[^\0]{1,8000}$/s,
  subset__params: /^\{[^\0]{0,8000}\}$/s,
  subset__order_by: /^[^\0]{1,1000}$/s,
  subset__limit: /^\d{1,6}$/,
  subset__offset: /^\d{1,9}$/,
  subset__where_expr: /^[^\0]{0,16000}$/s,
  subset__order_by_expr: /^[^\0]{0,4000}$/s,
};

/** Meant for caches and clever proxies between client and server; there are none behind us. */
const endsHere = new Set(["expired_handle", "cache-buster", "subset__where_expr", "subset__order_by_expr"]);

export type ProtocolQuery =
  | { readonly ok: true; readonly value: URLSearchParams }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** The parameters to pass on, or what is wrong with each that is not the protocol's. */
export function protocolQuery(query: URLSearchParams): ProtocolQuery {
  const errors: FieldError[] = [];
  const passed = new URLSearchParams();
  for (const name of new Set(query.keys())) {
    const value = query.get(name) ?? "";
    const form = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (!form) errors.push(wrong(name, "a shape's rows are decided by its name: this parameter is not taken"));
    else if (!form.test(value)) errors.push(wrong(name, "is not in the protocol's form"));
    else if (query.getAll(name).length > 1) errors.push(wrong(name, "is given more than once"));
    else if (!endsHere.has(name)) passed.set(name, value);
  }
  if (!query.has("offset")) errors.push(wrong("offset", "is missing: begin with -1"));
  return errors.length > 0 ? { ok: false, errors: errors.slice(0, 20) } : { ok: true, value: passed };
}

function wrong(name: string, message: string): FieldError {
  return { pointer: `/query/${name.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`, message };
}
