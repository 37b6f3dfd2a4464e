import { expect, test } from "vitest";
import { err, ok } from "./result.ts";
import type { Principal } from "./roles.ts";
import { organizationScope, owner, sees, visibleStores } from "./tenancy.ts";

const ours = "01890000-0000-7000-8000-000000000001";
const theirs = "01890000-0000-7000-8000-000000000002";
const store = "01890000-0000-7000-8000-000000000003";
const admin: Principal = {
  kind: "user",
  id: "01890000-0000-7000-8000-000000000009",
  organizationId: ours,
  role: "admin",
  name: "Aliya",
  storeIds: [],
};
const service: Principal = { kind: "service", id: "deliveries", organizationId: null };

test.each([
  ["a person reads their own organization's", admin, undefined, ok(ours)],
  ["a person may say so", admin, ours, ok(ours)],
  ["a person reads nobody else's", admin, theirs, err("forbidden")],
  ["a service reads the organization that it names", service, theirs, ok(theirs)],
  ["a service that names none reads everybody's", service, undefined, ok(null)],
] as const)("%s", (_title, principal, named, scope) => {
  expect(organizationScope(principal, named)).toEqual(scope);
});

test.each([
  ["a person creates in their own organization", admin, undefined, ok(ours)],
  ["a person creates in nobody else's", admin, theirs, err("forbidden")],
  ["a service has to say in which", service, undefined, err("unnamed")],
  ["a service creates where it says", service, ours, ok(ours)],
] as const)("%s", (_title, principal, named, where) => {
  expect(owner(principal, named)).toEqual(where);
});

test("what is another organization's is seen by services only", () => {
  expect(sees(admin, ours)).toBe(true);
  expect(sees(admin, theirs)).toBe(false);
  expect(sees(service, theirs)).toBe(true);
});

test("a merchant's people see the stores they work for, everybody else sees all", () => {
  expect(visibleStores({ ...admin, role: "merchant", storeIds: [store] })).toEqual([store]);
  expect(visibleStores({ ...admin, role: "merchant" })).toEqual([]);
  expect(visibleStores(admin)).toBeNull();
});
