import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Page } from "@kerbside/proto/base/page";
import {
  and,
  asc,
  desc,
  eq,
  type InferInsertModel,
  type InferSelectModel,
  isNotNull,
  ne,
  type SQL,
  sql,
} from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Neighbour, Position } from "./history.ts";
import { change, custody, delivery, dimension, lidCycle, robot, transitionRequest } from "./tables.ts";

export type RobotRow = InferSelectModel<typeof robot>;
export type DimensionRow = InferSelectModel<typeof dimension>;
export type ChangeRow = InferSelectModel<typeof change>;
export type RequestRow = InferSelectModel<typeof transitionRequest>;
export type LidCycleRow = InferSelectModel<typeof lidCycle>;
export type CustodyRow = InferSelectModel<typeof custody>;

/** Robot states in Postgres. Give it a transaction for what has to hold together. */
export class PgStateStore {
  readonly #db: Database | Transaction;

  constructor(db: Database | Transaction) {
    this.#db = db;
  }

  async findRobot(robotId: string): Promise<RobotRow | null> {
    const [row] = await this.#db.select().from(robot).where(eq(robot.robot_id, robotId));
    return row ?? null;
  }

  /** Notes that the robot is there and lets one at a time judge it; held until the transaction ends. */
  async lockRobot(row: InferInsertModel<typeof robot>): Promise<void> {
    await this.#db.insert(robot).values(row).onConflictDoNothing();
    await this.#db.select().from(robot).where(eq(robot.robot_id, row.robot_id)).for("update");
  }

  async dimensions(robotId: string): Promise<readonly DimensionRow[]> {
    return this.#db.select().from(dimension).where(eq(dimension.robot_id, robotId)).orderBy(asc(dimension.dimension));
  }

  async saveDimension(row: InferInsertModel<typeof dimension>): Promise<void> {
    const target = [dimension.robot_id, dimension.dimension];
    await this.#db.insert(dimension).values(row).onConflictDoUpdate({ target, set: row });
  }

  /** The changes next to a position, before and after it. */
  async neighbours(
    robotId: string,
    name: string,
    at: Position,
  ): Promise<{ readonly before: Neighbour | null; readonly after: Neighbour | null }> {
    const place = sql`(${change.position_major}, ${change.position_minor})`;
    const own = and(eq(change.robot_id, robotId), eq(change.dimension, name));
    const columns = { changeId: change.change_id, from: change.from, to: change.to };
    const [before] = await this.#db
      .select(columns)
      .from(change)
      .where(and(own, sql`${place} < (${at[0]}, ${at[1]})`))
      .orderBy(desc(change.position_major), desc(change.position_minor))
      .limit(1);
    const [after] = await this.#db
      .select(columns)
      .from(change)
      .where(and(own, sql`${place} > (${at[0]}, ${at[1]})`))
      .orderBy(asc(change.position_major), asc(change.position_minor))
      .limit(1);
    return { before: before ?? null, after: after ?? null };
  }

  /** A position after every other of the dimension: at that time, or just behind what a clock ahead of ours wrote. */
  async nextPosition(robotId: string, name: string, nowMs: number): Promise<Position> {
    const [last] = await this.#db
      .select({ major: change.position_major, minor: change.position_minor })
      .from(change)
      .where(and(eq(change.robot_id, robotId), eq(change.dimension, name)))
      .orderBy(desc(change.position_major), desc(change.position_minor))
      .limit(1);
    return last && last.major >= nowMs ? [last.major, last.minor + 1] : [nowMs, 0];
  }

  async addChange(row: InferInsertModel<typeof change>): Promise<void> {
    await this.#db.insert(change).values(row);
  }

  async rejudge(changeId: string, violation: string | null): Promise<void> {
    await this.#db.update(change).set({ violation }).where(eq(change.change_id, changeId));
  }

