import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { routes } from "../base/endpoint.ts";
import { Place } from "../base/place.ts";
import { Instant } from "../base/time.ts";
import { Holder } from "../robot/journal.ts";
import { lidFlags, lidPurposes } from "../robot/lid.ts";

/** The dimensions that the cloud decides; everything else the robot alone can report. */
export const cloudDimensions = ["service", "asset"] as const;
export type CloudDimension = (typeof cloudDimensions)[number];

export const transitionRequestStates = [
  "requested",
  "accepted",
  "rejected",
  "applied",
  "superseded",
  "expired",
] as const;

const people = ["user:admin", "user:ops", "user:pilot", "user:mechanic", "service"] as const;
const OfRobot = z.object({ robot_id: z.uuid() });
const Page = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const RobotDimension = z
  .object({
    dimension: z.string(),
    value: z.string(),
    since: Instant,
    /** Values that a person may ask for now; empty for what only the robot reports. */
    legal_next: z.array(z.string()),
  })
  .meta({ id: "RobotDimension" });

export const StateChange = z
  .object({
    change_id: z.uuid(),
    robot_id: z.uuid(),
    dimension: z.string(),
    from: z.string(),
    to: z.string(),
    reason: z.string().nullable(),
    event_time: Instant,
    recorded_time: Instant,
    actor: Actor,
    /** Null when the step was legal, else what was wrong with it. */
    violation: z.string().nullable(),
  })
  .meta({ id: "StateChange" });

export const TransitionRequest = z
  .object({
    request_id: z.uuid(),
    robot_id: z.uuid(),
    dimension: z.enum(cloudDimensions),
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    requested_by: Actor,
    requested_at: Instant,
    state: z.enum(transitionRequestStates),
    rejection: z.string().nullable(),
  })
  .meta({ id: "TransitionRequest" });

export const LidCycle = z
  .object({
    cycle_id: z.uuid(),
    robot_id: z.uuid(),
    compartment: z.int(),
    purpose: z.enum(lidPurposes).nullable(),
    delivery_id: z.uuid().nullable(),
    authorisation: z.object({ kind: z.enum(["command", "grant"]), id: z.uuid() }).nullable(),
    authorised_at: Instant.nullable(),
    unlatched_at: Instant.nullable(),
    opened_at: Instant.nullable(),
    closed_at: Instant.nullable(),
    ended_at: Instant.nullable(),
    /** Every fault flag that stood at some moment of the cycle. */
    flags: z.array(z.enum(lidFlags)),
  })
  .meta({ id: "LidCycle" });

export const CustodyEvent = z
  .object({
    event_id: z.uuid(),
    delivery_id: z.uuid(),
    attempt_id: z.uuid(),
    robot_id: z.uuid(),
    fencing_token: z.int(),
    from: Holder,
    to: Holder,
    cycle_id: z.uuid(),
    place: Place.nullable(),
    event_time: Instant,
    /** Null when it continues the chain, else what does not fit. */
    violation: z.string().nullable(),
  })
  .meta({ id: "CustodyEvent" });

export const stateRoutes = routes({
  getRobotState: {
    method: "get",
    path: "/v1/states/{robot_id}",
    summary: "Every dimension of one robot, with since when",
    access: people,
    params: OfRobot,
    reply: z.object({ robot_id: z.uuid(), dimensions: z.array(RobotDimension) }),
    faults: ["robot_not_found"],
  },
  listStateChanges: {
    method: "get",
    path: "/v1/states/{robot_id}/history",
    summary: "Every state a robot was in, newest first",
    access: people,
    params: OfRobot,
    query: Page.extend({ dimension: z.string().max(40).optional(), violations: z.stringbool().optional() }),
    reply: z.object({ items: z.array(StateChange), next_cursor: z.string().nullable() }),
    faults: ["robot_not_found"],
  },
  requestTransition: {
    method: "post",
    path: "/v1/states/{robot_id}/transitions",
    summary: "Ask for a step in a dimension that the cloud decides: in or out of service, commissioned or not",
    access: ["user:admin", "user:ops", "user:mechanic", "service"],
    params: OfRobot,
    body: z.object({
      dimension: z.enum(cloudDimensions),
      to: z.string().max(40),
      reason: z.string().trim().min(1).max(200),
    }),
    reply: TransitionRequest,
    status: 201,
    faults: ["robot_not_found", "transition_not_legal"],
  },
  listTransitionRequests: {
    method: "get",
    path: "/v1/states/{robot_id}/transitions",
    summary: "What was asked of a robot and what became of it, newest first",
    access: people,
    params: OfRobot,
    query: Page,
    reply: z.object({ items: z.array(TransitionRequest), next_cursor: z.string().nullable() }),
    faults: ["robot_not_found"],
  },
  listLidCycles: {
    method: "get",
    path: "/v1/states/{robot_id}/lid-cycles",
    summary: "Every unlock-to-relock episode of a robot's lid, newest first",
    access: people,
    params: OfRobot,
    query: Page.extend({ delivery_id: z.uuid().optional() }),
    reply: z.object({ items: z.array(LidCycle), next_cursor: z.string().nullable() }),
    faults: ["robot_not_found"],
  },
  getCustody: {
    method: "get",
    path: "/v1/custody/{delivery_id}",
    summary: "Who held the goods of a delivery, from first to last",
    access: people,
    params: z.object({ delivery_id: z.uuid() }),
    reply: z.object({ items: z.array(CustodyEvent), holder: Holder.nullable(), is_whole: z.boolean() }),
    faults: ["delivery_not_found"],
  },
});
