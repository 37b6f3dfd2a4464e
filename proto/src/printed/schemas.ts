import * as z from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Which side of a schema is meant: what a caller sends, or what it reads. They differ by defaults and coercions. */
export type Side = "input" | "output";

/**
 * Turns zod schemas into JSON Schema (2020-12) that share their named parts, as OpenAPI's `components` do. A part whose
 * two sides differ is kept twice, the sent one as `{Name}Input`.
 */
export class Components {
  readonly #prefix: string;
  readonly #schemas = new Map<string, JsonSchema>();

  /** `prefix` is where the named parts will stand in the document: `#/components/schemas/`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  schema(schema: z.ZodType, side: Side): JsonSchema {
    const printed = z.toJSONSchema(schema, { io: side, unrepresentable: "any", override: binary });
    const { $defs, $schema: _dialect, ...rest } = printed;
    const parts = Object.entries(recordOf($defs));
    const names = new Map(parts.map(([name, part]) => [name, this.#name(name, recordOf(part), side)]));
    const rename = (value: unknown): unknown => this.#repoint(value, names);
    for (const [name, part] of parts) this.#schemas.set(names.get(name) ?? name, tidy(recordOf(rename(part))));
    const own = tidy(recordOf(rename(rest)));
    const id = recordOf(z.globalRegistry.get(schema))["id"];
    if (typeof id !== "string" || typeof own["$ref"] === "string") return own;
    const name = this.#name(id, own, side);
    this.#schemas.set(name, own);
    return { $ref: `${this.#prefix}${name}` };
  }

  /** The named parts so far, by name. */
  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #name(name: string, part: JsonSchema, side: Side): string {
    if (side === "output") return name;
    const other = this.#schemas.get(name);
    return other === undefined || sameShape(other, part) ? name : `${name}Input`;
  }

  #repoint(value: unknown, names: ReadonlyMap<string, string>): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#repoint(each, names));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== "$ref" || typeof inner !== "string") return [key, this.#repoint(inner, names)];
        const name = inner.replace("#/$defs/", "");
        return [key, `${this.#prefix}${names.get(name) ?? name}`];
      }),
    );
  }
}

/** JSON Schema has no bytes; what msgpack carries as bytes is said so. */
function binary({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Record<string, unknown> }): void {
  if (zodSchema instanceof z.ZodCustom) Object.assign(jsonSchema, { contentEncoding: "binary", type: "string" });
}

/** Leaves out what says nothing to a reader: the bounds of every safe integer, a pattern that its format implies. */
function tidy(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema)
    .filter(([key, value]) => !(key === "maximum" && value === Number.MAX_SAFE_INTEGER))
    .filter(([key, value]) => !(key === "minimum" && value === Number.MIN_SAFE_INTEGER))
    .filter(([key]) => !(key === "pattern" && "format" in schema))
    .filter(([key, value]) => !(key === "additionalProperties" && value === false))
    .filter(([key]) => key !== "id" && key !== "~standard")
    .map(([key, value]) => [key, tidyAny(value)]);
  return Object.fromEntries(entries);
}

function tidyAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidyAny);
  return typeof value === "object" && value !== null ? tidy(recordOf(value)) : value;
}

/** Equal but for where the named parts stand. */
function sameShape(a: JsonSchema, b: JsonSchema): boolean {
  const [one, other] = [a, b].map((schema) => JSON.stringify(tidy(schema)).replaceAll(/"#(?:\/[^"]*\/)?/g, '"'));
  return one === other;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
