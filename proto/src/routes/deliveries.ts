import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Money } from "../base/money.ts";
import { Address, Place } from "../base/place.ts";
import { Instant } from "../base/time.ts";
import { deliveryReasons, deliveryStates } from "../states/delivery.ts";
import { quoteStates } from "../states/quote.ts";
import { unlockStatuses } from "../states/unlock.ts";
import { DeliveryHistory } from "./delivery-history.ts";

const senders = ["partner:eats.deliveries", "service", "user:admin", "user:ops", "user:merchant"] as const;
const DeliveryId = z.object({ delivery_id: z.uuid() });

/** An address as somebody gives it: words, coordinates, or both. Coordinates decide where both are there. */
export const AddressInput = z
  .object({
    text: z.string().trim().min(1).max(300).optional(),
    unit: z.string().trim().min(1).max(60).optional(),
    place: Place.optional(),
  })
  .refine((address) => address.text !== undefined || address.place !== undefined, {
    message: "give `text`, `place` or both",
  })
  .meta({ id: "AddressInput" });
export type AddressInput = z.infer<typeof AddressInput>;

/** Only a service may act for somebody else; with a key of which kind, it says too. */
const Principal = z.object({
  organization_id: z.uuid(),
  partner_id: z.uuid().nullable(),
  live: z.boolean().default(true),
});

/** How what a test key orders ends: handed over; not collected, and returned; not loaded, and cancelled. */
export const rehearsals = ["delivered", "not_collected", "not_loaded"] as const;

const Phone = z.string().regex(/^\+[1-9]\d{6,14}$/, "a phone number in E.164, such as +77172123456");

const Waypoint = z.object({
  address: AddressInput,
  name: z.string().trim().min(1).max(100),
  phone: Phone.optional(),
  notes: z.string().max(1_000).optional(),
});

const Item = z.object({
  name: z.string().trim().min(1).max(200),
  quantity: z.int().min(1).max(1_000),
  price_minor: z.int().min(0).max(1_000_000_000).optional(),
});

export const Quote = z
  .object({
    quote_id: z.uuid(),
    state: z.enum(quoteStates),
    price: Money,
    pickup: Address,
    dropoff: Address,
    distance_m: z.number(),
    eta_pickup_at: Instant,
    /** Half of all such deliveries arrive by P50, nine of ten by P90. */
    eta_dropoff_p50_at: Instant,
    eta_dropoff_p90_at: Instant,
    /** The map and the rules under which it was worked out. */
    policy_version: z.string(),
    created_at: Instant,
    expires_at: Instant,
    delivery_id: z.uuid().nullable(),
  })
  .meta({ id: "Quote" });
export type Quote = z.infer<typeof Quote>;

const Contact = z.object({
  address: Address,
  name: z.string(),
  phone: z.string().nullable(),
  notes: z.string().nullable(),
});

export const Delivery = z
  .object({
    delivery_id: z.uuid(),
    external_id: z.string().nullable(),
    partner_id: z.uuid().nullable(),
    /** False for what a test key ordered: no robot hears of it, and it takes a step every 30 s by itself. */
    live: z.boolean(),
    store_id: z.uuid().nullable(),
    merchant_id: z.uuid().nullable(),
    merchant_name: z.string(),
    state: z.enum(deliveryStates),
    state_since: Instant,
    version: z.int(),
    cancel_requested: z.boolean(),
    reason: z.string().nullable(),
    waiting_reason: z.string().nullable(),
    pickup: Contact,
    dropoff: Contact,
    items: z.array(Item),
    undeliverable_action: z.enum(["return", "dispose"]),
    price: Money,
    quote_id: z.uuid().nullable(),
    pickup_ready_at: Instant,
    dropoff_deadline_at: Instant,
    robot_id: z.uuid().nullable(),
    robot_name: z.string().nullable(),
    attempt_id: z.uuid().nullable(),
    eta_pickup_at: Instant.nullable(),
    eta_dropoff_p50_at: Instant.nullable(),
    eta_dropoff_p90_at: Instant.nullable(),
    last_unlock_status: z.enum(unlockStatuses).nullable(),
    /** The customer's page. Whoever has it can open the lid, so it goes to nobody but the customer. Null once revoked. */
    tracking_url: z.string().nullable(),
    created_at: Instant,
    updated_at: Instant,
    ended_at: Instant.nullable(),
  })
  .meta({ id: "Delivery" });
export type Delivery = z.infer<typeof Delivery>;

