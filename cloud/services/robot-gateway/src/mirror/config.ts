import type { RobotConfig } from "@kerbside/proto/robot/mirror";

/** What a robot is told to be where nobody has said otherwise. */
export function configOf(name: string): RobotConfig {
  return {
    v: 1,
    name,
    heartbeat_interval_ms: 1_000,
    lid_unlock_timeout_ms: 30_000,
    lid_open_limit_ms: 120_000,
    speed_limit_mps: 1.6,
  };
}
