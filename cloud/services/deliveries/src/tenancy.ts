import type { Actor } from "@kerbside/proto/base/actor";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import type { Principal } from "@kerbside/proto/base/roles";

/** For whom something is ordered. */
export interface Owner {
  readonly organizationId: string;
  readonly partnerId: string | null;
  /** False where a test key orders. */
  readonly live: boolean;
}

export interface OnBehalfOf {
  readonly organization_id: string;
  readonly partner_id: string | null;
  readonly live: boolean;
}

/** In whose name a request orders. Only a service may, and has to, name somebody. */
export function ownerOf(principal: Principal, named: OnBehalfOf | undefined): Result<Owner, "forbidden" | "unnamed"> {
  if (principal.kind === "service") {
    if (!named) return err("unnamed");
    return ok({ organizationId: named.organization_id, partnerId: named.partner_id, live: named.live });
  }
  if (named) return err("forbidden");
  return ok({
    organizationId: principal.organizationId,
    partnerId: principal.kind === "partner" ? principal.id : null,
    live: principal.kind !== "partner" || principal.live,
  });
}

/** What somebody may see: null means every one. Whatever lies outside is not there. */
export interface Scope {
  readonly organizationId: string | null;
  readonly partnerId: string | null;
  readonly live: boolean | null;
  readonly storeIds: readonly string[] | null;
}

export function scopeOf(principal: Principal): Scope {
  return {
    organizationId: principal.organizationId,
    partnerId: principal.kind === "partner" ? principal.id : null,
    live: principal.kind === "partner" ? principal.live : null,
    storeIds: principal.kind === "user" && principal.role === "merchant" ? principal.storeIds : null,
  };
}

export function sees(
  scope: Scope,
  row: {
    readonly organization_id: string;
    readonly partner_id: string | null;
    readonly live: boolean;
    readonly store_id: string | null;
  },
): boolean {
  if (scope.organizationId !== null && row.organization_id !== scope.organizationId) return false;
  if (scope.partnerId !== null && row.partner_id !== scope.partnerId) return false;
  if (scope.live !== null && row.live !== scope.live) return false;
  return scope.storeIds === null || (row.store_id !== null && scope.storeIds.includes(row.store_id));
}

/** May go on after the goods are aboard, where partners and merchants may not. */
export function isOperator(principal: Principal): boolean {
  return principal.kind === "user" && (principal.role === "admin" || principal.role === "ops");
}

/** Who did it, as history and audit log name them. A service that orders for a partner is the partner's voice. */
export function actorOf(principal: Principal, owner?: Owner): Actor {
  if (principal.kind === "user") return { kind: principal.role === "merchant" ? "merchant" : "user", id: principal.id };
  if (principal.kind === "service" && owner?.partnerId) return { kind: "partner", id: owner.partnerId };
  return { kind: principal.kind, id: principal.id };
}
