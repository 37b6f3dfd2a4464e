import * as z from "zod";
import { routes } from "../base/endpoint.ts";
import { Instant } from "../base/time.ts";
import { MissionStop, StopKind } from "../robot/mission.ts";
import { tripStates, tripTypes } from "../states/trip.ts";

const people = ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"] as const;

/** What became of a mission. The robot says `accepted`, `refused` and the ends; `withdrawn` is ours. */
export const missionStatuses = ["issued", "accepted", "refused", "completed", "aborted", "withdrawn"] as const;
export type MissionStatus = (typeof missionStatuses)[number];

export const Trip = z
  .object({
    trip_id: z.uuid(),
    robot_id: z.uuid(),
    delivery_id: z.uuid().nullable(),
    attempt_id: z.uuid().nullable(),
    trip_type: z.enum(tripTypes),
    state: z.enum(tripStates),
    state_since: Instant,
    distance_planned_m: z.number(),
    created_at: Instant,
    ended_at: Instant.nullable(),
    steps: z.array(z.object({ from: z.enum(tripStates).nullable(), to: z.enum(tripStates), at: Instant })),
  })
  .meta({ id: "Trip" });
export type Trip = z.infer<typeof Trip>;

export const MissionView = z
  .object({
    mission_id: z.uuid(),
    robot_id: z.uuid(),
    trip_id: z.uuid().nullable(),
    delivery_id: z.uuid().nullable(),
    status: z.enum(missionStatuses),
    reason: z.string().nullable(),
    /** Where the robot is in it; null before it set out and after the end. */
    heads_for: StopKind.nullable(),
    at_stop: z.boolean(),
    stops: z.array(MissionStop),
    issued_at: Instant,
    ended_at: Instant.nullable(),
  })
  .meta({ id: "MissionView" });
export type MissionView = z.infer<typeof MissionView>;

const Page = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const operationsRoutes = routes({
  listTrips: {
    method: "get",
    path: "/v1/trips",
    summary: "Trips, newest first",
    access: people,
    query: Page.extend({
      robot_id: z.uuid().optional(),
      delivery_id: z.uuid().optional(),
      state: z.enum(tripStates).optional(),
      status: z.enum(["open", "ended", "all"]).default("all"),
    }),
    reply: z.object({ items: z.array(Trip), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
  getTrip: {
    method: "get",
    path: "/v1/trips/{trip_id}",
    summary: "One trip with its steps",
    access: people,
    params: z.object({ trip_id: z.uuid() }),
    reply: Trip,
    faults: ["trip_not_found"],
  },
  listMissions: {
    method: "get",
    path: "/v1/missions",
    summary: "What robots were told to do, newest first",
    access: people,
    query: Page.extend({ robot_id: z.uuid().optional(), delivery_id: z.uuid().optional() }),
    reply: z.object({ items: z.array(MissionView), next_cursor: z.string().nullable() }),
    faults: ["invalid_request"],
  },
});
