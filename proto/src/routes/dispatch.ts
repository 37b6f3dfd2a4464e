import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Address, Place } from "../base/place.ts";
import { Instant } from "../base/time.ts";
import { RouteLeg } from "../events/deliveries.ts";
import { AddressInput } from "./deliveries.ts";

const people = ["user:admin", "user:ops"] as const;

/** What a delivery between two addresses would take, as things stand. */
export const Estimate = z
  .object({
    /** The words of the address, and as its place the kerb where a robot will stop for it. */
    pickup: Address,
    dropoff: Address,
    /** The market that the pickup lies in; null where the organization has none there. */
    market_id: z.uuid().nullable(),
    /** The way with the goods: pickup to drop-off. */
    distance_m: z.number().nonnegative(),
    legs: z.array(RouteLeg),
    eta_pickup_at: Instant,
    /** Half of all such deliveries arrive by P50, nine of ten by P90. */
    eta_dropoff_p50_at: Instant,
    eta_dropoff_p90_at: Instant,
    /** The map and the rules under which this was worked out. */
    policy_version: z.string(),
    /** Robots that could be sent now; with none the times count on the next one to come free. */
    robots_free: z.int().nonnegative(),
  })
  .meta({ id: "Estimate" });
export type Estimate = z.infer<typeof Estimate>;

/** Where dispatch stands with one delivery that no robot has loaded yet. */
export const Plan = z
  .object({
    delivery_id: z.uuid(),
    external_id: z.string().nullable(),
    state: z.enum(["waiting", "assigned", "carried"]),
    state_since: Instant,
    /** Why it waits, in words; null when it does not. */
    reason: z.string().nullable(),
    robot_id: z.uuid().nullable(),
    robot_name: z.string().nullable(),
    pickup: Address,
    dropoff: Address,
    pickup_ready_at: Instant,
    eta_pickup_at: Instant.nullable(),
    eta_dropoff_p50_at: Instant.nullable(),
    eta_dropoff_p90_at: Instant.nullable(),
    waiting_since: Instant,
  })
  .meta({ id: "Plan" });
export type Plan = z.infer<typeof Plan>;

/** One robot as seen from one delivery. */
const Candidate = z.object({
  robot_id: z.uuid(),
  robot_name: z.string(),
  usable: z.boolean(),
  /** Why not; where usable, what speaks for it. */
  reason: z.string(),
  place: Place.nullable(),
  battery_pct: z.number().nullable(),
  /** To the pickup; null where it is not known or there is no way. */
  distance_m: z.number().nullable(),
  duration_s: z.number().nullable(),
  /** The whole loop: robot, pickup, drop-off, nearest hub. */
  loop_m: z.number().nullable(),
  /** What the loop would leave in the battery, percent. */
  battery_left_pct: z.number().nullable(),
});

export const dispatchRoutes = routes({
  estimate: {
    method: "post",
    path: "/v1/dispatch/estimate",
    summary: "Addresses, way and arrival times for a delivery that somebody thinks of ordering",
    access: ["service"],
    body: z.object({
      organization_id: z.uuid(),
      pickup: AddressInput,
      dropoff: AddressInput,
      /** When the goods are ready; now where silent. */
      pickup_ready_at: Instant.optional(),
    }),
    reply: Estimate,
    faults: ["address_undeliverable", "no_route", "unavailable"],
    internal: true,
  },
  listPlans: {
    method: "get",
    path: "/v1/dispatch/plans",
    summary: "Open deliveries as dispatch sees them, the longest waiting first",
    access: [...people, "service"],
    query: z.object({
      state: z.enum(["waiting", "assigned", "carried"]).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    reply: z.object({
      items: z.array(Plan),
      /** All there are, beyond `limit` too. */
      counts: z.object({ waiting: z.int(), assigned: z.int(), carried: z.int() }),
      solved_at: Instant.nullable(),
    }),
    faults: [],
  },
  explainPlan: {
    method: "get",
    path: "/v1/dispatch/plans/{delivery_id}",
    summary: "Why this delivery has its robot or waits: every robot of the market with what speaks for or against it",
    access: [...people, "service"],
    params: z.object({ delivery_id: z.uuid() }),
    reply: z.object({ plan: Plan, candidates: z.array(Candidate) }),
    faults: ["delivery_not_found", "unavailable"],
  },
});
