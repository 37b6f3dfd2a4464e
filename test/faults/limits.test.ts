import { services } from "@kerbside/proto/contract";
import { expect, test } from "vitest";
import * as z from "zod";

type Json = Readonly<Record<string, unknown>>;

/** Arguments that the gateway reads by their kind, and switches of a few known words that JSON Schema cannot say. */
const free: ReadonlySet<string> = new Set([
  "robot-gateway.sendCommand /args",
  "deliveries.listDeliveries /live",
  "fleet.listRobots /available",
  "fleet.nearestRobots /available",
  "state.listStateChanges /violations",
]);

test("every text and every list that a request may carry has a limit", () => {
  const endless = Object.entries(services).flatMap(([service, endpoints]) =>
    Object.entries(endpoints).flatMap(([name, { params, query, body }]) =>
      [params, query, body]
        .filter((schema) => schema !== undefined)
        .flatMap((schema) => endlessIn(schema).map((pointer) => `${service}.${name} ${pointer}`)),
    ),
  );

  expect(endless.filter((place) => !free.has(place))).toEqual([]);
});

function endlessIn(schema: z.ZodType): readonly string[] {
  const json: Json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", target: "draft-2020-12" });
  return walk(json, record(json["$defs"]), "");
}

function walk(given: Json, definitions: Json, pointer: string): readonly string[] {
  const { $ref } = given;
  const json = typeof $ref === "string" ? record(definitions[$ref.replace("#/$defs/", "")]) : given;
  const { type, enum: words, const: word, format, pattern, maxLength, maxItems } = json;
  const isBound = [words, word, format, pattern, maxLength].some((limit) => limit !== undefined);
  const here =
    (type === "string" && !isBound) || (type === "array" && maxItems === undefined && json["prefixItems"] === undefined)
      ? [pointer]
      : [];
  const parts = [
    ...Object.entries(record(json["properties"])).map(([name, part]) => [`${pointer}/${name}`, part] as const),
    ...(Array.isArray(json["anyOf"]) ? json["anyOf"].map((part: unknown) => [pointer, part] as const) : []),
    ...(json["items"] === undefined ? [] : [[`${pointer}/0`, json["items"]] as const]),
  ];
  const isFree = json["additionalProperties"] !== undefined && typeof json["additionalProperties"] === "object";
  return [...here, ...(isFree ? [pointer] : []), ...parts.flatMap(([at, part]) => walk(record(part), definitions, at))];
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
