import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { routes } from "../base/endpoint.ts";
import { Instant } from "../base/time.ts";
import { Command, commandKinds, commandLifeMs } from "../robot/command.ts";
import { streams } from "../robot/topics.ts";

const people = ["user:admin", "user:ops", "user:pilot", "user:mechanic"] as const;
const OfRobot = z.object({ robot_id: z.uuid() });
const OfCommand = OfRobot.extend({ command_id: z.uuid() });

/** A command and how far its life has come. It moves only on the robot's evidence. */
export const CommandView = z
  .object({
    command_id: z.uuid(),
    robot_id: z.uuid(),
    kind: z.enum(commandKinds),
    args: z.record(z.string(), z.unknown()),
    delivery_id: z.uuid().nullable(),
    actor: Actor,
    state: z.string(),
    /** Why it was rejected, failed or cancelled; null while there is nothing to say. */
    reason: z.string().nullable(),
    /** What the robot said after the life had ended without its word. */
    observed_outcome: z.string().nullable(),
    issued_at: Instant,
    expires_at: Instant,
    ended_at: Instant.nullable(),
    /** The steps of its life, oldest first. */
    life: z.array(z.object({ state: z.string(), at: Instant })),
  })
  .meta({ id: "Command" });
export type CommandView = z.infer<typeof CommandView>;

/** One fact that the robot recorded, as it came up. */
export const TimelineEntry = z
  .object({
    stream: z.enum(streams),
    epoch: z.int(),
    seq: z.int(),
    type: z.string(),
    event_time: Instant,
    recorded_time: Instant,
    actor: Actor,
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "TimelineEntry" });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

const HeartbeatColumns = z.object({
  at_ms: z.array(z.int()),
  lat: z.array(z.number().nullable()),
  lng: z.array(z.number().nullable()),
  speed_mps: z.array(z.number()),
  heading_deg: z.array(z.number()),
  battery_pct: z.array(z.number()),
});

export const robotGatewayRoutes = routes({
  sendCommand: {
    method: "post",
    path: "/v1/robots/{robot_id}/commands",
    summary: "Order a robot to do something; answers when the robot has ended it, or after `wait_ms`",
    access: people,
    params: OfRobot,
    body: z.object({
      kind: z.enum(commandKinds),
      args: z.record(z.string(), z.unknown()).default({}),
      precondition: Command.shape.precondition.default(null),
      life_ms: z.int().min(1_000).max(commandLifeMs.max).default(commandLifeMs.default),
      wait_ms: z.int().min(0).max(60_000).default(0),
      /** The same id makes the same command, so a repeated request orders nothing twice. */
      request_id: z.uuid().optional(),
    }),
    reply: CommandView,
    status: 200,
    faults: [
      "robot_not_found",
      "robot_revoked",
      "robot_suspected",
      "forbidden",
      "idempotency_conflict",
      "invalid_request",
    ],
  },
  listCommands: {
    method: "get",
    path: "/v1/robots/{robot_id}/commands",
    summary: "The commands of a robot, newest first",
    access: people,
    params: OfRobot,
    query: z.object({
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(CommandView), next_cursor: z.string().nullable() }),
    faults: ["robot_not_found"],
  },
  getCommand: {
    method: "get",
    path: "/v1/robots/{robot_id}/commands/{command_id}",
    summary: "One command and its life",
    access: people,
    params: OfCommand,
    reply: CommandView,
    faults: ["command_not_found"],
  },
  cancelCommand: {
    method: "post",
    path: "/v1/robots/{robot_id}/commands/{command_id}/cancel",
    summary: "Take back a command that the robot has not begun",
    access: people,
    params: OfCommand,
    reply: CommandView,
    faults: ["command_not_found", "command_not_cancellable"],
  },
  listTimeline: {
    method: "get",
    path: "/v1/robots/{robot_id}/timeline",
    summary: "What the robot recorded: lid, custody, commands, safety, mission and state, newest first",
    access: people,
    params: OfRobot,
    query: z.object({
      type: z.string().max(200).optional().describe("Types to keep, separated by commas."),
      before: Instant.optional(),
      after: Instant.optional(),
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(TimelineEntry), next_cursor: z.string().nullable() }),
    faults: ["robot_not_found"],
  },
  getHeartbeats: {
    method: "get",
    path: "/v1/robots/{robot_id}/heartbeats",
    summary: "Position, speed and battery of a robot over at most one hour, as columns",
    access: people,
    params: OfRobot,
    query: z.object({ after: Instant, before: Instant }),
    reply: HeartbeatColumns,
    faults: ["robot_not_found", "invalid_request"],
  },
  listQuarantine: {
    method: "get",
    path: "/v1/robots/{robot_id}/quarantine",
    summary: "What a robot sent that could not be read, newest first",
    access: ["user:admin", "user:ops", "user:mechanic"],
    params: OfRobot,
    query: z.object({
      cursor: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({
      items: z.array(
        z.object({
          quarantine_id: z.uuid(),
          stream: z.string(),
          epoch: z.int().nullable(),
          seq: z.int().nullable(),
          reason: z.string(),
          bytes: z.int(),
          times: z.int(),
          first_at: Instant,
          last_at: Instant,
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
    faults: ["robot_not_found"],
  },
});
