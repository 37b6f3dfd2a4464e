import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { Principal } from "@kerbside/proto/base/roles";
import type { User } from "@kerbside/proto/routes/accounts";

/** What an admin may change of a person. */
export interface UserChange {
  readonly name?: string | undefined;
  readonly role?: User["role"] | undefined;
  readonly store_ids?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
}

/** Decides what becomes of a person. An organization without an admin who can sign in could never get one again. */
export function changeUser(
  user: User,
  change: UserChange,
  at: { readonly now: string; readonly otherAdmins: number },
): Result<User, "last_admin"> {
  const role = change.role ?? user.role;
  const changed: User = {
    ...user,
    name: change.name ?? user.name,
    role,
    store_ids: storesOf(role, change.store_ids ?? user.store_ids),
    disabled_at: disabledAt(user, change.disabled, at.now),
  };
  if (administers(user) && !administers(changed) && at.otherAdmins === 0) return err("last_admin");
  return ok(changed);
}

const changeable = ["name", "role", "store_ids", "disabled_at"] as const;
type Changes = Readonly<Partial<Record<(typeof changeable)[number], unknown>>>;

/** What is different about a person, as it was and as it is. */
export function changesBetween(was: User, is: User): { readonly before: Changes; readonly after: Changes } {
  const changed = changeable.filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]));
  const of = (user: User): Changes => Object.fromEntries(changed.map((field) => [field, user[field]]));
  return { before: of(was), after: of(is) };
}

/** Only a merchant's people are bound to stores. */
export function storesOf(role: User["role"], storeIds: readonly string[]): string[] {
  return role === "merchant" ? [...new Set(storeIds)] : [];
}

/** Can sign in and change other people. */
function administers(user: Pick<User, "role" | "disabled_at">): boolean {
  return user.role === "admin" && user.disabled_at === null;
}

export function principalOf(user: User): Principal {
  const { user_id, organization_id, role, name, store_ids } = user;
  return { kind: "user", id: user_id, organizationId: organization_id, role, name, storeIds: store_ids };
}

function disabledAt(user: User, disabled: boolean | undefined, now: string): string | null {
  if (disabled === undefined) return user.disabled_at;
  return disabled ? (user.disabled_at ?? now) : null;
}
