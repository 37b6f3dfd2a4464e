import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Place } from "../base/place.ts";
import { Instant } from "../base/time.ts";

/** One robot as the fleet knows it. What is not known is null; `unknown` is never a zero. */
export const FleetRobot = z
  .object({
    robot_id: z.uuid(),
    name: z.string(),
    market_id: z.uuid(),
    hub_id: z.uuid(),
    compartments: z.int(),
    service: z.string(),
    operational_state: z.string().nullable(),
    motion_safety: z.string().nullable(),
    lid: z.string().nullable(),
    lid_flags: z.array(z.string()),
    connectivity: z.string(),
    battery_pct: z.number().nullable(),
    place: Place.nullable(),
    /** When place and battery were measured. */
    measured_at: Instant.nullable(),
    delivery_id: z.uuid().nullable(),
    available: z.boolean(),
    /** Why not, in words; empty when available. */
    reasons: z.array(z.string()),
    available_since: Instant,
  })
  .meta({ id: "FleetRobot" });
export type FleetRobot = z.infer<typeof FleetRobot>;

const Market = z.object({ market_id: z.uuid().optional() });

export const fleetRoutes = routes({
  listRobots: {
    method: "get",
    path: "/v1/fleet/robots",
    summary: "The roster, by name, with what makes each robot available or not",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"],
    query: Market.extend({
      available: z.stringbool().optional(),
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(FleetRobot), next_cursor: z.string().nullable() }),
    faults: [],
  },
  getRobot: {
    method: "get",
    path: "/v1/fleet/robots/{robot_id}",
    summary: "One robot of the roster",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"],
    params: z.object({ robot_id: z.uuid() }),
    reply: FleetRobot,
    faults: ["robot_not_found"],
  },
  countRobots: {
    method: "get",
    path: "/v1/fleet/counts",
    summary: "How many robots are in each state",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic"],
    query: Market,
    reply: z.object({
      robots: z.int(),
      available: z.int(),
      on_delivery: z.int(),
      by_connectivity: z.record(z.string(), z.int()),
      by_operational_state: z.record(z.string(), z.int()),
      by_service: z.record(z.string(), z.int()),
    }),
    faults: [],
  },
  nearestRobots: {
    method: "get",
    path: "/v1/fleet/nearest",
    summary: "The robots nearest to a place, straight-line, nearest first",
    access: ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"],
    query: Market.extend({
      lat: z.coerce.number().min(-90).max(90),
      lng: z.coerce.number().min(-180).max(180),
      available: z.stringbool().optional(),
      limit: z.coerce.number().int().min(1).max(50).default(5),
    }),
    reply: z.object({ items: z.array(FleetRobot.extend({ distance_m: z.number() })) }),
    faults: [],
  },
});
