import type { JsonSchema } from "./schemas.ts";

/** The fields of an object as rows of name, type and meaning; an optional field's name ends in `?`. */
export function fieldRows(schema: JsonSchema): readonly (readonly [string, string, string])[] {
  const properties = recordOf(schema["properties"]);
  const required = listOf(schema["required"]);
  return Object.entries(properties).map(([name, part]) => {
    const field = recordOf(part);
    const description = typeof field["description"] === "string" ? field["description"] : "";
    return [`\`${name}${required.includes(name) ? "" : "?"}\``, typeOf(field), description];
  });
}

/** A JSON Schema in a few words. */
export function typeOf(schema: JsonSchema): string {
  const { $ref, enum: values, type, items, prefixItems, anyOf, oneOf, allOf } = schema;
  if (typeof $ref === "string") return link($ref);
  if ("const" in schema) return `\`${JSON.stringify(schema["const"])}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(" · ");
  if (Array.isArray(type)) return type.map((each: unknown) => typeOf({ ...schema, type: each })).join(" or ");
  const choice = anyOf ?? oneOf ?? allOf;
  if (Array.isArray(choice)) return choice.map((each) => typeOf(recordOf(each))).join(" or ");
  if (Array.isArray(prefixItems)) return `[${prefixItems.map((each) => typeOf(recordOf(each))).join(", ")}]`;
  if (type === "array") return `list of ${typeOf(recordOf(items))}${bounds(schema, "Items")}`;
  if (type === "object") return objectOf(schema);
  if (typeof type === "string")
    return `${wordFor(type, schema)}${bounds(schema, type === "string" ? "Length" : "imum")}`;
  return "anything";
}

function objectOf(schema: JsonSchema): string {
  const rows = fieldRows(schema);
  if (rows.length === 0) return "object";
  return `{ ${rows.map(([name, type]) => `${name}: ${type}`).join(", ")} }`;
}

function wordFor(type: string, schema: JsonSchema): string {
  if (schema["contentEncoding"] === "binary") return "bytes";
  if (typeof schema["format"] === "string") return schema["format"];
  if (typeof schema["pattern"] === "string") return `${type} like \`${schema["pattern"]}\``;
  return type;
}

function bounds(schema: JsonSchema, of: "Items" | "Length" | "imum"): string {
  const least = numberOf(schema[`min${of}`]);
  const most = numberOf(schema[`max${of}`]);
  if (least === null && most === null) return "";
  if (least === null) return ` (≤ ${most})`;
  return most === null ? ` (≥ ${least})` : ` (${least} to ${most})`;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function link($ref: string): string {
  const name = $ref.slice(Math.max($ref.lastIndexOf("/"), $ref.lastIndexOf("#")) + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function recordOf(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
