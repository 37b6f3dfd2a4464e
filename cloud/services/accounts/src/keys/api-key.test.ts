import { err, ok } from "@kerbside/proto/base/result";
import { expect, test } from "vitest";
import { knownScopes, scopesFor } from "./api-key.ts";

const key = { scopes: ["eats.deliveries", "direct.organizations"] } as const;

test.each([
  ["everything, when it asks for nothing", undefined, ok(key.scopes)],
  ["everything, when its list is empty", [], ok(key.scopes)],
  ["what it asks for", ["eats.deliveries"], ok(["eats.deliveries"])],
  ["it once, when it asks twice", ["eats.deliveries", "eats.deliveries"], ok(["eats.deliveries"])],
  ["nothing that it lacks", ["eats.deliveries", "eats.orders"], err("scope_refused")],
])("a token gets %s", (_title, asked, granted) => {
  expect(scopesFor(key, asked)).toEqual(granted);
});

test("a key may not ask for what only other keys have", () => {
  expect(scopesFor({ scopes: ["eats.deliveries"] }, ["direct.organizations"])).toEqual(err("scope_refused"));
});

test("a stored scope that is no longer known grants nothing", () => {
  expect(knownScopes(["eats.deliveries", "root"])).toEqual(["eats.deliveries"]);
});
