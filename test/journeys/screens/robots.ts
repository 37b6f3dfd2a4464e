import { derivedId } from "@kerbside/proto/base/ids.derived";
import type { Place } from "@kerbside/proto/base/place";
import type { RobotLatest } from "@kerbside/proto/shapes/shapes";
import type { Stage } from "./stage.node.ts";

/** A robot's row as JSON carries it. */
export type RobotRow = Omit<RobotLatest, "at" | "connectivity_since"> & {
  readonly at: number | null;
  readonly connectivity_since: number;
};

/** A robot in good order that has nothing to do; `change` says what is different. */
export function robotRow(
  organizationId: string,
  name: string,
  { place, nowMs, ...change }: { readonly place: Place | null; readonly nowMs: number } & Partial<RobotRow>,
): RobotRow {
  return {
    robot_id: derivedId("screens", organizationId, name),
    organization_id: organizationId,
    name,
    lat: place?.lat ?? null,
    lng: place?.lng ?? null,
    speed_mps: 0,
    heading_deg: 90,
    battery_pct: 86,
    lid: "closed_locked",
    lid_flags: [],
    operational_state: "idle",
    control_mode: "AUTOMATIC",
    motion_safety: "stopped",
    connectivity: "online",
    connectivity_since: nowMs - 3_600_000,
    mission_id: null,
    delivery_id: null,
    stop: null,
    at_stop: false,
    at: nowMs,
    interval_ms: 60_000,
    ...change,
  };
}

/** Robots as the gateway knows them: enrolled, and with their latest word. */
export async function enrol(stage: Stage, rows: readonly RobotRow[]): Promise<void> {
  const enrolled = rows.map(({ robot_id, organization_id, name }) => ({
    robot_id,
    organization_id,
    name,
    public_key: "none",
    enrolled_at: new Date().toISOString(),
  }));
  await stage.insert("robot_gateway.robot", enrolled);
  await stage.insert("robot_gateway.latest", rows);
}
