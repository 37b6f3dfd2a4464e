import type { Access } from "@kerbside/proto/base/endpoint";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import type { Authenticator } from "../service.ts";

/** Asks each authenticator in turn whose credential the request carries. The first that knows it decides. */
export class Gate {
  readonly #authenticators: Authenticator[] = [];

  add(...authenticators: readonly Authenticator[]): void {
    this.#authenticators.push(...authenticators);
  }

  async authenticate(request: Request): Promise<Principal | null> {
    for (const { authenticate } of this.#authenticators) {
      const principal = await authenticate(request);
      if (principal) return principal;
    }
    return null;
  }

  /** Whether any of them says that this principal's credential was revoked since. */
  async isRevoked(principal: Principal): Promise<boolean> {
    for (const { isRevoked } of this.#authenticators) {
      const answer = (await isRevoked?.(principal)) ?? null;
      if (answer !== null) return answer;
    }
    return false;
  }
}

/** A predicate for one endpoint, made once. */
export function admits(access: Exclude<Access, "public">): (principal: Principal) => boolean {
  const allowed = new Set<string>(access);
  return (principal) =>
    allowed.has(principal.kind) ||
    (principal.kind === "user" && allowed.has(`user:${principal.role}`)) ||
    (principal.kind === "partner" && principal.scopes.some((scope) => allowed.has(`partner:${scope}`)));
}

/** Refuses with `unauthenticated` or `forbidden`. */
export function admit(principal: Principal | null, allows: (principal: Principal) => boolean): Principal {
  if (!principal) throw new Fault("unauthenticated");
  if (!allows(principal)) throw new Fault("forbidden");
  return principal;
}
