import { Fault } from "@kerbside/proto/base/fault";
import { found, ownerFor, seen } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import type { EndpointRow } from "./endpoints.pg.ts";

interface Named {
  readonly partner_id?: string | undefined;
  readonly organization_id?: string | undefined;
  readonly live?: boolean | undefined;
}

export type Owner = Pick<EndpointRow, "partner_id" | "organization_id" | "live">;

/** For whom an address is told. A partner speaks for itself and its kind of key; an admin or a service names both. */
export function ownerOf(by: Principal, { partner_id, organization_id, live }: Named): Owner {
  const owner = ownerFor(by, organization_id);
  if (by.kind === "partner") {
    const isOther = (partner_id !== undefined && partner_id !== by.id) || (live !== undefined && live !== by.live);
    if (isOther) throw new Fault("forbidden");
    return { partner_id: by.id, organization_id: owner, live: by.live };
  }
  if (partner_id !== undefined) return { partner_id, organization_id: owner, live: live ?? true };
  throw new Fault("invalid_request", {}, [{ pointer: "/partner_id", message: "name the partner that is to be told" }]);
}

/** Whose addresses somebody may see: a partner its own, an admin those of the organization's partners. */
export interface Scope {
  readonly organizationId: string;
  readonly partnerId: string | undefined;
  readonly live: boolean | undefined;
}

export function scopeFor(by: Principal, named: string | undefined): Scope {
  const organizationId = ownerFor(by, undefined);
  if (by.kind !== "partner") return { organizationId, partnerId: named, live: undefined };
  if (named !== undefined && named !== by.id) throw new Fault("forbidden");
  return { organizationId, partnerId: by.id, live: by.live };
}

/** An address that the caller may see. Others' are not there. */
export function visible(by: Principal, row: EndpointRow | null): EndpointRow {
  const endpoint = seen(by, row, "webhook_not_found");
  const isMine = by.kind !== "partner" || (endpoint.partner_id === by.id && endpoint.live === by.live);
  return found(isMine ? endpoint : null, "webhook_not_found");
}
