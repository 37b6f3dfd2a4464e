import type { ShapePolicy } from "@kerbside/cloud-kit/service";
import type { Principal } from "@kerbside/proto/base/roles";
import type { RobotLatest, Shapes, TrackedPosition } from "@kerbside/proto/shapes/shapes";

const fleetRoles: readonly string[] = ["admin", "ops", "pilot", "mechanic"];

/** A robot follows its own rows and no others. */
const mirrorShape: ShapePolicy = {
  name: "mirror",
  table: "mirror",
  columns: columns<Shapes["mirror"]>({ robot_id: 1, kind: 1, id: 1, version: 1, body: 1 }),
  where: (principal) => (principal.kind === "robot" ? { sql: "robot_id = $1", params: [principal.id] } : null),
};

const fleetLiveShape: ShapePolicy = {
  name: "fleet-live",
  table: "latest",
  columns: columns<RobotLatest>({
    robot_id: 1,
    organization_id: 1,
    name: 1,
    lat: 1,
    lng: 1,
    speed_mps: 1,
    heading_deg: 1,
    battery_pct: 1,
    lid: 1,
    lid_flags: 1,
    operational_state: 1,
    control_mode: 1,
    motion_safety: 1,
    connectivity: 1,
    connectivity_since: 1,
    mission_id: 1,
    delivery_id: 1,
    stop: 1,
    at_stop: 1,
    at: 1,
    interval_ms: 1,
  }),
  where: (principal) =>
    isCrew(principal) ? { sql: "organization_id = $1", params: [principal.organizationId] } : null,
};

/** The row is there only while the robot heads for this customer's door or stands at it; after the handover it is gone. */
const trackingPositionShape: ShapePolicy = {
  name: "tracking-position",
  table: "latest",
  columns: columns<TrackedPosition>({
    robot_id: 1,
    delivery_id: 1,
    lat: 1,
    lng: 1,
    heading_deg: 1,
    speed_mps: 1,
    at: 1,
    interval_ms: 1,
    connectivity: 1,
    stop: 1,
    at_stop: 1,
    lid: 1,
  }),
  where: (principal) =>
    principal.kind === "customer"
      ? {
          sql: "delivery_id = $1 AND organization_id = $2 AND stop = 'dropoff'",
          params: [principal.deliveryId, principal.organizationId],
        }
      : null,
};

export const gatewayShapes: readonly ShapePolicy[] = [mirrorShape, fleetLiveShape, trackingPositionShape];

/** Every column of the row's type, so that neither side can have one more. */
function columns<Row>(named: Readonly<Record<keyof Row & string, 1>>): readonly string[] {
  return Object.keys(named);
}

function isCrew(principal: Principal): principal is Principal & { kind: "user" } {
  return principal.kind === "user" && fleetRoles.includes(principal.role);
}
