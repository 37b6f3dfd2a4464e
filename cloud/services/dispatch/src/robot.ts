import type { Place } from "@kerbside/proto/base/place";

/** One robot as fleet last told of it. */
export interface Robot {
  readonly robotId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly marketId: string;
  readonly isAvailable: boolean;
  /** Why not, in fleet's words. */
  readonly reasons: readonly string[];
  readonly place: Place | null;
  readonly batteryPct: number | null;
}

/** One that may be sent now: fleet says so, and no delivery of ours has it. */
export interface UsableRobot extends Robot {
  readonly place: Place;
  readonly batteryPct: number;
}

export function isUsable(robot: Robot, taken: ReadonlySet<string>): robot is UsableRobot {
  return robot.isAvailable && robot.place !== null && robot.batteryPct !== null && !taken.has(robot.robotId);
}
