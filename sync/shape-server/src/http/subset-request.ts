import { InvalidRequest } from "../shapes/resolve.ts";
import type { RequestedSubset } from "../shapes/subset.ts";

const names = ["where", "params", "limit", "offset", "order_by"] as const;
type Name = (typeof names)[number];
type Written = Partial<Record<Name, unknown>>;

/** The subset that a query asks for by `subset__*`; null when it asks for the whole shape. */
export function subsetOfQuery(query: URLSearchParams): RequestedSubset | null {
  const written: Written = {};
  for (const name of names) {
    const value = query.get(`subset__${name}`);
    if (value !== null) written[name] = name === "params" ? readJson(value, "subset.params") : value;
  }
  return Object.keys(written).length > 0 ? readSubset(written) : null;
}

/** The subset that a body asks for, flat or under `subset`; null when it asks for the whole shape. */
export function subsetOfBody(text: string): RequestedSubset | null {
  const body = text.trim() === "" ? {} : readJson(text, "body");
  if (!isRecord(body)) throw new InvalidRequest("body", "is no JSON object");
  const nested = body["subset"];
  if (nested !== undefined && !isRecord(nested)) throw new InvalidRequest("subset", "is no JSON object");
  const source = nested ?? body;
  const written = Object.fromEntries(names.flatMap((name) => (name in source ? [[name, source[name]]] : [])));
  return nested || Object.keys(written).length > 0 ? readSubset(written) : null;
}

function readSubset({ where, params, limit, offset, order_by: orderBy }: Written): RequestedSubset {
  return {
    where: readText(where, "where"),
    params: readParams(params),
    limit: readCount(limit, "limit", 1),
    offset: readCount(offset, "offset", 0),
    orderBy: readText(orderBy, "order_by"),
  };
}

function readText(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw new InvalidRequest(`subset.${name}`, "is invalid");
}

function readCount(value: unknown, name: string, min: number): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number))
    throw new InvalidRequest(`subset.${name}`, "is invalid");
  if (number >= min) return number;
  throw new InvalidRequest(
    `subset.${name}`,
    min === 0 ? "must be greater than or equal to 0" : "must be greater than 0",
  );
}

/** `{"1": "a", "2": "b"}`, or a list. */
function readParams(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") throw new InvalidRequest("subset.params", "is invalid");
  const given = Array.isArray(value) ? value.map((each, index) => [String(index + 1), each]) : Object.entries(value);
  const byNumber = new Map(given.map(([number, each]) => [number, each]));
  return given.map((_, index) => {
    const each: unknown = byNumber.get(String(index + 1));
    if (each === undefined) {
      throw new InvalidRequest("subset.params", "Parameters must be numbered sequentially, starting from 1");
    }
    if (typeof each === "string") return each;
    if (typeof each === "number" || typeof each === "boolean") return String(each);
    throw new InvalidRequest("subset.params", "values must be texts");
  });
}

function readJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequest(field, "is invalid");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
