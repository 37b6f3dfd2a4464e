import type { Principal } from "@kerbside/proto/base/roles";
import { expect, test } from "vitest";
import { admits } from "./gate.ts";

const partner = (...scopes: readonly string[]): Principal => {
  return { kind: "partner", id: "p", organizationId: "o", scopes, live: true };
};

test("an endpoint for keys with a scope is closed to keys without it", () => {
  const allows = admits(["partner:eats.deliveries"]);

  expect(allows(partner("direct.organizations", "eats.deliveries"))).toBe(true);
  expect(allows(partner("direct.organizations"))).toBe(false);
  expect(allows(partner())).toBe(false);
});

test("an endpoint for partners is open to every key", () => {
  expect(admits(["partner"])(partner())).toBe(true);
});

test("no scope makes a partner somebody else", () => {
  expect(admits(["service", "user:admin"])(partner("service", "user:admin"))).toBe(false);
});
