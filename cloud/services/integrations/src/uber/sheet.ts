import type { Address, Place } from "@kerbside/proto/base/place";
import type { DeliverySnapshot } from "@kerbside/proto/events/deliveries";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import { type DeliveryState, deliveryTable } from "@kerbside/proto/states/delivery";
import { isTerminal } from "@kerbside/proto/states/table";
import type { UberOrder } from "./order.ts";

/** What only the answer to an order, or to a question, says of a delivery. */
export interface Detail
  extends Pick<Delivery, "items" | "undeliverable_action" | "price" | "quote_id" | "tracking_url"> {
  readonly pickup: Person;
  readonly dropoff: Person;
}

interface Person {
  readonly name: string;
  readonly phone: string | null;
  readonly notes: string | null;
}

/** When a delivery first came into a state. */
export type Milestones = Readonly<Partial<Record<DeliveryState, string>>>;

/** A delivery, as much as we know of it, before it is put into Uber's words. */
export interface Sheet {
  readonly deliveryId: string;
  readonly organizationId: string;
  readonly partnerId: string;
  /** False for what a test key ordered. */
  readonly live: boolean;
  readonly externalId: string | null;
  readonly state: DeliveryState;
  readonly stateSince: string;
  readonly version: number;
  readonly reason: string | null;
  readonly pickup: Address;
  readonly dropoff: Address;
  readonly pickupReadyAt: string;
  readonly dropoffDeadlineAt: string;
  readonly robotId: string | null;
  readonly robotName: string | null;
  readonly attemptId: string | null;
  readonly etaPickupAt: string | null;
  readonly etaDropoffAt: string | null;
  readonly detail: Detail | null;
  readonly milestones: Milestones;
  readonly createdAt: string;
}

/** What stands beside a sheet: the order in Uber's words, where there was one, and where the robot is. */
export interface Beside {
  readonly order: UberOrder | null;
  readonly place: Place | null;
}

/** The part of a sheet that an event of deliveries tells. */
export function fromSnapshot(
  snapshot: DeliverySnapshot,
  of: Pick<Sheet, "organizationId" | "partnerId" | "live"> & { readonly nowIso: string },
): Sheet {
  return {
    deliveryId: snapshot.delivery_id,
    organizationId: of.organizationId,
    partnerId: of.partnerId,
    live: of.live,
    externalId: snapshot.external_id,
    state: snapshot.state,
    stateSince: snapshot.state_since,
    version: snapshot.version,
    reason: snapshot.reason,
    pickup: snapshot.pickup,
    dropoff: snapshot.dropoff,
    pickupReadyAt: snapshot.pickup_ready_at,
    dropoffDeadlineAt: snapshot.dropoff_deadline_at,
    robotId: snapshot.robot_id,
    robotName: snapshot.robot_name,
    attemptId: snapshot.attempt_id,
    etaPickupAt: snapshot.eta_pickup_at,
    etaDropoffAt: snapshot.eta_dropoff_p50_at,
    detail: null,
    milestones: {},
    createdAt: of.nowIso,
  };
}

/** The whole of it, from an answer of deliveries. */
export function fromDelivery(
  answer: Delivery,
  { organizationId, partnerId }: { readonly organizationId: string; readonly partnerId: string },
): Sheet {
  const { pickup, dropoff, items, undeliverable_action, price, quote_id, tracking_url } = answer;
  const person = ({ name, phone, notes }: Delivery["pickup"]): Person => ({ name, phone, notes });
  return {
    deliveryId: answer.delivery_id,
    organizationId,
    partnerId,
    live: answer.live,
    externalId: answer.external_id,
    state: answer.state,
    stateSince: answer.state_since,
    version: answer.version,
    reason: answer.reason,
    pickup: pickup.address,
    dropoff: dropoff.address,
    pickupReadyAt: answer.pickup_ready_at,
    dropoffDeadlineAt: answer.dropoff_deadline_at,
    robotId: answer.robot_id,
    robotName: answer.robot_name,
    attemptId: answer.attempt_id,
    etaPickupAt: answer.eta_pickup_at,
    etaDropoffAt: answer.eta_dropoff_p50_at,
    detail: {
      items,
      undeliverable_action,
      price,
      quote_id,
      tracking_url,
      pickup: person(pickup),
      dropoff: person(dropoff),
    },
    milestones: {},
    createdAt: answer.created_at,
  };
}

/** Of two sheets the younger one's word about where the delivery stands, with everything else that either knows. */
export function merge(known: Sheet | null, news: Sheet): Sheet {
  const younger = known && known.version > news.version ? known : news;
  const milestones = { [younger.state]: younger.stateSince, ...news.milestones, ...known?.milestones };
  const isOlderKnown = known !== null && known.createdAt < news.createdAt;
  return {
    ...younger,
    detail: news.detail ?? known?.detail ?? null,
    milestones,
    createdAt: isOlderKnown ? known.createdAt : news.createdAt,
  };
}

export function isOver({ state }: Pick<Sheet, "state">): boolean {
  return isTerminal(deliveryTable, state);
}
