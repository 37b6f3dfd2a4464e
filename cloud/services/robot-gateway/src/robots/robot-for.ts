import type { Database } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { findRobot, type KnownRobot } from "./robots.pg.ts";

/** A robot of another organization is as good as none. */
export async function robotFor(db: Database, robotId: string, principal: Principal | null): Promise<KnownRobot> {
  const robot = await findRobot(db, robotId);
  if (robot && robot.organizationId === principal?.organizationId) return robot;
  throw new Fault("robot_not_found", { robot_id: robotId });
}
