import * as z from "zod";

type Schema = z.core.$ZodType;

/**
 * The same schema, refusing fields it does not declare, at any depth. Contracts strip unknown fields, which events need;
 * a request that sends them is told that they would have had no effect.
 */
export function strictly(schema: Schema): Schema {
  return tighten(schema, new Map());
}

function tighten(schema: Schema, seen: Map<Schema, Schema>): Schema {
  const known = seen.get(schema);
  if (known) return known;
  const tight = rebuild(schema, (part) => tighten(part, seen));
  seen.set(schema, tight);
  return tight;
}

function rebuild(schema: Schema, inner: (part: Schema) => Schema): Schema {
  if (schema instanceof z.core.$ZodObject) {
    const { def } = schema._zod;
    const parts: [string, Schema][] = Object.entries(def.shape);
    const shape = Object.fromEntries(parts.map(([key, part]) => [key, inner(part)]));
    return z.core.clone(schema, { ...def, shape, catchall: def.catchall ?? z.never() });
  }
  if (schema instanceof z.core.$ZodArray) {
    const { def } = schema._zod;
    return z.core.clone(schema, { ...def, element: inner(def.element) });
  }
  if (schema instanceof z.core.$ZodUnion) {
    const { def } = schema._zod;
    return z.core.clone(schema, { ...def, options: def.options.map(inner) });
  }
  if (schema instanceof z.core.$ZodTuple) {
    const { def } = schema._zod;
    return z.core.clone(schema, { ...def, items: def.items.map(inner), rest: def.rest ? inner(def.rest) : null });
  }
  if (schema instanceof z.core.$ZodRecord) {
    const { def } = schema._zod;
    return z.core.clone(schema, { ...def, valueType: inner(def.valueType) });
  }
  if (schema instanceof z.core.$ZodPipe) {
    const { def } = schema._zod;
    return z.core.clone(schema, { ...def, in: inner(def.in) });
  }
  if (schema instanceof z.core.$ZodLazy) return z.lazy(() => inner(schema._zod.def.getter()));
  return wraps(schema)
    ? z.core.clone(schema, { ...schema._zod.def, innerType: inner(schema._zod.def.innerType) })
    : schema;
}

type Wrapper =
  | z.core.$ZodOptional
  | z.core.$ZodNullable
  | z.core.$ZodDefault
  | z.core.$ZodPrefault
  | z.core.$ZodReadonly;

/** Schemas that only say something about another one: optional, nullable, with a default, readonly. */
export function wraps(schema: Schema): schema is Wrapper {
  return (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodReadonly
  );
}
