import { err, ok, type Result } from "@kerbside/proto/base/result";
import { type PartnerScope, type Principal, partnerScopes } from "@kerbside/proto/base/roles";

/** After a rotation the old secret works on, so that a partner can change it without a pause. */
export const rotationGraceMs = 24 * 60 * 60 * 1_000;
/** As long as Uber's, whose clients keep a token until it is refused. */
export const tokenLifeMs = 30 * 24 * 60 * 60 * 1_000;
/** A key's oldest tokens give way to new ones, so that a client that asks before each call fills nothing up. */
export const tokensMax = 100;
/** How exact `last_used_at` is: one write a minute and key at most. */
export const usedAtStepMs = 60_000;

/** A key that was shown, by its secret or by a token, with what it may do now. */
export interface ShownKey {
  readonly keyId: string;
  readonly partnerId: string;
  readonly organizationId: string;
  readonly scopes: readonly PartnerScope[];
  readonly live: boolean;
}

export function partnerPrincipal({ partnerId, organizationId, scopes, live }: ShownKey): Principal {
  return { kind: "partner", id: partnerId, organizationId, scopes, live };
}

/** A token may carry less than its key, never more. Asking for nothing asks for everything. */
export function scopesFor(
  key: Pick<ShownKey, "scopes">,
  asked: readonly string[] | undefined,
): Result<readonly PartnerScope[], "scope_refused"> {
  if (asked === undefined || asked.length === 0) return ok(key.scopes);
  const granted = key.scopes.filter((scope) => asked.includes(scope));
  return granted.length === new Set(asked).size ? ok(granted) : err("scope_refused");
}

/** Scopes as they were stored; what this version no longer knows grants nothing. */
export function knownScopes(stored: readonly string[]): PartnerScope[] {
  return partnerScopes.filter((scope) => stored.includes(scope));
}
