import type { Handlers, ServiceContext } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { asking, found } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { sees } from "@kerbside/proto/base/tenancy";
import { toInstant } from "@kerbside/proto/base/time";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { FleetRobot, fleetRoutes } from "@kerbside/proto/routes/fleet";
import { lidOf } from "./robot.ts";
import { type Count, type Listed, PgFleetStore, type Roster } from "./store.pg.ts";

export function fleetHandlers({ db }: Pick<ServiceContext, "db">): Handlers<typeof fleetRoutes> {
  const store = new PgFleetStore(db);

  /** The roster's cursor is the last robot that was shown; names of others' robots are nobody's to compare with. */
  async function lastShown(cursor: string, by: Principal): Promise<string> {
    const last = isRobotId(cursor) ? await store.find(cursor) : null;
    if (last && sees(by, last.robot.organizationId)) return cursor;
    throw new Fault("invalid_request", {}, [
      { pointer: "/query/cursor", message: "not a cursor that this list gave out" },
    ]);
  }

  return {
    async listRobots({ query, principal }) {
      const after = query.cursor === undefined ? null : await lastShown(query.cursor, asking(principal));
      const rows = await store.list(rosterOf(principal, query), after, query.limit + 1);
      const shown = rows.slice(0, query.limit);
      const next_cursor = rows.length > shown.length ? (shown.at(-1)?.robot.robotId ?? null) : null;
      return { items: shown.map(robotView), next_cursor };
    },

    async getRobot({ params, principal }) {
      const listed = found(await store.find(params.robot_id), "robot_not_found");
      if (!sees(asking(principal), listed.robot.organizationId)) throw new Fault("robot_not_found");
      return robotView(listed);
    },

    async countRobots({ query, principal }) {
      const counts = await store.counts(rosterOf(principal, query));
      return {
        robots: sumOf(counts),
        available: sumOf(counts.filter(({ available }) => available)),
        on_delivery: sumOf(counts.filter((count) => count.is_on_delivery)),
        by_connectivity: sumBy(counts, ({ connectivity }) => connectivity),
        by_operational_state: sumBy(counts, (count) => count.operational_state ?? "unknown"),
        by_service: sumBy(counts, ({ service }) => service),
      };
    },

    async nearestRobots({ query, principal }) {
      const from = { lat: query.lat, lng: query.lng };
      const rows = await store.nearest(rosterOf(principal, query), from, query.limit);
      const items = rows.map((row) => {
        const robot = robotView(row);
        return { ...robot, distance_m: robot.place ? distanceM(from, robot.place) : 0 };
      });
      return { items: items.sort((a, b) => a.distance_m - b.distance_m) };
    },
  };
}

function rosterOf(
  principal: Principal | null,
  query: { readonly market_id?: string | undefined; readonly available?: boolean | undefined },
): Roster {
  const { organizationId } = asking(principal);
  return { organizationId, marketId: query.market_id, isAvailable: query.available };
}

function isRobotId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function robotView({ robot, enrolment, available, reasons, availableSince }: Listed): FleetRobot {
  const lid = lidOf(robot);
  return {
    robot_id: robot.robotId,
    name: enrolment.name,
    market_id: enrolment.marketId,
    hub_id: enrolment.hubId,
    compartments: enrolment.compartments,
    service: robot.service,
    operational_state: robot.operationalState,
    motion_safety: robot.motionSafety,
    lid: lid?.state ?? null,
    lid_flags: [...(lid?.flags ?? [])],
    connectivity: robot.connectivity,
    battery_pct: robot.batteryPct,
    place: robot.place,
    measured_at: robot.measuredAtMs === null ? null : toInstant(robot.measuredAtMs),
    delivery_id: robot.deliveryId ?? robot.carries,
    available,
    reasons: [...reasons],
    available_since: availableSince,
  };
}

function sumOf(counts: readonly Count[]): number {
  return counts.reduce((sum, { robots }) => sum + robots, 0);
}

function sumBy(counts: readonly Count[], key: (count: Count) => string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const count of counts) sums[key(count)] = (sums[key(count)] ?? 0) + count.robots;
  return sums;
}
