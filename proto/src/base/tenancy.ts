import { err, ok, type Result } from "./result.ts";
import type { Principal } from "./roles.ts";

/** Whose things a request may touch: one organization's, or everybody's for a service that names none. */
export function organizationScope(principal: Principal, named: string | undefined): Result<string | null, "forbidden"> {
  if (principal.kind === "service") return ok(named ?? null);
  if (named !== undefined && named !== principal.organizationId) return err("forbidden");
  return ok(principal.organizationId);
}

/** The organization in which a request creates something. A service has to name it. */
export function owner(principal: Principal, named: string | undefined): Result<string, "forbidden" | "unnamed"> {
  const scope = organizationScope(principal, named);
  if (!scope.ok) return scope;
  return scope.value === null ? err("unnamed") : ok(scope.value);
}

/** What is not of one's own organization is not there. */
export function sees(principal: Principal, organizationId: string): boolean {
  return principal.organizationId === null || principal.organizationId === organizationId;
}

/** A merchant's people see the stores they work for, and what concerns these; null means every store. */
export function visibleStores(principal: Principal): readonly string[] | null {
  return principal.kind === "user" && principal.role === "merchant" ? principal.storeIds : null;
}
