import type { Place } from "@kerbside/proto/base/place";
import type { CourierUpdateMessage, DeliveryStatusMessage } from "@kerbside/proto/webhooks/partner";
import { toUberId } from "../uber/ids.ts";
import type { Beside, Sheet } from "../uber/sheet.ts";
import { deliveryView, returnView } from "../uber/views.ts";

/** One event's own name and time. */
export interface Birth {
  readonly eventId: string;
  readonly now: string;
}

/** That the status of a delivery, or of its way back, changed. Null where there is no way back. */
export function statusMessage(
  of: "delivery" | "return",
  sheet: Sheet,
  beside: Beside,
  birth: Birth,
): DeliveryStatusMessage | null {
  const data = of === "delivery" ? deliveryView(sheet, beside) : returnView(sheet, beside);
  return data && { ...envelope(sheet, birth), kind: "event.delivery_status", ...about(data), data };
}

/** Where the robot is. */
export function courierMessage(
  sheet: Sheet,
  beside: Beside & { readonly place: Place },
  birth: Birth,
): CourierUpdateMessage {
  const { place } = beside;
  const data = returnView(sheet, beside) ?? deliveryView(sheet, beside);
  const courier = { name: sheet.robotName ?? "", vehicle_type: "robot" as const, location: place };
  const told = { ...data, courier };
  return {
    ...envelope(sheet, birth),
    kind: "event.courier_update",
    ...about(told),
    location: place,
    data: told,
  };
}

/** A delivery that does not exist, on its way to nowhere, to see whether messages arrive. */
export function testMessage(
  of: { readonly partnerId: string; readonly organizationId: string; readonly deliveryId: string },
  birth: Birth,
): DeliveryStatusMessage {
  const nowhere = { text: "Test", place: { lat: 0, lng: 0 } };
  const sheet: Sheet = {
    ...of,
    live: false,
    externalId: null,
    state: "enroute_to_pickup",
    stateSince: birth.now,
    version: 1,
    reason: null,
    pickup: nowhere,
    dropoff: nowhere,
    pickupReadyAt: birth.now,
    dropoffDeadlineAt: birth.now,
    robotId: null,
    robotName: null,
    attemptId: null,
    etaPickupAt: null,
    etaDropoffAt: null,
    detail: null,
    milestones: {},
    createdAt: birth.now,
  };
  const beside: Beside = { order: null, place: null };
  const data = deliveryView(sheet, beside);
  return { ...envelope(sheet, birth), kind: "event.delivery_status", ...about(data), data };
}

function about({ id, status }: Pick<DeliveryStatusMessage["data"], "id" | "status">) {
  return { delivery_id: id, status };
}

/** A partner is at once Uber's customer and its developer; the organization is the account. */
function envelope({ partnerId, organizationId, live, attemptId }: Sheet, { eventId, now }: Birth) {
  return {
    id: toUberId("event", eventId),
    created: now,
    live_mode: live,
    customer_id: partnerId,
    developer_id: partnerId,
    account_id: organizationId,
    route_id: attemptId ?? "",
  };
}
