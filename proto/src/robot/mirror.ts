import * as z from "zod";
import { Mission } from "./mission.ts";
import { Signed } from "./signed.ts";

export const mirrorKinds = ["mission", "grant", "command", "config", "flag", "zone_set", "map"] as const;
export type MirrorKind = (typeof mirrorKinds)[number];

/** What a robot is told to be, as configuration. */
export const RobotConfig = z.object({
  v: z.literal(1),
  name: z.string(),
  heartbeat_interval_ms: z.int().positive(),
  lid_unlock_timeout_ms: z.int().positive(),
  lid_open_limit_ms: z.int().positive(),
  speed_limit_mps: z.number().positive().max(1.6),
});
export type RobotConfig = z.infer<typeof RobotConfig>;

/** The body of a mirror row, by kind. Commands and grants are opaque signed bytes. */
export const mirrorBodies = {
  mission: Mission,
  grant: Signed,
  command: Signed,
  config: RobotConfig,
  flag: z.object({ key: z.string(), on: z.boolean() }),
  zone_set: z.object({ hash: z.string(), path: z.string() }),
  map: z.object({ hash: z.string(), path: z.string() }),
} as const;

/**
 * One row of the table that every robot mirrors. `version` only grows; a tombstone (`body` null) is a version too.
 * `body` is JSON text. Table: robot_gateway.mirror, key (robot_id, kind, id).
 */
export const MirrorRow = z.object({
  robot_id: z.uuid(),
  kind: z.enum(mirrorKinds),
  id: z.string(),
  version: z.int().positive(),
  body: z.string().nullable(),
});
export type MirrorRow = z.infer<typeof MirrorRow>;
