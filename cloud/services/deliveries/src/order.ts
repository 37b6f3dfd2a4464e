import { createHash } from "node:crypto";
import type { Input } from "@kerbside/proto/base/endpoint";
import type { Money } from "@kerbside/proto/base/money";
import type { Address } from "@kerbside/proto/base/place";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { Store } from "@kerbside/proto/routes/config";
import type { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { deadlineFor } from "./delivery.ts";
import type { Delivery } from "./tables.ts";
import type { Owner } from "./tenancy.ts";

export type OrderBody = Input<typeof deliveryRoutes.createDelivery>["body"];

/** What was agreed on, by a quote or at the price of the moment. */
export interface Terms {
  readonly quoteId: string | null;
  readonly store: Store | null;
  readonly pickup: Address;
  readonly dropoff: Address;
  readonly price: Money;
  readonly pickup_ready_at: string;
  readonly eta_pickup_at: string;
  readonly eta_dropoff_p50_at: string;
  readonly eta_dropoff_p90_at: string;
}

export interface Birth {
  readonly deliveryId: string;
  readonly linkId: string;
  readonly owner: Owner;
  readonly now: string;
  readonly deadlineRoomMs: number;
}

/** The delivery as it begins: waiting for a robot. */
export function newDelivery(body: OrderBody, terms: Terms, birth: Birth): Delivery {
  const { owner, now } = birth;
  const { store } = terms;
  return {
    delivery_id: birth.deliveryId,
    organization_id: owner.organizationId,
    partner_id: owner.partnerId,
    live: owner.live,
    rehearsal: owner.live ? null : (body.rehearsal ?? "delivered"),
    external_id: body.external_id ?? null,
    fingerprint: fingerprintOf(body),
    store_id: store?.store_id ?? null,
    merchant_id: store?.merchant_id ?? null,
    merchant_name: store?.merchant_name ?? body.pickup?.name ?? "",
    state: "created",
    state_since: now,
    version: 1,
    cancel_requested: false,
    cancel_requested_at: null,
    cancel_requested_by: null,
    cancel_note: null,
    reason: null,
    waiting_reason: null,
    ...endsOf(terms),
    pickup_name: body.pickup?.name ?? store?.name ?? "",
    pickup_phone: body.pickup?.phone ?? store?.phone ?? null,
    pickup_notes: body.pickup?.notes ?? null,
    dropoff_name: body.dropoff.name,
    dropoff_phone: body.dropoff.phone ?? null,
    dropoff_notes: body.dropoff.notes ?? null,
    items: body.items,
    undeliverable_action: body.undeliverable_action,
    price_minor: terms.price.amount_minor,
    currency: terms.price.currency,
    quote_id: terms.quoteId,
    pickup_ready_at: inUtc(terms.pickup_ready_at),
    dropoff_deadline_at: inUtc(body.dropoff_deadline_at ?? deadlineFor(terms.eta_dropoff_p90_at, birth.deadlineRoomMs)),
    robot_id: null,
    robot_name: null,
    attempt_id: null,
    fencing_token: 0,
    pickup_failures: 0,
    eta_pickup_at: terms.eta_pickup_at,
    eta_dropoff_p50_at: terms.eta_dropoff_p50_at,
    eta_dropoff_p90_at: terms.eta_dropoff_p90_at,
    eta_promised_at: terms.eta_dropoff_p90_at,
    due_at: null,
    last_unlock_status: null,
    route_json: null,
    link_id: birth.linkId,
    progress_at: now,
    created_at: now,
    updated_at: now,
    ended_at: null,
    left_board_at: null,
  };
}

/** Two orders with the same fingerprint ask for the same thing; the id that the caller chose is not part of it. */
export function fingerprintOf(body: OrderBody): string {
  const order = { ...body, delivery_id: undefined };
  return createHash("sha256")
    .update(JSON.stringify(sorted(order)))
    .digest("base64url");
}

/** What names the pickup to the robot's people: the store, or else the order itself has to. */
export function whatIsMissing({ pickup, store_id }: OrderBody): { pointer: string; message: string } | null {
  if (store_id !== undefined || pickup?.name !== undefined) return null;
  return { pointer: "/pickup/name", message: "without `store_id`, name whom the robot meets at the pickup" };
}

/** As the database gives it back, so that the first answer and every later one are alike. */
export function inUtc(instant: string): string {
  return toInstant(fromInstant(instant));
}

function endsOf({ pickup, dropoff }: Terms) {
  return {
    pickup_text: pickup.text,
    pickup_unit: pickup.unit ?? null,
    pickup_lat: pickup.place.lat,
    pickup_lng: pickup.place.lng,
    dropoff_text: dropoff.text,
    dropoff_unit: dropoff.unit ?? null,
    dropoff_lat: dropoff.place.lat,
    dropoff_lng: dropoff.place.lng,
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
