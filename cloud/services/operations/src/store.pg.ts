import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { PageEnd } from "@kerbside/proto/base/cursor";
import type { Page } from "@kerbside/proto/base/page";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { TripState } from "@kerbside/proto/states/trip";
import {
  and,
  desc,
  eq,
  type InferInsertModel,
  type InferSelectModel,
  isNotNull,
  isNull,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Running } from "./orders.ts";
import { attempt, mission, missionFact, trip } from "./tables.ts";
import type { MissionFact } from "./trip.ts";

export type AttemptRow = InferSelectModel<typeof attempt>;
export type MissionRow = InferSelectModel<typeof mission>;
export type TripRow = InferSelectModel<typeof trip>;

export interface TripFilter {
  readonly organizationId: string | null;
  readonly robotId: string | undefined;
  readonly deliveryId: string | undefined;
  readonly state: TripState | undefined;
  readonly isOpen: boolean | undefined;
}

/** Trips and missions in Postgres. Give it a transaction for what has to hold together. */
export class PgOperationsStore {
  readonly #db: Database | Transaction;

  constructor(db: Database | Transaction) {
    this.#db = db;
  }

  /** One at a time may decide about a robot; held until the transaction ends. */
  async lockRobot(robotId: string): Promise<void> {
    await this.#db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`operations/${robotId}`}, 0))`);
  }

  async findAttempt(attemptId: string): Promise<AttemptRow | null> {
    const [row] = await this.#db.select().from(attempt).where(eq(attempt.attempt_id, attemptId));
    return row ?? null;
  }

  /** Writes what is given and leaves the rest as it was. */
  async saveAttempt(row: InferInsertModel<typeof attempt>): Promise<void> {
    await this.#db.insert(attempt).values(row).onConflictDoUpdate({ target: attempt.attempt_id, set: row });
  }

  /** Who has the goods, by the word of the attempt's own robot; false where it is another's. */
  async noteHolder(row: InferInsertModel<typeof attempt>): Promise<boolean> {
    const { holder, updated_at } = row;
    const written = await this.#db
      .insert(attempt)
      .values(row)
      .onConflictDoUpdate({
        target: attempt.attempt_id,
        set: { holder, updated_at },
        setWhere: eq(attempt.robot_id, row.robot_id),
      })
      .returning({ id: attempt.attempt_id });
    return written.length > 0;
  }

  /** The youngest mission of a robot, with what it told of it. */
  async currentMission(robotId: string): Promise<{ row: MissionRow; running: Running } | null> {
    const [row] = await this.#db
      .select()
      .from(mission)
      .where(eq(mission.robot_id, robotId))
      .orderBy(desc(mission.issued_ms))
      .limit(1);
    return row ? { row, running: await this.runningOf(row) } : null;
  }

  async findMission(missionId: string): Promise<MissionRow | null> {
    const [row] = await this.#db.select().from(mission).where(eq(mission.mission_id, missionId));
    return row ?? null;
  }

  async runningOf(row: MissionRow): Promise<Running> {
    const { withdrawn_at, withdrawn_reason } = row;
    return {
      mission: { ...row.body, attempt_id: row.attempt_id },
      facts: await this.facts(row.mission_id),
      withdrawn: withdrawn_at ? { reason: withdrawn_reason ?? "", atMs: fromInstant(withdrawn_at) } : null,
    };
  }

  async facts(missionId: string): Promise<readonly MissionFact[]> {
    const rows = await this.#db.select().from(missionFact).where(eq(missionFact.mission_id, missionId));
    return rows.map(({ at, ...row }) => ({ ...row, atMs: fromInstant(at) }));
  }

  async addFact(missionId: string, { atMs, ...fact }: MissionFact): Promise<void> {
    const row = { mission_id: missionId, ...fact, at: toInstant(atMs) };
    await this.#db.insert(missionFact).values(row).onConflictDoNothing();
  }

  async insertMission(row: InferInsertModel<typeof mission>): Promise<void> {
    await this.#db.insert(mission).values(row);
  }

  async updateMission(missionId: string, change: Partial<MissionRow>): Promise<void> {
    await this.#db.update(mission).set(change).where(eq(mission.mission_id, missionId));
  }

  async tripsOf(missionId: string): Promise<readonly TripRow[]> {
    return this.#db.select().from(trip).where(eq(trip.mission_id, missionId));
  }

  async saveTrip(row: InferInsertModel<typeof trip>): Promise<void> {
    await this.#db.insert(trip).values(row).onConflictDoUpdate({ target: trip.trip_id, set: row });
  }

  async findTrip(tripId: string): Promise<TripRow | null> {
    const [row] = await this.#db.select().from(trip).where(eq(trip.trip_id, tripId));
    return row ?? null;
  }

  async listTrips(filter: TripFilter, page: Page): Promise<readonly TripRow[]> {
    const { organizationId, robotId, deliveryId, state, isOpen } = filter;
    const after = page.after;
    return this.#db
      .select()
      .from(trip)
      .where(
        and(
          organizationId === null ? undefined : eq(trip.organization_id, organizationId),
          robotId === undefined ? undefined : eq(trip.robot_id, robotId),
          deliveryId === undefined ? undefined : eq(trip.delivery_id, deliveryId),
          state === undefined ? undefined : eq(trip.state, state),
          isOpen === undefined ? undefined : isOpen ? isNull(trip.ended_at) : isNotNull(trip.ended_at),
          after ? beyond(sql`${trip.created_at}`, sql`${trip.trip_id}`, after) : undefined,
        ),
      )
      .orderBy(desc(trip.created_at), desc(trip.trip_id))
      .limit(page.limit);
  }

  async listMissions(
    filter: Pick<TripFilter, "organizationId" | "robotId" | "deliveryId">,
    page: Page,
  ): Promise<readonly MissionRow[]> {
    const { organizationId, robotId, deliveryId } = filter;
    const after = page.after;
    return this.#db
      .select()
      .from(mission)
      .where(
        and(
          organizationId === null ? undefined : eq(mission.organization_id, organizationId),
          robotId === undefined ? undefined : eq(mission.robot_id, robotId),
          deliveryId === undefined ? undefined : eq(mission.delivery_id, deliveryId),
          after ? beyond(sql`${mission.issued_at}`, sql`${mission.mission_id}`, after) : undefined,
        ),
      )
      .orderBy(desc(mission.issued_at), desc(mission.mission_id))
      .limit(page.limit);
  }
}

/** Older than where the page before ended. */
function beyond(birth: SQL, id: SQL, end: PageEnd): SQL {
  return sql`(${birth}, ${id}) < (${end.createdAt}::timestamptz, ${end.id}::uuid)`;
}
