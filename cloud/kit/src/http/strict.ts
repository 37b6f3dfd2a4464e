import * as z from "zod";

/**
 * The same schema, refusing fields it does not declare, at any depth. Contracts strip unknown fields, which events need;
 * a request that sends them is answered that they would have had no effect.
 */
export function strictly(schema: z.core.$ZodType): z.core.$ZodType {
  return tighten(schema, new Map());
}

type Seen = Map<z.core.$ZodType, z.core.$ZodType>;

function tighten(schema: z.core.$ZodType, seen: Seen): z.core.$ZodType {
  const known = seen.get(schema);
  if (known) return known;
  const tight = rebuild(schema as z.core.$ZodTypes, seen);
  seen.set(schema, tight);
  return tight;
}

function rebuild(schema: z.core.$ZodTypes, seen: Seen): z.core.$ZodType {
  const inner = (part: z.core.$ZodType): z.core.$ZodType => tighten(part, seen);
  const { def } = schema._zod;
  switch (def.type) {
    case "object": {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([key, part]) => [key, inner(part)]));
      return z.core.clone(schema, { ...def, shape, catchall: def.catchall ?? z.never() });
    }
    case "array":
      return z.core.clone(schema, { ...def, element: inner(def.element) });
    case "tuple":
      return z.core.clone(schema, { ...def, items: def.items.map(inner), rest: def.rest ? inner(def.rest) : null });
    case "record":
      return z.core.clone(schema, { ...def, valueType: inner(def.valueType) });
    case "union":
      return z.core.clone(schema, { ...def, options: def.options.map(inner) });
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return z.core.clone(schema, { ...def, innerType: inner(def.innerType) });
    case "pipe":
      return z.core.clone(schema, { ...def, in: inner(def.in), out: def.out });
    case "lazy":
      return z.lazy(() => inner(def.getter()));
    default:
      return schema;
  }
}
