import * as z from "zod";

/** A value that a schema should refuse, and where its refusal should point. */
export interface Mutant {
  readonly what: string;
  readonly value: unknown;
  /** JSON pointer of the part that is wrong. */
  readonly pointer: string;
}

type Json = Readonly<Record<string, unknown>>;
type Path = readonly string[];

const manyIds = Array.from({ length: 20_000 }, () => "01890a5d-ac96-774b-bcce-b302099a8057");
/** Fields that other things have and that a caller might hope to set. */
const overPosted = ["organization_id", "role", "state", "price_minor", "is_admin", "version", "constructor"];

/** Everything that is wrong with one field at a time of a good value, by what its schema says. */
export function mutantsOf(schema: z.ZodType, good: unknown): readonly Mutant[] {
  const json: Json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", target: "draft-2020-12" });
  const definitions = record(json["$defs"]);
  return walk({ json, definitions, good, path: [] });
}

interface Place {
  readonly json: Json;
  readonly definitions: Json;
  readonly good: unknown;
  readonly path: Path;
}

function walk(place: Place): readonly Mutant[] {
  const { definitions, good, path } = place;
  const json = resolved(place.json, definitions);
  const here = wrongValues(json).map(([what, value]) => at(good, path, what, value));
  return [...here, ...fields(place, json), ...items(place, json)];
}

function fields({ definitions, good, path }: Place, json: Json): readonly Mutant[] {
  const properties = json["properties"];
  if (properties === undefined) return [];
  const known = record(properties);
  const required = list(json["required"]);
  const missing = required.map((name) => without(good, [...path, String(name)]));
  const more = ["__proto__", ...overPosted.filter((name) => !Object.hasOwn(known, name))].map((name) =>
    at(good, [...path, name], `the unknown field ${name}`, name === "__proto__" ? { admin: true } : "x"),
  );
  const inner = Object.entries(known).flatMap(([name, part]) =>
    walk({ json: record(part), definitions, good, path: [...path, name] }),
  );
  return [...missing, ...more, ...inner];
}

function items({ definitions, good, path }: Place, json: Json): readonly Mutant[] {
  if (json["items"] === undefined) return [];
  const present: unknown = valueAt(good, path);
  if (!Array.isArray(present) || present.length === 0) return [];
  return walk({ json: record(json["items"]), definitions, good, path: [...path, "0"] });
}

/** What no schema of this kind takes. */
function wrongValues(json: Json): readonly (readonly [string, unknown])[] {
  if (json["enum"] !== undefined || json["const"] !== undefined)
    return [
      ["an unknown word", "no_such_word"],
      ["a number", 7],
    ];
  const options = list(json["anyOf"]).map(record);
  if (options.length > 0) {
    const isNullable = options.some(({ type }) => type === "null");
    const [option] = options.filter(({ type }) => type !== "null");
    return wrongValues(option ?? {}).filter(([, value]) => !(isNullable && value === null));
  }
  const nothing = ["nothing", null] as const;
  switch (json["type"]) {
    case "string":
      return [nothing, ["a number", 42], ["an object", { $ne: null }], ["a list", ["x"]], ...wrongTexts(json)];
    case "integer":
    case "number":
      return [nothing, ["words", "seven"], ["a list", [1]], ["true", true], ...wrongNumbers(json)];
    case "boolean":
      return [nothing, ["a word", "yes"], ["a number", 1]];
    case "array":
      return [nothing, ["words", "x"], ["an object", { length: 1 }], ["20,000 ids", manyIds]];
    case "object":
      return [nothing, ["words", "x"], ["a list", []], ["a number", 1]];
    default:
      return [];
  }
}

function wrongTexts(json: Json): readonly (readonly [string, unknown])[] {
  const { format, pattern, maxLength, minLength } = json;
  const wrong: [string, unknown][] = [];
  if (typeof maxLength === "number") wrong.push(["a text too long by one", "x".repeat(maxLength + 1)]);
  if (typeof minLength === "number" && minLength > 0) wrong.push(["an empty text", ""]);
  if (format !== undefined || pattern !== undefined)
    wrong.push(["a text of another form", "'; drop table delivery; --"]);
  else wrong.push(["a text with a NUL", "a\u0000b"], ["half a character", "a\ud800b"]);
  if (format === "date-time") {
    wrong.push(
      ["the year 0", "0000-01-01T00:00:00Z"],
      ["an impossible day", "2026-02-30T00:00:00Z"],
      ["an impossible zone", "2026-01-01T00:00:00+23:59"],
    );
  }
  return wrong;
}

function wrongNumbers(json: Json): readonly (readonly [string, unknown])[] {
  const { minimum, maximum, type, exclusiveMinimum } = json;
  const wrong: [string, unknown][] = [["more than a number can be", 1e308 * (type === "integer" ? 1 : 0) + 1e300]];
  if (type === "integer") wrong.push(["half of one", 1.5]);
  if (typeof maximum === "number") wrong.push(["one too many", maximum + 1]);
  if (typeof minimum === "number") wrong.push(["one too few", minimum - 1]);
  if (typeof exclusiveMinimum === "number") wrong.push(["zero", exclusiveMinimum]);
  return maximum === undefined && type === "number" ? wrong.slice(1) : wrong;
}

function at(good: unknown, path: Path, what: string, value: unknown): Mutant {
  return { what: `${what} at ${pointerOf(path)}`, value: changed(good, path, value), pointer: pointerOf(path) };
}

function without(good: unknown, path: Path): Mutant {
  return { what: `${pointerOf(path)} missing`, value: changed(good, path, undefined), pointer: pointerOf(path) };
}

/** A copy with another value at one place; the places on the way are made where they are not there. */
function changed(good: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(good))
    return good.map((each: unknown, index) => (String(index) === name ? changed(each, rest, value) : each));
  const entries = Object.entries(record(good)).filter(([key]) => key !== name);
  const inner = changed(record(good)[name], rest, value);
  const copy: Record<string, unknown> = Object.fromEntries(entries);
  if (inner !== undefined) Object.defineProperty(copy, name, { value: inner, enumerable: true, configurable: true });
  return copy;
}

function valueAt(good: unknown, path: Path): unknown {
  return path.reduce((value: unknown, name) => record(value)[name], good);
}

export function pointerOf(path: Path): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function resolved(json: Json, definitions: Json): Json {
  const reference = json["$ref"];
  if (typeof reference !== "string") return json;
  return record(definitions[reference.replace("#/$defs/", "")]);
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
