import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import type { Cause } from "../record.pg.ts";
import { findDelivery, lockDelivery } from "../rows.pg.ts";
import type { Delivery } from "../tables.ts";
import { actorOf, type OnBehalfOf, type Owner, ownerOf, scopeOf, sees } from "../tenancy.ts";

/** In whose name an order or a quote is asked for. A merchant's people order for the stores they work for. */
export function orderer(
  principal: Principal,
  body: {
    readonly on_behalf_of?: OnBehalfOf | undefined;
    readonly store_id?: string | undefined;
  },
): Owner {
  const owner = ownerOf(principal, body.on_behalf_of);
  if (!owner.ok && owner.error === "forbidden") {
    throw new Fault("forbidden", { detail: "only our own services act on behalf of somebody" });
  }
  if (!owner.ok) {
    throw new Fault("invalid_request", {}, [{ pointer: "/on_behalf_of", message: "a service has to say for whom" }]);
  }
  const { storeIds } = scopeOf(principal);
  if (storeIds === null) return owner.value;
  if (body.store_id === undefined) {
    throw new Fault("invalid_request", {}, [{ pointer: "/store_id", message: "name the store that you order for" }]);
  }
  if (!storeIds.includes(body.store_id)) throw new Fault("store_not_found", { store_id: body.store_id });
  return owner.value;
}

/** What a request is to whatever follows from it. A service that names a partner is the partner's voice. */
export function causeFor(
  { principal, requestId }: { readonly principal: Principal; readonly requestId: string },
  eventTime: string,
  named?: OnBehalfOf,
): Cause {
  const owner = ownerOf(principal, named);
  if (!owner.ok && owner.error === "forbidden") {
    throw new Fault("forbidden", { detail: "only our own services act on behalf of somebody" });
  }
  return { actor: actorOf(principal, owner.ok ? owner.value : undefined), eventTime, causationId: requestId };
}

/** A delivery that the caller may see. Others' are not there. */
export async function seen(db: Database, deliveryId: string, principal: Principal): Promise<Delivery> {
  return visible(await findDelivery(db, deliveryId), deliveryId, principal);
}

/** The same, locked until the transaction ends. */
export async function seenLocked(tx: Transaction, deliveryId: string, principal: Principal): Promise<Delivery> {
  return visible(await lockDelivery(tx, deliveryId), deliveryId, principal);
}

function visible(row: Delivery | null, deliveryId: string, principal: Principal): Delivery {
  if (!row || !sees(scopeOf(principal), row)) throw new Fault("delivery_not_found", { delivery_id: deliveryId });
  return row;
}
