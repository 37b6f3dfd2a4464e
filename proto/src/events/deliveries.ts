import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { event } from "../base/event.ts";
import { Address } from "../base/place.ts";
import { Instant } from "../base/time.ts";
import { PinVerifier } from "../robot/grant.ts";
import { lidPurposes } from "../robot/lid.ts";
import { deliveryStates } from "../states/delivery.ts";

/** What other services need of a delivery; the whole of it stays in deliveries. */
export const DeliverySnapshot = z.object({
  delivery_id: z.uuid(),
  external_id: z.string().nullable(),
  partner_id: z.uuid().nullable(),
  merchant_id: z.uuid().nullable(),
  store_id: z.uuid().nullable(),
  state: z.enum(deliveryStates),
  /** When this state began, by whoever brought it about: the robot's own time where a robot did. */
  state_since: Instant,
  /** Grows with every change. Of two snapshots the one with the greater version is the younger. */
  version: z.int().positive(),
  /**
   * Somebody asked for the end of it and no robot has shown yet that it heard. Before loading the attempt was aborted
   * at once, and the delivery ends as cancelled when the robot has noted that its load grant is void. With goods aboard
   * they are wanted back: operations sends the robot to the return stop, and the return begins when it sets out.
   */
  cancel_requested: z.boolean(),
  reason: z.string().nullable(),
  pickup: Address,
  dropoff: Address,
  pickup_ready_at: Instant,
  dropoff_deadline_at: Instant,
  robot_id: z.uuid().nullable(),
  robot_name: z.string().nullable(),
  attempt_id: z.uuid().nullable(),
  eta_pickup_at: Instant.nullable(),
  eta_dropoff_p50_at: Instant.nullable(),
  eta_dropoff_p90_at: Instant.nullable(),
});
export type DeliverySnapshot = z.infer<typeof DeliverySnapshot>;

const DeliveryNews = z.object({
  happened: z.enum(["created", "state_changed", "cancel_requested", "estimate_changed"]),
  from: z.enum(deliveryStates).nullable(),
  delivery: DeliverySnapshot,
});

export const deliveryEvent = event({
  type: "deliveries/delivery-event",
  version: 1,
  subject: "delivery_id",
  summary: "A delivery was created, took a step, was asked to be cancelled, or got a new estimate.",
  body: DeliveryNews,
});

/** A name of its own: whoever moves robots cannot mistake for an order what it never listens to. */
export const testDeliveryEvent = event({
  type: "deliveries/test-delivery-event",
  version: 1,
  subject: "delivery_id",
  summary: "The same of a delivery that a test key ordered, which no robot carries.",
  body: DeliveryNews,
});

/** One opening that the robot may allow on the spot. The codes themselves stay in deliveries. */
const GrantOrder = z.object({
  grant_id: z.uuid(),
  purpose: z.enum(lidPurposes),
  means: z.enum(["pin", "load_code"]),
  stop: z.enum(["pickup", "dropoff", "return"]),
  expires_at: Instant,
  pin_verifier: PinVerifier,
});

export const RouteLeg = z.object({
  to: z.enum(["pickup", "dropoff", "return", "hub"]),
  distance_m: z.number().nonnegative(),
  duration_s: z.number().nonnegative(),
  /** Route geometry as [lat, lng] pairs, first the start. */
  line: z.array(z.tuple([z.number(), z.number()])),
});
export type RouteLeg = z.infer<typeof RouteLeg>;

/** What dispatch counts with, so that whoever follows the robot can say anew when it arrives. */
export const Pace = z.object({
  /** A leg takes this many times its `duration_s`. */
  leg_factor: z.number().positive(),
  /** Standard deviation of the time of a leg, as a share of it. */
  leg_spread: z.number().nonnegative(),
  /** From standing there with the goods ready to leaving with them. */
  load_mean_s: z.number().nonnegative(),
  load_sd_s: z.number().nonnegative(),
});
export type Pace = z.infer<typeof Pace>;

export const attemptEvent = event({
  type: "deliveries/attempt-event",
  version: 1,
  subject: "delivery_id",
  summary: "An attempt at a delivery was accepted or came to its end.",
  body: z.object({
    happened: z.enum(["accepted", "succeeded", "failed", "aborted", "superseded"]),
    attempt_id: z.uuid(),
    delivery_id: z.uuid(),
    robot_id: z.uuid(),
    fencing_token: z.int().positive(),
    compartment: z.int(),
    pickup: Address,
    dropoff: Address,
    hub: z.object({ hub_id: z.uuid(), place: Address.shape.place }),
    legs: z.array(RouteLeg),
    grants: z.array(GrantOrder),
    reason: z.string().nullable(),
  }),
});

export const unlockRequested = event({
  type: "deliveries/unlock-requested",
  version: 1,
  subject: "delivery_id",
  summary: "The customer or the merchant pressed open; robot-gateway makes the command.",
  body: z.object({
    request_id: z.uuid(),
    delivery_id: z.uuid(),
    robot_id: z.uuid(),
    compartment: z.int(),
    purpose: z.enum(lidPurposes),
    requested_by: Actor,
  }),
});

/** dispatch decides who carries what. */
export const planEvent = event({
  type: "dispatch/plan-event",
  version: 1,
  subject: "delivery_id",
  summary: "A waiting delivery got a robot, or a reason why it still waits.",
  body: z.discriminatedUnion("happened", [
    z.object({
      happened: z.literal("robot_assigned"),
      delivery_id: z.uuid(),
      robot_id: z.uuid(),
      robot_name: z.string(),
      hub: z.object({ hub_id: z.uuid(), place: Address.shape.place }),
      legs: z.array(RouteLeg),
      eta_pickup_at: Instant,
      eta_dropoff_p50_at: Instant,
      eta_dropoff_p90_at: Instant,
      pace: Pace.optional(),
    }),
    z.object({ happened: z.literal("waiting"), delivery_id: z.uuid(), reason: z.string() }),
  ]),
});
