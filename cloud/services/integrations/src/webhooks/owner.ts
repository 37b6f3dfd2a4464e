import { Fault } from "@kerbside/proto/base/fault";
import { ownerFor } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";

interface Named {
  readonly partner_id?: string | undefined;
  readonly organization_id?: string | undefined;
}

/** For whom an address is told. A partner speaks for itself; an admin or a service names the partner. */
export function ownerOf(
  by: Principal,
  { partner_id, organization_id }: Named,
): { readonly partner_id: string; readonly organization_id: string } {
  const owner = ownerFor(by, organization_id);
  if (by.kind === "partner") {
    if (partner_id !== undefined && partner_id !== by.id) throw new Fault("forbidden");
    return { partner_id: by.id, organization_id: owner };
  }
  if (partner_id !== undefined) return { partner_id, organization_id: owner };
  throw new Fault("invalid_request", {}, [{ pointer: "/partner_id", message: "name the partner that is to be told" }]);
}

/** Whose addresses somebody may see: a partner its own, an admin those of the organization's partners. */
export function partnerFor(
  by: Principal,
  named: string | undefined,
): { readonly organizationId: string; readonly partnerId: string | undefined } {
  const organizationId = ownerFor(by, undefined);
  if (by.kind !== "partner") return { organizationId, partnerId: named };
  if (named !== undefined && named !== by.id) throw new Fault("forbidden");
  return { organizationId, partnerId: by.id };
}
