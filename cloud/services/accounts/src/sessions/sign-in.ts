import { Fault } from "@kerbside/proto/base/fault";
import type { User } from "@kerbside/proto/routes/accounts";
import type { Happenings } from "../happenings.ts";
import type { Passwords } from "../people/passwords.ts";
import type { Person, PgPeople } from "../people/people.pg.ts";
import type { SignInLimit } from "./sign-in-limit.pg.ts";

export interface SignInParts {
  readonly people: Pick<PgPeople, "findByEmail">;
  readonly passwords: Passwords;
  readonly limit: Pick<SignInLimit, "take" | "forget">;
  readonly happenings: Happenings;
}

/** Answers the person behind an e-mail if this is their password. What is wrong stays between us and the log. */
export type SignIn = (email: string, password: string) => Promise<User>;

export function signInWith({ people, passwords, limit, happenings }: SignInParts): SignIn {
  async function whyNot(person: Person | null, password: string): Promise<"unknown" | "disabled" | "password" | null> {
    if (person && person.user.disabled_at === null) {
      return (await passwords.verify(password, person.passwordHash)) ? null : "password";
    }
    await passwords.refuse(password);
    return person ? "disabled" : "unknown";
  }
  return async (email, password) => {
    const waitS = await limit.take(email);
    if (waitS > 0) {
      happenings.signInRefused("limited");
      throw new Fault("rate_limited", { retry_after_s: waitS });
    }
    const person = await people.findByEmail(email);
    const reason = await whyNot(person, password);
    if (!person || reason) {
      happenings.signInRefused(reason ?? "unknown", person?.user.user_id);
      throw new Fault("login_refused");
    }
    await limit.forget(email);
    return person.user;
  };
}
