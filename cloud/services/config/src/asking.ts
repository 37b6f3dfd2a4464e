import { Fault } from "@kerbside/proto/base/fault";
import type { FaultCode } from "@kerbside/proto/base/faults";
import type { Result } from "@kerbside/proto/base/result";
import type { Principal } from "@kerbside/proto/base/roles";
import type { Listing } from "./list.ts";
import { organizationScope, owner, sees } from "@kerbside/proto/base/tenancy";

interface Owned {
  readonly organization_id: string;
}

/** Whoever asks; every endpoint of this service needs somebody. */
export function asking(principal: Principal | null): Principal {
  if (principal) return principal;
  throw new Fault("unauthenticated");
}

export function listing(
  by: Principal,
  query: {
    readonly organization_id?: string | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  },
): Listing {
  const organizationId = granted(organizationScope(by, query.organization_id));
  return { organizationId, cursor: query.cursor, limit: query.limit };
}

/** The organization that what is being created will belong to. */
export function ownerFor(by: Principal, named: string | undefined): string {
  const where = owner(by, named);
  if (where.ok) return where.value;
  if (where.error === "forbidden") throw new Fault("forbidden");
  const message = "a service names the organization";
  throw new Fault("invalid_request", {}, [{ pointer: "/body/organization_id", message }]);
}

/** What another organization has is answered as if it were not there. */
export function seen<Thing extends Owned>(by: Principal, thing: Thing | null, code: FaultCode): Thing {
  return found(thing && sees(by, thing.organization_id) ? thing : null, code);
}

export function inside<Thing extends Owned>(organizationId: string, thing: Thing | null, code: FaultCode): Thing {
  return found(thing?.organization_id === organizationId ? thing : null, code);
}

export function found<Thing>(thing: Thing | null, code: FaultCode): Thing {
  if (thing !== null) return thing;
  throw new Fault(code);
}

/** An id that another organization has used already cannot be used again. */
export function same<Thing extends Owned>(there: Thing, made: Owned): Thing {
  if (there.organization_id === made.organization_id) return there;
  throw new Fault("idempotency_conflict");
}

export function granted<Value>(result: Result<Value, FaultCode>): Value {
  if (result.ok) return result.value;
  throw new Fault(result.error);
}
