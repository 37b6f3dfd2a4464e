import type { Address, Place } from "@kerbside/proto/base/place";
import { toInstant } from "@kerbside/proto/base/time";
import type { Quote } from "@kerbside/proto/routes/deliveries";
import type { DeliveryState } from "@kerbside/proto/states/delivery";
import { isLoaded } from "@kerbside/proto/states/delivery";
import { type UberView, uberReturnView, uberView } from "@kerbside/proto/states/delivery.projections";
import { toUberId } from "./ids.ts";
import { type Beside, isOver, type Milestones, type Sheet } from "./sheet.ts";

/** Uber's DeliveryQuoteResp. Amounts are in the currency's minor unit, durations in minutes. */
export function quoteView(quote: Quote, nowMs: number) {
  const minutesTo = (instant: string): number => Math.max(0, Math.ceil((Date.parse(instant) - nowMs) / 60_000));
  return {
    kind: "delivery_quote",
    id: toUberId("quote", quote.quote_id),
    created: quote.created_at,
    expires: quote.expires_at,
    fee: quote.price.amount_minor,
    currency: quote.price.currency.toLowerCase(),
    currency_type: quote.price.currency,
    dropoff_eta: quote.eta_dropoff_p50_at,
    duration: minutesTo(quote.eta_dropoff_p50_at),
    pickup_duration: minutesTo(quote.eta_pickup_at),
    dropoff_deadline: quote.eta_dropoff_p90_at,
  };
}

/** Uber's DeliveryResp. */
export function deliveryView(sheet: Sheet, beside: Beside) {
  const { status, courierImminent } = uberView[sheet.state];
  const isReturning = uberReturnView[sheet.state] !== null;
  return {
    ...common(sheet, beside, { status, courierImminent }),
    id: toUberId("delivery", sheet.deliveryId),
    complete: isOver(sheet),
    pickup: { ...pickupPoint(sheet), ...pickupProgress(sheet) },
    dropoff: { ...dropoffPoint(sheet), ...dropoffProgress(sheet) },
    ...(isReturning ? { return: pickupPoint(sheet) } : {}),
    related_deliveries: isReturning ? [{ id: toUberId("return", sheet.deliveryId), relationship: "return" }] : [],
  };
}

/** The way back of what nobody took, which Uber shows as a delivery of its own; null where there is none. */
export function returnView(sheet: Sheet, beside: Beside) {
  const view = uberReturnView[sheet.state];
  if (!view) return null;
  const progress = (state: DeliveryState) => waypoint(sheet.milestones, state, isOver(sheet) ? "completed" : undefined);
  return {
    ...common(sheet, beside, view),
    id: toUberId("return", sheet.deliveryId),
    complete: isOver(sheet),
    pickup: { ...dropoffPoint(sheet), ...waypoint(sheet.milestones, "enroute_to_return", "completed") },
    dropoff: { ...pickupPoint(sheet), ...progress("returned") },
    related_deliveries: [{ id: toUberId("delivery", sheet.deliveryId), relationship: "original" }],
  };
}

function common(sheet: Sheet, { order, place }: Beside, { status, courierImminent }: UberView) {
  const { detail } = sheet;
  return {
    kind: "delivery",
    uuid: sheet.deliveryId.replaceAll("-", "").toUpperCase(),
    external_id: sheet.externalId,
    quote_id: detail?.quote_id ? toUberId("quote", detail.quote_id) : null,
    status,
    courier_imminent: courierImminent,
    courier: courierOf(sheet, place),
    created: sheet.createdAt,
    updated: sheet.stateSince,
    live_mode: sheet.live,
    fee: detail?.price.amount_minor ?? null,
    currency: detail?.price.currency.toLowerCase() ?? null,
    tip: 0,
    tracking_url: detail?.tracking_url ?? null,
    pickup_ready: sheet.pickupReadyAt,
    pickup_deadline: order?.pickup_deadline_dt ? toUtc(order.pickup_deadline_dt) : null,
    pickup_eta: sheet.etaPickupAt,
    dropoff_ready: order?.dropoff_ready_dt ? toUtc(order.dropoff_ready_dt) : null,
    dropoff_deadline: sheet.dropoffDeadlineAt,
    dropoff_eta: sheet.etaDropoffAt,
    manifest: { reference: order?.manifest_reference ?? null, total_value: order?.manifest_total_value ?? null },
    manifest_items: order?.manifest_items ?? (detail?.items ?? []).map(itemView),
    undeliverable_action: detail?.undeliverable_action === "dispose" ? "discard" : "return",
    undeliverable_reason: sheet.reason ?? "",
    deliverable_action: "deliverable_action_meet_at_door",
    route_id: sheet.attemptId ?? "",
  };
}

function courierOf({ robotName }: Sheet, place: Place | null) {
  return robotName === null ? null : { name: robotName, vehicle_type: "robot" as const, location: place };
}

function pickupPoint({ pickup, detail }: Sheet) {
  return point(pickup, detail?.pickup ?? null);
}

function dropoffPoint({ dropoff, detail }: Sheet) {
  return point(dropoff, detail?.dropoff ?? null);
}

function point(
  { text, unit, place }: Address,
  person: { readonly name: string; readonly phone: string | null; readonly notes: string | null } | null,
) {
  return {
    name: person?.name ?? "",
    phone_number: person?.phone ?? "",
    address: unit === undefined ? text : `${text}, ${unit}`,
    detailed_address: {
      street_address_1: text,
      street_address_2: unit ?? "",
      city: "",
      state: "",
      zip_code: "",
      country: "",
    },
    notes: person?.notes ?? "",
    location: place,
  };
}

function pickupProgress({ state, milestones }: Sheet) {
  const isDone = isLoaded(state) || milestones.picked_up !== undefined || state === "delivered" || state === "returned";
  if (isDone) return waypoint(milestones, "picked_up", "completed");
  return state === "cancelled" || state === "failed" ? waypoint(milestones, state, "failed") : {};
}

function dropoffProgress({ state, milestones }: Sheet) {
  if (state === "delivered") return waypoint(milestones, state, "completed");
  const isLost = uberReturnView[state] !== null || state === "cancelled" || state === "failed";
  return isLost ? waypoint(milestones, state, "failed") : {};
}

function waypoint(milestones: Milestones, state: DeliveryState, status: "completed" | "failed" | undefined) {
  const at = milestones[state];
  return status === undefined ? {} : { status, ...(at === undefined ? {} : { status_timestamp: at }) };
}

function itemView({ name, quantity, price_minor }: NonNullable<Sheet["detail"]>["items"][number]) {
  return { name, quantity, ...(price_minor === undefined ? {} : { price: price_minor }) };
}

function toUtc(instant: string): string {
  return toInstant(Date.parse(instant));
}
