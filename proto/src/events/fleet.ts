import * as z from "zod";
import { event } from "../base/event.ts";
import { Place } from "../base/place.ts";

export const robotEnrolled = event({
  type: "devices/robot-enrolled",
  version: 1,
  subject: "robot_id",
  summary: "A robot was claimed and its key enrolled.",
  body: z.object({
    robot_id: z.uuid(),
    name: z.string(),
    public_key: z.string(),
    market_id: z.uuid(),
    hub_id: z.uuid(),
    compartments: z.int().min(1).max(16),
  }),
});

export const robotRevoked = event({
  type: "devices/robot-revoked",
  version: 1,
  subject: "robot_id",
  summary: "A robot's credential no longer counts.",
  body: z.object({ robot_id: z.uuid(), reason: z.string() }),
});

/** Dispatch keeps its own picture of the usable fleet from this one event. */
export const availabilityChanged = event({
  type: "fleet/availability-changed",
  version: 1,
  subject: "robot_id",
  summary: "Whether dispatch may use a robot, where it stands and how full its battery is.",
  body: z.object({
    robot_id: z.uuid(),
    name: z.string(),
    market_id: z.uuid(),
    hub_id: z.uuid(),
    available: z.boolean(),
    /** Why not, in words for ops; empty when available. */
    reasons: z.array(z.string()),
    place: Place.nullable(),
    battery_pct: z.number().nullable(),
  }),
});

export const transitionCompleted = event({
  type: "state/transition-completed",
  version: 1,
  subject: "robot_id",
  summary: "A robot passed from one state to another in one dimension, and it was a legal step.",
  body: z.object({
    robot_id: z.uuid(),
    dimension: z.string(),
    from: z.string(),
    to: z.string(),
    reason: z.string().nullable(),
  }),
});
