import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Place } from "@kerbside/proto/base/place";
import { toInstant } from "@kerbside/proto/base/time";
import { and, asc, eq, type InferSelectModel, isNotNull, type SQL, sql } from "drizzle-orm";
import { availabilityOf } from "./availability.ts";
import type { Enrolment, Robot } from "./robot.ts";
import { robot } from "./tables.ts";

export type RobotRow = InferSelectModel<typeof robot>;

/** One line of the roster. */
export interface Listed {
  readonly robot: Robot;
  readonly enrolment: Enrolment;
  readonly available: boolean;
  readonly reasons: readonly string[];
  readonly availableSince: string;
}

/** Which robots, and whose: a null organization is everybody's. */
export interface Roster {
  readonly organizationId: string | null;
  readonly marketId: string | undefined;
  readonly isAvailable?: boolean | undefined;
}

export interface Count {
  readonly available: boolean;
  readonly is_on_delivery: boolean;
  readonly connectivity: string;
  readonly operational_state: string | null;
  readonly service: string;
  readonly robots: number;
}

/** The roster in Postgres. Give it a transaction for what has to hold together. */
export class PgFleetStore {
  readonly #db: Database | Transaction;

  constructor(db: Database | Transaction) {
    this.#db = db;
  }

  async find(robotId: string): Promise<Listed | null> {
    const [row] = await this.#db.select().from(robot).where(eq(robot.robot_id, robotId));
    return row ? toListed(row) : null;
  }

  /** As it is now, with nobody else writing it until the transaction ends. */
  async lock(robotId: string): Promise<RobotRow | null> {
    const [row] = await this.#db.select().from(robot).where(eq(robot.robot_id, robotId)).for("update");
    return row ?? null;
  }

  async save(row: RobotRow): Promise<void> {
    await this.#db.insert(robot).values(row).onConflictDoUpdate({ target: robot.robot_id, set: row });
  }

  /** By name, from the robot after `afterId` on. */
  async list(roster: Roster, afterId: string | null, limit: number): Promise<readonly Listed[]> {
    const place = sql`(${robot.name}, ${robot.robot_id})`;
    const after = sql`${place} > (select name, robot_id from robot where robot_id = ${afterId}::uuid)`;
    const rows = await this.#db
      .select()
      .from(robot)
      .where(and(inRoster(roster), afterId === null ? undefined : after))
      .orderBy(asc(robot.name), asc(robot.robot_id))
      .limit(limit);
    return rows.flatMap((row) => toListed(row) ?? []);
  }

  /** Nearest first; flat, with degrees of longitude made as long as those of latitude, which orders well within a city. */
  async nearest(roster: Roster, { lat, lng }: Place, limit: number): Promise<readonly Listed[]> {
    const shrink = Math.cos((lat * Math.PI) / 180);
    const rows = await this.#db
      .select()
      .from(robot)
      .where(and(inRoster(roster), isNotNull(robot.lat)))
      .orderBy(sql`(${robot.lat} - ${lat}) ^ 2 + ((${robot.lng} - ${lng}) * ${shrink}) ^ 2`, asc(robot.robot_id))
      .limit(limit);
    return rows.flatMap((row) => toListed(row) ?? []);
  }

  async counts(roster: Roster): Promise<readonly Count[]> {
    const onDelivery = sql<boolean>`${robot.delivery_id} is not null`;
    const { available, connectivity, operational_state, service } = robot;
    return this.#db
      .select({
        available,
        is_on_delivery: onDelivery,
        connectivity,
        operational_state,
        service,
        robots: sql<number>`count(*)::int`,
      })
      .from(robot)
      .where(inRoster(roster))
      .groupBy(available, onDelivery, connectivity, operational_state, service);
  }
}

export function toRobot(row: RobotRow): Robot {
  return {
    robotId: row.robot_id,
    organizationId: row.organization_id,
    enrolment: enrolmentOf(row),
    isRevoked: row.is_revoked,
    suspicion: row.suspicion,
    service: row.service,
    operationalState: row.operational_state,
    motionSafety: row.motion_safety,
    lids: row.lids,
    connectivity: row.connectivity,
    batteryPct: row.battery_pct,
    place: row.lat === null || row.lng === null ? null : { lat: row.lat, lng: row.lng },
    measuredAtMs: row.measured_ms,
    deliveryId: row.delivery_id,
    carries: row.carries,
    heard: row.heard,
  };
}

/** The row, with since when the robot is as available, or as unavailable, as it is. */
export function toRow(known: Robot, before: RobotRow | null, nowMs: number): RobotRow {
  const { available, reasons } = availabilityOf(known);
  return {
    robot_id: known.robotId,
    organization_id: known.organizationId,
    name: known.enrolment?.name ?? null,
    market_id: known.enrolment?.marketId ?? null,
    hub_id: known.enrolment?.hubId ?? null,
    compartments: known.enrolment?.compartments ?? null,
    is_revoked: known.isRevoked,
    suspicion: known.suspicion,
    service: known.service,
    operational_state: known.operationalState,
    motion_safety: known.motionSafety,
    lids: known.lids,
    connectivity: known.connectivity,
    battery_pct: known.batteryPct,
    lat: known.place?.lat ?? null,
    lng: known.place?.lng ?? null,
    measured_ms: known.measuredAtMs,
    delivery_id: known.deliveryId,
    carries: known.carries,
    heard: known.heard,
    available,
    reasons,
    available_since: before?.available === available ? before.available_since : toInstant(nowMs),
  };
}

function toListed(row: RobotRow): Listed | null {
  const enrolment = enrolmentOf(row);
  const { available, reasons, available_since } = row;
  return enrolment && { robot: toRobot(row), enrolment, available, reasons, availableSince: available_since };
}

function enrolmentOf({ name, market_id, hub_id, compartments }: RobotRow): Enrolment | null {
  if (name === null || market_id === null || hub_id === null || compartments === null) return null;
  return { name, marketId: market_id, hubId: hub_id, compartments };
}

function inRoster({ organizationId, marketId, isAvailable }: Roster): SQL | undefined {
  return and(
    isNotNull(robot.name),
    organizationId === null ? undefined : eq(robot.organization_id, organizationId),
    marketId === undefined ? undefined : eq(robot.market_id, marketId),
    isAvailable === undefined ? undefined : eq(robot.available, isAvailable),
  );
}
