import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking, found } from "@kerbside/proto/base/refuse";
import type { accountsRoutes } from "@kerbside/proto/routes/accounts";
import type { Happenings } from "../happenings.ts";
import type { Passwords } from "../people/passwords.ts";
import type { PgPeople } from "../people/people.pg.ts";
import type { SessionCookie } from "./cookie.ts";
import { madeAt } from "./same-origin.ts";
import { type PgSessions, sessionLifeMs } from "./sessions.pg.ts";
import type { SignIn } from "./sign-in.ts";

export interface SessionHandlersParts {
  readonly people: PgPeople;
  readonly passwords: Passwords;
  readonly sessions: PgSessions;
  readonly signIn: SignIn;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
  readonly happenings: Happenings;
}

type SessionHandlers = Pick<Handlers<typeof accountsRoutes>, "signIn" | "getSession" | "signOut" | "changePassword">;

export function sessionHandlers(parts: SessionHandlersParts): SessionHandlers {
  const { people, passwords, sessions, signIn, cookie, publicUrl, happenings } = parts;
  return {
    async signIn({ body, headers, replyHeaders, requestId }) {
      // Else a page elsewhere could sign a visitor in as somebody it knows, and read what they then do.
      if (madeAt({ headers, publicUrl }) === "elsewhere") {
        happenings.signInRefused("origin");
        throw new Fault("forbidden");
      }
      const user = await signIn(body, requestId);
      const before = cookie.read(headers);
      if (before !== null) await sessions.end(before);
      const token = await sessions.start(user, requestId);
      happenings.signedIn(user.user_id);
      replyHeaders.append("set-cookie", cookie.issue(token, sessionLifeMs));
      return found(await sessions.find(token), "login_refused");
    },
    async getSession({ headers }) {
      return found(await sessions.find(cookie.read(headers) ?? ""), "unauthenticated");
    },
    async signOut({ headers, replyHeaders }) {
      await sessions.end(cookie.read(headers) ?? "");
      replyHeaders.append("set-cookie", cookie.expire());
    },
    async changePassword({ body, principal, headers, requestId }) {
      const by = asking(principal);
      const user = found(await people.find(by.id), "unauthenticated");
      await signIn({ email: user.email, password: body.current_password }, requestId);
      const passwordHash = await passwords.hash(body.new_password);
      const kept = { by: doerOf(by, requestId), keptToken: cookie.read(headers) };
      await people.setPassword(user, passwordHash, kept);
    },
  };
}
