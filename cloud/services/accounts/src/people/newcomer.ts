import type { Rng } from "@kerbside/proto/base/rng";
import type { User } from "@kerbside/proto/routes/accounts";
import { newPassword } from "../secrets.ts";
import type { Passwords } from "./passwords.ts";
import type { NewPerson } from "./people.pg.ts";
import { storesOf } from "./user.ts";

export type Introduced = Pick<User, "email" | "name" | "role" | "store_ids">;
type Ids = Pick<User, "organization_id" | "user_id">;

/** A person to be added, with the password that is shown once. */
interface Newcomer {
  readonly person: NewPerson;
  readonly password: string;
}

export type Welcome = (introduced: Introduced, ids: Ids) => Promise<Newcomer>;

/** Gives people a password of ours. */
export function welcomeWith({ passwords, rng }: { passwords: Passwords; rng: Rng }): Welcome {
  return async (introduced, ids) => {
    const password = newPassword(rng);
    const passwordHash = await passwords.hashGenerated(password);
    const store_ids = storesOf(introduced.role, introduced.store_ids);
    return { person: { ...introduced, ...ids, store_ids, passwordHash }, password };
  };
}
