import type { Authenticator } from "@kerbside/cloud-kit/service";
import { found } from "@kerbside/proto/base/refuse";
import { secretPrefixes } from "../secrets.ts";
import { partnerPrincipal } from "./api-key.ts";
import type { PgCredentials } from "./credentials.pg.ts";

/** Partners, by a bearer token: the key's own secret, or a token that was issued for it (RFC 6750). */
export function partnerAuthenticator(credentials: PgCredentials): Authenticator {
  return {
    name: "partner",
    async authenticate({ headers }) {
      const bearer = bearerOf(headers);
      if (bearer.startsWith(secretPrefixes.token)) {
        return partnerPrincipal(found(await credentials.byToken(bearer), "unauthenticated"));
      }
      if (bearer.startsWith(secretPrefixes.live) || bearer.startsWith(secretPrefixes.test)) {
        return partnerPrincipal(found(await credentials.bySecret(bearer), "unauthenticated"));
      }
      return null;
    },
  };
}

/** Empty where there is none, or one that cannot be ours. */
function bearerOf(headers: Headers): string {
  return /^Bearer +(?<token>[\w-]{1,200})$/i.exec(headers.get("authorization") ?? "")?.groups?.["token"] ?? "";
}
