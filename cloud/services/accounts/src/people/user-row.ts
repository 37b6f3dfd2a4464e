import type { User } from "@kerbside/proto/routes/accounts";
import type { userAccount } from "../tables.ts";

/** A person as the contract shows them, which is without the hash of their password. */
export function toUser({ password_hash: _hidden, ...user }: typeof userAccount.$inferSelect): User {
  return user;
}
