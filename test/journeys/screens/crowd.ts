import { derivedId } from "@kerbside/proto/base/ids.derived";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { below, unit } from "@kerbside/proto/base/rng";
import { foundOrganization, type Organization } from "./organization.ts";
import { enrol, type RobotRow, robotRow } from "./robots.ts";
import type { Stage } from "./stage.node.ts";

/** An organization with very many robots, most of them moving. */
export async function buildCrowd(
  stage: Stage,
  { name, robots }: { readonly name: string; readonly robots: number },
): Promise<Organization> {
  const organization = await foundOrganization(stage, name);
  await enrol(stage, crowdOf(organization, robots, Date.now()));
  return organization;
}

function crowdOf({ id, market }: Organization, count: number, nowMs: number): readonly RobotRow[] {
  const rng = new SeededRng(count);
  const { center } = market;
  return Array.from({ length: count }, (_, index) => {
    const place = { lat: center.lat + (unit(rng) - 0.5) * 0.05, lng: center.lng + (unit(rng) - 0.5) * 0.08 };
    const isWorking = below(rng, 10) < 6;
    const isTroubled = below(rng, 40) === 0;
    return robotRow(id, `Robot ${index + 1}`, {
      place,
      nowMs,
      battery_pct: 10 + below(rng, 90),
      heading_deg: below(rng, 360),
      operational_state: isWorking ? "working" : "idle",
      motion_safety: isTroubled ? "safe_stop" : isWorking ? "moving" : "stopped",
      speed_mps: isWorking && !isTroubled ? 1.2 : 0,
      ...(isWorking && {
        delivery_id: derivedId("crowd", id, index),
        mission_id: derivedId("crowd", "mission", id, index),
        stop: (["pickup", "dropoff"] as const)[index % 2],
      }),
      interval_ms: 1_000,
    });
  });
}
