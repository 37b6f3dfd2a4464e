import type { Authenticator } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { found } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { secretPrefixes } from "../secrets.ts";
import { partnerPrincipal, type ShownKey } from "./api-key.ts";
import type { PgCredentials } from "./credentials.pg.ts";
import type { RateLimit } from "./rate-limit.ts";

/**
 * Partners, by a bearer token: the key's own secret, or a token that was issued for it (RFC 6750). Each partner has its
 * rate, all keys of one kind together: one that asks without end takes nothing from the others.
 */
export function partnerAuthenticator(credentials: PgCredentials, limit: RateLimit): Authenticator {
  const admitted = (key: ShownKey | null): Principal => {
    const known = found(key, "unauthenticated");
    const waitMs = limit.take(`${known.partnerId}/${known.live}`);
    if (waitMs > 0) throw new Fault("rate_limited", { retry_after_s: Math.ceil(waitMs / 1_000) });
    return partnerPrincipal(known);
  };
  return {
    name: "partner",
    async authenticate({ headers }) {
      const bearer = bearerOf(headers);
      if (bearer.startsWith(secretPrefixes.token)) return admitted(await credentials.byToken(bearer));
      const isSecret = bearer.startsWith(secretPrefixes.live) || bearer.startsWith(secretPrefixes.test);
      return isSecret ? admitted(await credentials.bySecret(bearer)) : null;
    },
  };
}

/** Empty where there is none, or one that cannot be ours. */
function bearerOf(headers: Headers): string {
  return /^Bearer +(?<token>[\w-]{1,200})$/i.exec(headers.get("authorization") ?? "")?.groups?.["token"] ?? "";
}
