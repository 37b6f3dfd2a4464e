import * as z from "zod";
import { Place } from "../base/place.ts";

/** What a stop of a mission is for. */
export const stopKinds = ["pickup", "dropoff", "return", "hub"] as const;
export const StopKind = z.enum(stopKinds);
export type StopKind = z.infer<typeof StopKind>;

export const MissionStop = z.object({
  kind: StopKind,
  place: Place,
  /** The way here from the stop before (for the first: from where the robot was planned to start). */
  route: z.array(Place),
  /** How long to wait for somebody to open, milliseconds; null for stops where nobody comes. */
  wait_limit_ms: z.int().positive().nullable(),
});
export type MissionStop = z.infer<typeof MissionStop>;

/** How long a robot waits for somebody, milliseconds. At a return it stands until the store or an operator acts. */
export const waitLimitsMs = { pickup: 10 * 60_000, dropoff: 10 * 60_000 } as const;

/** The program a robot executes: drive to each stop in order, wait where somebody opens the lid. */
export const Mission = z.object({
  v: z.literal(1),
  mission_id: z.uuid(),
  robot_id: z.uuid(),
  trip_id: z.uuid().nullable(),
  delivery_id: z.uuid().nullable(),
  attempt_id: z.uuid().nullable(),
  fencing_token: z.int().positive().nullable(),
  compartment: z.int().min(0).max(15),
  stops: z.array(MissionStop).min(1).max(10),
  issued_at: z.int(),
});
export type Mission = z.infer<typeof Mission>;
