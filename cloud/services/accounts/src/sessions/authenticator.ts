import type { Authenticator } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { principalOf } from "../people/user.ts";
import type { SessionCookie } from "./cookie.ts";
import { mayUseCookie } from "./same-origin.ts";
import type { PgSessions } from "./sessions.pg.ts";

export interface SessionAuthenticatorParts {
  readonly sessions: PgSessions;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
}

/**
 * People, by their session cookie. A request that brings a credential of its own is judged by that alone: the browser adds
 * the cookie by itself, also when somebody who is signed in opens a customer's link. A write that a page of
 * somebody else may have caused is refused.
 */
export function sessionAuthenticator({ sessions, cookie, publicUrl }: SessionAuthenticatorParts): Authenticator {
  return {
    name: "session",
    async authenticate(request) {
      const token = request.headers.has("authorization") ? null : cookie.read(request.headers);
      const session = token === null ? null : await sessions.find(token);
      if (!session) return null;
      const { method, headers } = request;
      if (mayUseCookie({ method, headers, publicUrl })) return principalOf(session.user);
      const detail = "a write with a session cookie has to come from our own pages (Sec-Fetch-Site or Origin)";
      throw new Fault("forbidden", { detail });
    },
  };
}
