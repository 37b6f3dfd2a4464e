import { Fault } from "@kerbside/proto/base/fault";
import { found, granted } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { organizationScope } from "@kerbside/proto/base/tenancy";
import type { Listing } from "./list.ts";

interface Owned {
  readonly organization_id: string;
}

interface Query {
  readonly organization_id?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export function listing(by: Principal, query: Query): Listing {
  const organizationId = granted(organizationScope(by, query.organization_id));
  return { organizationId, cursor: query.cursor, limit: query.limit };
}

/** A store stands in a market of its own organization. */
export function inside<Thing extends Owned>(
  organizationId: string,
  thing: Thing | null,
  code: "market_not_found" | "merchant_not_found",
): Thing {
  return found(thing?.organization_id === organizationId ? thing : null, code);
}

/** An id that another organization has used already cannot be used again. */
export function same<Thing extends Owned>(there: Thing | null, made: Owned): Thing {
  if (there?.organization_id === made.organization_id) return there;
  throw new Fault("idempotency_conflict");
}