/** What a tracking link shows. The same for everybody who holds the link; the PIN only to a link that may open. */
export const TrackingView = z
  .object({
    /** Names whoever holds this link: `customer:{link_id}` follows the live rows. */
    link_id: z.uuid(),
    delivery_id: z.uuid(),
    scope: z.enum(["view", "unlock"]),
    merchant_name: z.string(),
    state: z.enum(deliveryStates),
    state_since: Instant,
    cancel_requested: z.boolean(),
    robot_name: z.string().nullable(),
    dropoff_text: z.string(),
    eta_dropoff_p50_at: Instant.nullable(),
    eta_dropoff_p90_at: Instant.nullable(),
    /** The P90 with which it was ordered: whatever is expected after it is late. */
    eta_promised_at: Instant.nullable(),
    /** Since when the robot cannot be reached; what is expected was expected then. Null while it can be. */
    robot_silent_since: Instant.nullable(),
    /** When a waiting robot leaves again; null while it does not wait for the customer. */
    waits_until: Instant.nullable(),
    /** Six digits for the robot's keypad, for a phone without a network; null before a robot has it and after the end. */
    pin: z.string().nullable(),
    can_open: z.boolean(),
    /** Why not, in words; null when it can. */
    why_not: z.string().nullable(),
    last_unlock: z.object({ request_id: z.uuid(), status: z.enum(unlockStatuses), at: Instant }).nullable(),
    steps: z.array(z.object({ state: z.enum(deliveryStates), at: Instant })),
    link_expires_at: Instant,
  })
  .meta({ id: "TrackingView" });
export type TrackingView = z.infer<typeof TrackingView>;

const UnlockAnswer = z.object({ request_id: z.uuid(), status: z.enum(unlockStatuses) });

const TrackingLink = z.object({
  link_id: z.uuid(),
  scope: z.enum(["view", "unlock"]),
  url: z.string(),
  expires_at: Instant,
});

