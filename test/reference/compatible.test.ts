import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { breaks, type Contracts, contracts } from "./compatible.ts";

const accepted: Contracts = JSON.parse(readFileSync(new URL("contracts.baseline.json", import.meta.url), "utf8"));

test("robots and services of the accepted contracts can talk to those of today", () => {
  expect(
    breaks(accepted, contracts()),
    "a new meaning needs a new version; additions are accepted by `npm run reference -- --accept`",
  ).toEqual([]);
});

test("everything there is has been accepted", () => {
  expect(Object.keys(contracts()).filter((name) => !(name in accepted))).toEqual([]);
});

describe("what counts as a break", () => {
  const before = object({ a: { type: "string" }, b: { enum: ["x", "y"] } }, ["a"]);
  const after = (properties: Record<string, unknown>, required: readonly string[] = ["a"]) =>
    breaks({ m: before }, { m: object({ ...before.properties, ...properties }, required) });

  test("a field that may be missing can be added", () => {
    expect(after({ c: { type: "number" } })).toEqual([]);
  });

  test("another description is no change", () => {
    expect(after({ a: { type: "string", description: "said better" } })).toEqual([]);
  });

  test("another type is one", () => {
    expect(after({ a: { type: "number" } })).toEqual(['m/a.type: "string" became "number"']);
  });

  test("a further value of a closed set is one", () => {
    expect(after({ b: { enum: ["x", "y", "z"] } })).toEqual(['m/b.enum: ["x","y"] became ["x","y","z"]']);
  });

  test("a field that must now be there is one", () => {
    expect(after({ c: { type: "number" } }, ["a", "c"])).toEqual(['m.required: ["a"] became ["a","c"]']);
  });

  test("a field or a message that is gone is one", () => {
    expect(breaks({ m: before, n: before }, { m: object({ a: { type: "string" } }, ["a"]) })).toEqual([
      "m/b is gone",
      "n is gone",
    ]);
  });
});

function object(properties: Record<string, unknown>, required: readonly string[]) {
  return { type: "object", properties, required };
}
