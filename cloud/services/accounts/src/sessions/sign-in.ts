import { Fault } from "@kerbside/proto/base/fault";
import type { User } from "@kerbside/proto/routes/accounts";
import type { Happenings } from "../happenings.ts";
import type { Passwords } from "../people/passwords.ts";
import type { Person, PgPeople } from "../people/people.pg.ts";
import type { PgSessions } from "./sessions.pg.ts";
import type { SignInLimit } from "./sign-in-limit.pg.ts";

export interface SignInParts {
  readonly people: Pick<PgPeople, "findByEmail">;
  readonly passwords: Passwords;
  readonly limit: Pick<SignInLimit, "take" | "forget">;
  readonly sessions: Pick<PgSessions, "noteRefusal">;
  readonly happenings: Happenings;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Answers the person behind an e-mail if this is their password. What is wrong stays between us, the log and their admins. */
export type SignIn = (given: Credentials, requestId: string) => Promise<User>;

export function signInWith({ people, passwords, limit, sessions, happenings }: SignInParts): SignIn {
  async function whyNot(person: Person | null, password: string): Promise<"unknown" | "disabled" | "password" | null> {
    if (person && person.user.disabled_at === null) {
      return (await passwords.verify(password, person.passwordHash)) ? null : "password";
    }
    await passwords.refuse(password);
    return person ? "disabled" : "unknown";
  }
  return async ({ email, password }, requestId) => {
    const { waitS, isFirstRefused } = await limit.take(email);
    if (waitS > 0) {
      happenings.signInRefused("limited");
      const person = isFirstRefused ? await people.findByEmail(email) : null;
      const lockout = { action: "sessions/locked_out", details: { for_s: waitS }, requestId } as const;
      if (person) await sessions.noteRefusal(person.user, lockout);
      const minutes = Math.ceil(waitS / 60);
      const detail = `too many failed sign-ins with this e-mail; try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
      throw new Fault("rate_limited", { retry_after_s: waitS, detail });
    }
    const person = await people.findByEmail(email);
    const reason = await whyNot(person, password);
    if (!person || reason) {
      happenings.signInRefused(reason ?? "unknown", person?.user.user_id);
      // One insert more than for an e-mail that nobody has: ten tries a window do not find it in the time of a scrypt.
      if (person)
        await sessions.noteRefusal(person.user, { action: "sessions/refused", details: { reason }, requestId });
      throw new Fault("login_refused");
    }
    await limit.forget(email);
    return person.user;
  };
}