export const deliveryRoutes = routes({
  createQuote: {
    method: "post",
    path: "/v1/quotes",
    summary: "Price and arrival times for a delivery between two addresses, good for a few minutes",
    access: senders,
    body: z.object({
      pickup: AddressInput.optional().describe("Where silent, the store's own address."),
      dropoff: AddressInput,
      store_id: z.uuid().optional(),
      pickup_ready_at: Instant.optional(),
      on_behalf_of: Principal.optional(),
    }),
    reply: Quote,
    status: 201,
    faults: ["address_undeliverable", "no_route", "store_not_found", "forbidden", "unavailable"],
  },
  getQuote: {
    method: "get",
    path: "/v1/quotes/{quote_id}",
    summary: "A quote as it was given, and what became of it",
    access: senders,
    params: z.object({ quote_id: z.uuid() }),
    reply: Quote,
    faults: ["quote_not_found"],
  },
  createDelivery: {
    method: "post",
    path: "/v1/deliveries",
    summary: "Order a delivery, with a quote or at the price of the moment",
    access: senders,
    body: z.object({
      /** The caller may choose the id, or send `Idempotency-Key`: the same again gives the same delivery. */
      delivery_id: z.uuid().optional(),
      external_id: z.string().trim().min(1).max(100).optional(),
      quote_id: z.uuid().optional(),
      store_id: z.uuid().optional(),
      pickup: Waypoint.extend({ address: AddressInput.optional(), name: Waypoint.shape.name.optional() }).optional(),
      dropoff: Waypoint,
      items: z.array(Item).min(1).max(200),
      undeliverable_action: z.enum(["return", "dispose"]).default("return"),
      pickup_ready_at: Instant.optional(),
      dropoff_deadline_at: Instant.optional(),
      rehearsal: z.enum(rehearsals).optional().describe("With a test key: how it ends. Where silent, it is delivered."),
      on_behalf_of: Principal.optional(),
    }),
    reply: Delivery,
    status: 201,
    faults: [
      "address_undeliverable",
      "duplicate_delivery",
      "forbidden",
      "idempotency_conflict",
      "mismatched_price_quote",
      "no_route",
      "quote_expired",
      "quote_not_found",
      "quote_used",
      "store_not_found",
      "unavailable",
    ],
  },
  listDeliveries: {
    method: "get",
    path: "/v1/deliveries",
    summary: "Deliveries, newest first",
    access: senders,
    query: z.object({
      status: z.enum(["open", "ended", "all"]).default("all"),
      state: z.enum(deliveryStates).optional(),
      external_id: z.string().max(100).optional(),
      store_id: z.uuid().optional(),
      robot_id: z.uuid().optional(),
      /** For those who see several partners' deliveries. */
      partner_id: z.uuid().optional(),
      /** A key sees its own kind; everybody else live ones, unless they ask for the others. */
      live: z.stringbool().prefault("true"),
      created_after: Instant.optional(),
      created_before: Instant.optional(),
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(Delivery), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  getDelivery: {
    method: "get",
    path: "/v1/deliveries/{delivery_id}",
    summary: "One delivery",
    access: senders,
    params: DeliveryId,
    reply: Delivery,
    faults: ["delivery_not_found"],
  },
  getDeliveryHistory: {
    method: "get",
    path: "/v1/deliveries/{delivery_id}/history",
    summary: "Every step of a delivery, oldest first, and every attempt at it",
    access: senders,
    params: DeliveryId,
    reply: DeliveryHistory,
    faults: ["delivery_not_found"],
  },
  updateDelivery: {
    method: "patch",
    path: "/v1/deliveries/{delivery_id}",
    summary: "Change the notes of a delivery that has not ended",
    access: senders,
    params: DeliveryId,
    body: z.object({
      pickup_notes: z.string().max(1_000).nullable().optional(),
      dropoff_notes: z.string().max(1_000).nullable().optional(),
      on_behalf_of: Principal.optional(),
    }),
    reply: Delivery,
    faults: ["forbidden", "delivery_not_found", "delivery_ended"],
  },
  cancelDelivery: {
    method: "post",
    path: "/v1/deliveries/{delivery_id}/cancel",
    summary: "Cancel before loading; for ops a loaded delivery becomes a return",
    access: senders,
    params: DeliveryId,
    body: z.object({ note: z.string().trim().max(200).optional(), on_behalf_of: Principal.optional() }).default({}),
    reply: Delivery,
    faults: ["forbidden", "delivery_not_found", "delivery_not_cancellable"],
  },
  endDelivery: {
    method: "post",
    path: "/v1/deliveries/{delivery_id}/fail",
    summary: "A named operator gives a loaded delivery up, and says why",
    access: ["user:admin", "user:ops"],
    params: DeliveryId,
    body: z.object({ reason: z.enum(deliveryReasons), note: z.string().trim().min(1).max(200) }),
    reply: Delivery,
    faults: ["delivery_not_found", "transition_not_legal"],
  },
  openLid: {
    method: "post",
    path: "/v1/deliveries/{delivery_id}/open",
    summary: "Store staff open to load or to take back; ops open for a customer who cannot",
    access: ["user:admin", "user:ops", "user:merchant"],
    params: DeliveryId,
    body: z.object({ request_id: z.uuid() }),
    reply: UnlockAnswer,
    status: 202,
    faults: ["delivery_not_found", "robot_not_at_stop", "forbidden"],
  },
  getLoadCode: {
    method: "get",
    path: "/v1/deliveries/{delivery_id}/load-code",
    summary: "The six digits with which store staff open the robot at the store",
    access: senders,
    params: DeliveryId,
    reply: z.object({
      code: z.string(),
      purpose: z.enum(["load", "return_unload"]),
      robot_name: z.string(),
      expires_at: Instant,
    }),
    faults: ["delivery_not_found", "code_not_available"],
  },
  createTrackingLink: {
    method: "post",
    path: "/v1/deliveries/{delivery_id}/tracking-links",
    summary: "A further link for the customer, or one that only shows",
    access: senders,
    params: DeliveryId,
    body: z.object({ scope: z.enum(["view", "unlock"]) }),
    reply: TrackingLink,
    status: 201,
    faults: ["delivery_not_found", "delivery_ended", "too_many_links"],
  },
  revokeTrackingLinks: {
    method: "delete",
    path: "/v1/deliveries/{delivery_id}/tracking-links",
    summary: "Void every link of a delivery at once; a new one can be made",
    access: senders,
    params: DeliveryId,
    reply: null,
    faults: ["delivery_not_found"],
  },
  getTracking: {
    method: "get",
    path: "/v1/tracking",
    summary: "The delivery that the bearer's tracking link shows",
    access: ["customer"],
    reply: TrackingView,
    faults: ["customer_link_refused"],
  },
  openForCustomer: {
    method: "post",
    path: "/v1/tracking/open",
    summary: "The customer stands at the robot and wants it opened",
    access: ["customer"],
    body: z.object({ request_id: z.uuid() }),
    reply: UnlockAnswer,
    status: 202,
    faults: ["customer_link_refused", "robot_not_at_stop", "unlock_not_permitted"],
  },
  shareTracking: {
    method: "post",
    path: "/v1/tracking/share",
    summary: "A link for somebody who may watch but not open",
    access: ["customer"],
    reply: TrackingLink,
    status: 201,
    faults: ["customer_link_refused", "too_many_links"],
  },
});
