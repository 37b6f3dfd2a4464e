import * as z from "zod";
import { Instant } from "../base/time.ts";
import { uberStatuses } from "../states/delivery.projections.ts";

/** Where the robot is, as Uber's clients read a courier's place. */
const Courier = z.object({
  name: z.string(),
  vehicle_type: z.literal("robot"),
  location: z.object({ lat: z.number(), lng: z.number() }).nullable(),
});

/** Milestones and addresses as in the answer of `GET /deliveries/{id}`; clients read what they know. */
const DeliveryData = z.looseObject({
  id: z.string(),
  external_id: z.string().nullable(),
  status: z.enum(uberStatuses),
  complete: z.boolean(),
  courier_imminent: z.boolean(),
  tracking_url: z.string().nullable().describe("Null for a delivery that was ordered by our own API, which told it."),
});

/** What every message carries. Header `x-uber-signature`: hex HMAC-SHA256 of the raw body under the signing key. */
const Envelope = z.object({
  id: z.string().describe("`evt_…`; the same when a message is sent again."),
  created: Instant,
  live_mode: z.boolean(),
  delivery_id: z.string().describe("`del_…`"),
  customer_id: z.string(),
  developer_id: z.string(),
  account_id: z.string(),
  route_id: z.string(),
});

export const DeliveryStatusMessage = Envelope.extend({
  kind: z.literal("event.delivery_status"),
  status: z.enum(uberStatuses),
  data: DeliveryData,
}).meta({ id: "DeliveryStatusMessage" });
export type DeliveryStatusMessage = z.infer<typeof DeliveryStatusMessage>;

export const CourierUpdateMessage = Envelope.extend({
  kind: z.literal("event.courier_update"),
  status: z.enum(uberStatuses),
  location: z.object({ lat: z.number(), lng: z.number() }),
  data: DeliveryData.extend({ courier: Courier }),
}).meta({ id: "CourierUpdateMessage" });
export type CourierUpdateMessage = z.infer<typeof CourierUpdateMessage>;

/** What partners' addresses are told, by kind. Order is not promised; a receiver compares `created`. */
export const partnerWebhooks = {
  "event.delivery_status": {
    summary: "The status of a delivery changed, or the robot came near.",
    payload: DeliveryStatusMessage,
  },
  "event.courier_update": {
    summary: "Where the robot is; every 20 seconds from pickup on.",
    payload: CourierUpdateMessage,
  },
} as const;
