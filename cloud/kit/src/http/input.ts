import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { Fault, type FieldError } from "@kerbside/proto/base/fault";
import * as z from "zod";
import { isStorable, unstorableAt } from "./fitness.ts";
import { fieldErrors } from "./problem.ts";
import { strictly, wraps } from "./strict.ts";

/** What came in, as the endpoint's contract reads it. */
export interface Parts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface Raw {
  readonly params: () => Readonly<Record<string, string>>;
  readonly query: () => Readonly<Record<string, readonly string[]>>;
  readonly body: unknown;
}

/** Makes the reader of one endpoint's input. All that is wrong is told at once. */
export function inputReader(endpoint: Endpoint): (raw: Raw) => Parts {
  const params = endpoint.params ?? null;
  const query = endpoint.query ? strictly(endpoint.query) : null;
  const body = endpoint.body ? strictly(endpoint.body) : null;
  const lists = endpoint.query ? listParameters(endpoint.query) : new Set<string>();
  return (raw) => {
    const errors: FieldError[] = [];
    const read = (schema: z.core.$ZodType | null, value: () => unknown, root: string): unknown => {
      if (!schema) return undefined;
      const parsed = z.core.safeParse(schema, value());
      if (parsed.success) return parsed.data;
      errors.push(...fieldErrors(parsed.error.issues, root));
      return undefined;
    };
    const parts = {
      params: read(params, raw.params, "/path"),
      query: read(query, () => flatten(storable(raw.query()), lists), "/query"),
      body: read(body, () => raw.body, ""),
    };
    if (errors.length > 0) throw new Fault("invalid_request", {}, errors);
    return parts;
  };
}

function storable<Query extends Readonly<Record<string, readonly string[]>>>(query: Query): Query {
  const wrong = Object.entries(query).filter(([, values]) => !values.every(isStorable));
  if (wrong.length === 0) return query;
  const errors = wrong.slice(0, 50).map(([name]) => unstorableAt(`/query/${name}`));
  throw new Fault("invalid_request", {}, errors);
}

function flatten(
  query: Readonly<Record<string, readonly string[]>>,
  lists: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(query).map(([name, values]): [string, unknown] => [
    name,
    lists.has(name) || values.length > 1 ? values : values[0],
  ]);
  return Object.fromEntries(entries);
}

/** The parameters that may be repeated: `?state=idle&state=working`. */
function listParameters(query: z.ZodObject): ReadonlySet<string> {
  const names = Object.entries(query.shape).filter(([, schema]) => isList(schema));
  return new Set(names.map(([name]) => name));
}

function isList(schema: z.core.$ZodType): boolean {
  return schema instanceof z.core.$ZodArray || (wraps(schema) && isList(schema._zod.def.innerType));
}
