import { Fault } from "./fault.ts";
import type { FaultCode } from "./faults.ts";
import type { Result } from "./result.ts";
import type { Principal } from "./roles.ts";
import { owner, sees } from "./tenancy.ts";

/** What handlers say when they answer with a refusal. Rules decide with `Result`; these turn a no into the `Fault`. */

interface Owned {
  readonly organization_id: string;
}

/** Whoever asks, at an endpoint that is not public. */
export function asking(principal: Principal | null): Principal {
  if (principal) return principal;
  throw new Fault("unauthenticated");
}

export function granted<Value>(result: Result<Value, FaultCode>): Value {
  if (result.ok) return result.value;
  throw new Fault(result.error);
}

export function found<Thing>(thing: Thing | null | undefined, code: FaultCode): Thing {
  if (thing !== null && thing !== undefined) return thing;
  throw new Fault(code);
}

/** What another organization has is answered as if it were not there. */
export function seen<Thing extends Owned>(by: Principal, thing: Thing | null, code: FaultCode): Thing {
  return found(thing && sees(by, thing.organization_id) ? thing : null, code);
}

/** The organization that what is being created will belong to. `named` is the body's `organization_id`. */
export function ownerFor(by: Principal, named: string | undefined): string {
  const where = owner(by, named);
  if (where.ok) return where.value;
  if (where.error === "forbidden") throw new Fault("forbidden");
  throw new Fault("invalid_request", {}, [
    { pointer: "/organization_id", message: "a service has to name the organization" },
  ]);
}
