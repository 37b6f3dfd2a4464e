import * as z from "zod";
import { Actor } from "../base/actor.ts";
import { lidPurposes } from "./lid.ts";

/** What the cloud may order a robot to do, with its arguments. */
export const commandArgs = {
  open_lid: z.object({
    compartment: z.int().min(0).max(15),
    purpose: z.enum(lidPurposes),
    delivery_id: z.uuid().nullable(),
  }),
  /** Latches what was unlatched and not yet opened. A lid that stands open is closed by hand. */
  close_lid: z.object({ compartment: z.int().min(0).max(15) }),
  engage_estop: z.object({ reason: z.string().max(200) }),
  release_estop: z.object({}),
  cancel_mission: z.object({ mission_id: z.uuid() }),
  identify: z.object({}),
} as const;
export const commandKinds = [
  "open_lid",
  "close_lid",
  "engage_estop",
  "release_estop",
  "cancel_mission",
  "identify",
] as const;
export type CommandKind = (typeof commandKinds)[number];

/** Lives, in milliseconds: an open command 30 s by default and 60 s at most. */
export const commandLifeMs = { default: 30_000, max: 60_000, outcomeGrace: 10_000 } as const;

/** The payload inside `Signed` with context `command`. Times are integer milliseconds. */
export const Command = z.object({
  v: z.literal(1),
  command_id: z.uuid(),
  robot_id: z.uuid(),
  /** The robot's journal epoch this is meant for; null when any will do. */
  epoch: z.int().positive().nullable(),
  kind: z.enum(commandKinds),
  args: z.record(z.string(), z.unknown()),
  precondition: z
    .object({ delivery_id: z.uuid().optional(), at_stop: z.enum(["pickup", "dropoff", "return", "hub"]).optional() })
    .nullable(),
  issued_seq: z.int().positive(),
  issued_at: z.int(),
  expires_at: z.int(),
  actor: Actor,
});
export type Command = z.infer<typeof Command>;