  async listChanges(
    robotId: string,
    filter: { readonly dimension: string | undefined; readonly violationsOnly: boolean },
    page: Page,
  ): Promise<readonly ChangeRow[]> {
    return this.#db
      .select()
      .from(change)
      .where(
        and(
          eq(change.robot_id, robotId),
          filter.dimension === undefined ? undefined : eq(change.dimension, filter.dimension),
          filter.violationsOnly ? isNotNull(change.violation) : undefined,
          beyond(change.event_time, change.change_id, page),
        ),
      )
      .orderBy(desc(change.event_time), desc(change.change_id))
      .limit(page.limit);
  }

  async findRequest(requestId: string): Promise<RequestRow | null> {
    const [row] = await this.#db.select().from(transitionRequest).where(eq(transitionRequest.request_id, requestId));
    return row ?? null;
  }

  async addRequest(row: RequestRow): Promise<void> {
    await this.#db.insert(transitionRequest).values(row);
  }

  async listRequests(robotId: string, page: Page): Promise<readonly RequestRow[]> {
    return this.#db
      .select()
      .from(transitionRequest)
      .where(
        and(
          eq(transitionRequest.robot_id, robotId),
          beyond(transitionRequest.requested_at, transitionRequest.request_id, page),
        ),
      )
      .orderBy(desc(transitionRequest.requested_at), desc(transitionRequest.request_id))
      .limit(page.limit);
  }

  async findLidCycle(cycleId: string): Promise<LidCycleRow | null> {
    const [row] = await this.#db.select().from(lidCycle).where(eq(lidCycle.cycle_id, cycleId));
    return row ?? null;
  }

  async saveLidCycle(row: InferInsertModel<typeof lidCycle>): Promise<void> {
    await this.#db.insert(lidCycle).values(row).onConflictDoUpdate({ target: lidCycle.cycle_id, set: row });
  }

  async listLidCycles(robotId: string, deliveryId: string | undefined, page: Page): Promise<readonly LidCycleRow[]> {
    return this.#db
      .select()
      .from(lidCycle)
      .where(
        and(
          eq(lidCycle.robot_id, robotId),
          deliveryId === undefined ? undefined : eq(lidCycle.delivery_id, deliveryId),
          beyond(lidCycle.began_at, lidCycle.cycle_id, page),
        ),
      )
      .orderBy(desc(lidCycle.began_at), desc(lidCycle.cycle_id))
      .limit(page.limit);
  }

  /** By the delivery's own word, which outranks whatever stands there. */
  async noteDelivery(row: InferInsertModel<typeof delivery>): Promise<void> {
    await this.#db
      .insert(delivery)
      .values(row)
      .onConflictDoUpdate({
        target: delivery.delivery_id,
        set: row,
        setWhere: ne(delivery.organization_id, row.organization_id),
      });
  }

  async findDelivery(deliveryId: string): Promise<InferSelectModel<typeof delivery> | null> {
    const [row] = await this.#db.select().from(delivery).where(eq(delivery.delivery_id, deliveryId));
    return row ?? null;
  }

  async addCustody(row: InferInsertModel<typeof custody>): Promise<void> {
    await this.#db.insert(custody).values(row);
  }

  /**
   * What the delivery's own organization's robots told, oldest first, in the order of each robot's own journal, with
   * whether the lid was open in each cycle.
   */
  async custodyOf(deliveryId: string): Promise<readonly (CustodyRow & { readonly hasOpening: boolean })[]> {
    const rows = await this.#db
      .select({ custody, openedAt: lidCycle.opened_at })
      .from(custody)
      .innerJoin(
        delivery,
        and(eq(delivery.delivery_id, custody.delivery_id), eq(delivery.organization_id, custody.organization_id)),
      )
      .leftJoin(lidCycle, and(eq(lidCycle.cycle_id, custody.cycle_id), eq(lidCycle.robot_id, custody.robot_id)))
      .where(eq(custody.delivery_id, deliveryId))
      .orderBy(asc(custody.event_time), asc(custody.epoch), asc(custody.seq));
    return rows.map((row) => ({ ...row.custody, hasOpening: row.openedAt !== null }));
  }
}

/** Older than where the page before ended. */
function beyond(time: PgColumn, id: PgColumn, { after }: Page): SQL | undefined {
  return after ? sql`(${time}, ${id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)` : undefined;
}
