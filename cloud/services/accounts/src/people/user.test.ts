import type { User } from "@kerbside/proto/routes/accounts";
import { err } from "@kerbside/proto/base/result";
import { expect, test } from "vitest";
import { changeUser, type UserChange } from "./user.ts";

const now = "2026-03-01T10:00:00.000Z";
const store = "01890000-0000-7000-8000-000000000003";
const admin: User = {
  user_id: "01890000-0000-7000-8000-000000000001",
  organization_id: "01890000-0000-7000-8000-000000000002",
  email: "aliya@example.com",
  name: "Aliya",
  role: "admin",
  store_ids: [],
  created_at: "2026-01-01T00:00:00.000Z",
  signed_in_at: null,
  disabled_at: null,
};

test.each<[string, UserChange]>([
  ["disabled", { disabled: true }],
  ["made something else", { role: "ops" }],
])("the last admin cannot be %s", (_title, change) => {
  expect(changeUser(admin, change, { now, otherAdmins: 0 })).toEqual(err("last_admin"));
  expect(changeUser(admin, change, { now, otherAdmins: 1 }).ok).toBe(true);
});

test("the last admin may be renamed", () => {
  expect(changeUser(admin, { name: "Aliya S." }, { now, otherAdmins: 0 })).toMatchObject({
    value: { ...admin, name: "Aliya S." },
  });
});

test("disabling twice keeps the first time, enabling clears it", () => {
  const disabled = { ...admin, role: "ops" as const, disabled_at: "2026-02-01T00:00:00.000Z" };

  expect(changeUser(disabled, { disabled: true }, { now, otherAdmins: 0 })).toMatchObject({ value: disabled });
  expect(changeUser(disabled, { disabled: false }, { now, otherAdmins: 0 })).toMatchObject({
    value: { disabled_at: null },
  });
});

test("only a merchant's people are bound to stores", () => {
  const merchant = { ...admin, role: "merchant" as const, store_ids: [store] };

  expect(changeUser(merchant, { role: "ops" }, { now, otherAdmins: 1 })).toMatchObject({ value: { store_ids: [] } });
  expect(changeUser(admin, { role: "merchant", store_ids: [store, store] }, { now, otherAdmins: 1 })).toMatchObject({
    value: { store_ids: [store] },
  });
});
