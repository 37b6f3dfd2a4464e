import type { Actor } from "@kerbside/proto/base/actor";
import type { DeliverySnapshot } from "@kerbside/proto/events/deliveries";
import type { Delivery as DeliveryView, Quote as QuoteView } from "@kerbside/proto/routes/deliveries";
import type { QuoteState } from "@kerbside/proto/states/quote";
import { dropoffOf, pickupOf } from "./address.ts";
import type { Delivery, Quote } from "./tables.ts";

/** What other services need of a delivery. */
export function snapshotOf(row: Delivery): DeliverySnapshot {
  return {
    delivery_id: row.delivery_id,
    external_id: row.external_id,
    partner_id: row.partner_id,
    merchant_id: row.merchant_id,
    store_id: row.store_id,
    state: row.state,
    state_since: row.state_since,
    version: row.version,
    cancel_requested: row.cancel_requested,
    reason: row.reason,
    pickup: pickupOf(row),
    dropoff: dropoffOf(row),
    pickup_ready_at: row.pickup_ready_at,
    dropoff_deadline_at: row.dropoff_deadline_at,
    robot_id: row.robot_id,
    robot_name: row.robot_name,
    attempt_id: row.attempt_id,
    eta_pickup_at: row.eta_pickup_at,
    eta_dropoff_p50_at: row.eta_dropoff_p50_at,
    eta_dropoff_p90_at: row.eta_dropoff_p90_at,
  };
}

/** What whoever ordered it, and the people of its organization, see. */
export function viewOf(row: Delivery, tracking_url: string | null): DeliveryView {
  return {
    delivery_id: row.delivery_id,
    external_id: row.external_id,
    partner_id: row.partner_id,
    live: row.live,
    store_id: row.store_id,
    merchant_id: row.merchant_id,
    merchant_name: row.merchant_name,
    state: row.state,
    state_since: row.state_since,
    version: row.version,
    cancel_requested: row.cancel_requested,
    reason: row.reason,
    waiting_reason: row.waiting_reason,
    pickup: {
      address: pickupOf(row),
      name: row.pickup_name,
      phone: row.pickup_phone,
      notes: row.pickup_notes,
    },
    dropoff: {
      address: dropoffOf(row),
      name: row.dropoff_name,
      phone: row.dropoff_phone,
      notes: row.dropoff_notes,
    },
    items: row.items.map(({ name, quantity, price_minor }) => ({
      name,
      quantity,
      ...(price_minor === undefined ? {} : { price_minor }),
    })),
    undeliverable_action: row.undeliverable_action,
    price: { amount_minor: row.price_minor, currency: row.currency },
    quote_id: row.quote_id,
    pickup_ready_at: row.pickup_ready_at,
    dropoff_deadline_at: row.dropoff_deadline_at,
    robot_id: row.robot_id,
    robot_name: row.robot_name,
    attempt_id: row.attempt_id,
    eta_pickup_at: row.eta_pickup_at,
    eta_dropoff_p50_at: row.eta_dropoff_p50_at,
    eta_dropoff_p90_at: row.eta_dropoff_p90_at,
    last_unlock_status: row.last_unlock_status,
    tracking_url,
    created_at: row.created_at,
    updated_at: row.updated_at,
    ended_at: row.ended_at,
  };
}

export function quoteViewOf(row: Quote, state: QuoteState): QuoteView {
  return {
    quote_id: row.quote_id,
    state,
    price: { amount_minor: row.price_minor, currency: row.currency },
    pickup: pickupOf(row),
    dropoff: dropoffOf(row),
    distance_m: row.distance_m,
    eta_pickup_at: row.eta_pickup_at,
    eta_dropoff_p50_at: row.eta_dropoff_p50_at,
    eta_dropoff_p90_at: row.eta_dropoff_p90_at,
    policy_version: row.policy_version,
    created_at: row.created_at,
    expires_at: row.expires_at,
    delivery_id: row.delivery_id,
  };
}

/** The service itself, where nobody else decided. */
export const ourselves: Actor = { kind: "service", id: "deliveries" };
