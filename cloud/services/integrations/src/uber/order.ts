import { createHash } from "node:crypto";
import { toAddressInput } from "./address.ts";
import type { DeliveryRequest } from "./requests.ts";

/** The order as it was given, without what only serves to recognise it. */
export type UberOrder = Omit<DeliveryRequest, "idempotency_key">;

/** How long an idempotency key is remembered. */
export const keyLifeMs = 60 * 60 * 1_000;

/** An order that was given before, as far as it matters to one that looks like it. */
export interface KnownOrder {
  readonly deliveryId: string;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string;
  readonly createdAtMs: number;
  readonly isTaken: boolean;
  readonly isOver: boolean;
}

export type Recognition =
  | { readonly type: "new" }
  /** The same order, asked for again: it is answered with what it became, or tried once more. */
  | { readonly type: "again"; readonly deliveryId: string }
  | { readonly type: "duplicate"; readonly deliveryId: string };

/**
 * A key that was used within the hour stands for the order that used it, and for no other. Without a key, an order
 * that is like one under way is taken for a slip.
 */
export function recognise(
  asked: { readonly key: string | null; readonly fingerprint: string },
  known: readonly KnownOrder[],
  nowMs: number,
): Recognition {
  const { key, fingerprint } = asked;
  if (key !== null) {
    const byKey = known.find((order) => order.idempotencyKey === key && nowMs < order.createdAtMs + keyLifeMs);
    if (!byKey) return { type: "new" };
    const { deliveryId } = byKey;
    return { type: byKey.fingerprint === fingerprint ? "again" : "duplicate", deliveryId };
  }
  const alike = known.find(
    (order) => order.fingerprint === fingerprint && !order.isOver && order.idempotencyKey === null,
  );
  if (!alike) return { type: "new" };
  return { type: alike.isTaken ? "duplicate" : "again", deliveryId: alike.deliveryId };
}

/** Orders with the same fingerprint ask for the same thing. */
export function fingerprintOf(order: UberOrder): string {
  return createHash("sha256").update(JSON.stringify(order)).digest("base64url");
}

/** The order in the words of deliveries. */
export function toDeliveryBody(
  order: UberOrder,
  of: {
    readonly deliveryId: string;
    readonly organizationId: string;
    readonly partnerId: string;
    readonly live: boolean;
    readonly storeId: string | null;
  },
) {
  return {
    delivery_id: of.deliveryId,
    on_behalf_of: { organization_id: of.organizationId, partner_id: of.partnerId, live: of.live },
    pickup: {
      address: toAddressInput(order.pickup_address, order.pickup_latitude, order.pickup_longitude),
      name: order.pickup_name,
      phone: order.pickup_phone_number,
      ...(order.pickup_notes === undefined ? {} : { notes: order.pickup_notes }),
    },
    dropoff: {
      address: toAddressInput(order.dropoff_address, order.dropoff_latitude, order.dropoff_longitude),
      name: order.dropoff_name,
      phone: order.dropoff_phone_number,
      ...(order.dropoff_notes === undefined ? {} : { notes: order.dropoff_notes }),
    },
    items: order.manifest_items.map(({ name, quantity, price }) => ({
      name,
      quantity,
      ...(price === undefined ? {} : { price_minor: price }),
    })),
    undeliverable_action: order.undeliverable_action === "discard" ? ("dispose" as const) : ("return" as const),
    ...(of.storeId === null ? {} : { store_id: of.storeId }),
    ...(order.quote_id === undefined ? {} : { quote_id: order.quote_id }),
    ...(order.external_id === undefined ? {} : { external_id: order.external_id }),
    ...(order.pickup_ready_dt === undefined ? {} : { pickup_ready_at: order.pickup_ready_dt }),
    ...(order.dropoff_deadline_dt === undefined ? {} : { dropoff_deadline_at: order.dropoff_deadline_dt }),
  };
}
