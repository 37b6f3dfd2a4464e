import * as z from "zod";
import { event } from "../base/event.ts";
import { Mission } from "../robot/mission.ts";

export const tripEvent = event({
  type: "operations/trip-event",
  version: 1,
  subject: "trip_id",
  summary: "A trip was planned, reserved, stopped, resumed, ended or cancelled.",
  body: z.object({
    trip_id: z.uuid(),
    robot_id: z.uuid(),
    delivery_id: z.uuid().nullable(),
    trip_type: z.enum(["delivery", "return", "roaming"]),
    from: z.string().nullable(),
    to: z.string(),
  }),
});

export const missionIssued = event({
  type: "operations/mission-issued",
  version: 1,
  subject: "robot_id",
  summary: "A robot has a new mission; it replaces the one before.",
  body: Mission,
});

export const missionWithdrawn = event({
  type: "operations/mission-withdrawn",
  version: 1,
  subject: "robot_id",
  summary: "A mission no longer holds.",
  body: z.object({ mission_id: z.uuid(), robot_id: z.uuid(), reason: z.string() }),
});
