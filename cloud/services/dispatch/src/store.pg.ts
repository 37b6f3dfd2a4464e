import { appended, type Appended, type Database, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { planEvent } from "@kerbside/proto/events/deliveries";
import { and, asc, eq, gt, inArray, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import type { EventOf } from "@kerbside/proto/base/event";
import type { Plan } from "./plan.ts";
import type { Robot } from "./robot.ts";
import { change, ended, plan as plans, robot as robots, solver } from "./tables.ts";

type Row = typeof plans.$inferSelect;

/** A plan as it was read, and the count of its writes until then. */
export interface Stored {
  readonly plan: Plan;
  readonly revision: number;
}

/** Everything that one solution is made of. */
export interface Picture {
  readonly plans: readonly Stored[];
  readonly robots: readonly Robot[];
}

export type PlanNews = EventOf<typeof planEvent>["body"];

/** A plan that the solver changes, and what others are told of it. */
export interface Change {
  readonly before: Stored;
  readonly after: Plan;
  readonly news: { readonly eventId: string; readonly body: PlanNews } | null;
}

/** News that were held up, by trouble that people had to look into, are at most this late. */
const endedKeptMs = 7 * 24 * 3_600_000;
/** How long a solver's hold lasts without being renewed; a dead one is replaced after it. */
const holdS = 15;

/** Plans and robots, as consumers write them within the event's transaction. */
export class PgPicture {
  readonly #tx: Transaction | Database;

  constructor(tx: Transaction | Database) {
    this.#tx = tx;
  }

  async find(deliveryId: string): Promise<Plan | null> {
    const [row] = await this.#tx.select().from(plans).where(eq(plans.delivery_id, deliveryId));
    return row ? toPlan(row) : null;
  }

  async lock(deliveryId: string): Promise<Plan | null> {
    const [row] = await this.#tx.select().from(plans).where(eq(plans.delivery_id, deliveryId)).for("update");
    return row ? toPlan(row) : null;
  }

  async save(plan: Plan): Promise<void> {
    const row = toRow(plan);
    await this.#tx
      .insert(plans)
      .values({ ...row, revision: 1 })
      .onConflictDoUpdate({ target: plans.delivery_id, set: { ...row, revision: sql`${plans.revision} + 1` } });
  }

  /** Ends it for good: what is told of it later, because it was held up, does not bring it back. */
  async drop(deliveryId: string, nowMs: number): Promise<void> {
    await this.#tx.delete(plans).where(eq(plans.delivery_id, deliveryId));
    await this.#tx
      .insert(ended)
      .values({ delivery_id: deliveryId, heard_at: toInstant(nowMs) })
      .onConflictDoNothing();
    await this.#tx.delete(ended).where(lt(ended.heard_at, toInstant(nowMs - endedKeptMs)));
  }

  async hasEnded(deliveryId: string): Promise<boolean> {
    const rows = await this.#tx.select().from(ended).where(eq(ended.delivery_id, deliveryId));
    return rows.length > 0;
  }

  /** Whether this can make a difference to a plan: not where a later word is known, nor where the robot was and is out. */
  async hearRobot(robot: Robot, seq: number): Promise<boolean> {
    const [before] = await this.#tx
      .select({ isAvailable: robots.is_available })
      .from(robots)
      .where(eq(robots.robot_id, robot.robotId))
      .for("update");
    const row = {
      robot_id: robot.robotId,
      organization_id: robot.organizationId,
      name: robot.name,
      market_id: robot.marketId,
      is_available: robot.isAvailable,
      reasons: robot.reasons,
      place: robot.place,
      battery_pct: robot.batteryPct,
      heard_seq: seq,
    };
    const written = await this.#tx
      .insert(robots)
      .values(row)
      .onConflictDoUpdate({ target: robots.robot_id, set: row, setWhere: lte(robots.heard_seq, seq) })
      .returning({ id: robots.robot_id });
    return written.length > 0 && (before === undefined || before.isAvailable || robot.isAvailable);
  }

  /** Noted twice it is locked again, so that the solver cannot take the note before what it stands for is committed. */
  async noteChange(subjectId: string): Promise<void> {
    const row = { subject_id: subjectId };
    await this.#tx.insert(change).values(row).onConflictDoUpdate({ target: change.subject_id, set: row });
  }

  /** All open deliveries, the longest waiting first, and all robots; of one organization or of all. */
  async read(organizationId: string | null = null): Promise<Picture> {
    const [planRows, robotRows] = await Promise.all([
      this.#tx
        .select()
        .from(plans)
        .where(organizationId === null ? undefined : eq(plans.organization_id, organizationId))
        .orderBy(asc(plans.waiting_since), asc(plans.delivery_id)),
      this.#tx
        .select()
        .from(robots)
        .where(organizationId === null ? undefined : eq(robots.organization_id, organizationId))
        .orderBy(asc(robots.robot_id)),
    ]);
    return {
      plans: planRows.map((row) => ({ plan: toPlan(row), revision: row.revision })),
      robots: robotRows.map(toRobot),
    };
  }

  async solvedAt(): Promise<string | null> {
    const [row] = await this.#tx.select({ at: solver.solved_at }).from(solver);
    return row?.at ?? null;
  }
}

/** What the one solver at a time needs. Its hold is a row, so that it survives poolers and needs no open transaction. */
export class PgSolverStore {
  readonly #db: Database;
  readonly #outbox: Outbox;
  readonly #holder: string;
  #hasRow = false;

  constructor({ db, outbox, holder }: { db: Database; outbox: Outbox; holder: string }) {
    this.#db = db;
    this.#outbox = outbox;
    this.#holder = holder;
  }

  /** True while this process is the one that solves. By the database's own clock, for processes may disagree. */
  async hold(): Promise<boolean> {
    const until = sql`now() + make_interval(secs => ${holdS})`;
    if (!this.#hasRow) await this.#db.insert(solver).values({ id: 1, held_until: sql`now()` }).onConflictDoNothing();
    this.#hasRow = true;
    const held = await this.#db
      .update(solver)
      .set({ holder: this.#holder, held_until: until })
      .where(or(isNull(solver.holder), eq(solver.holder, this.#holder), lte(solver.held_until, sql`now()`)))
      .returning({ id: solver.id });
    return held.length > 0;
  }

  async letGo(): Promise<void> {
    await this.#db.update(solver).set({ holder: null }).where(eq(solver.holder, this.#holder));
  }

  /** Whether anything changed since the last time; what is not committed yet will be there the next time. */
  async takeChanges(): Promise<boolean> {
    const taken = await this.#db.delete(change).returning({ id: change.subject_id });
    return taken.length > 0;
  }

  read(): Promise<Picture> {
    return new PgPicture(this.#db).read();
  }

  /**
   * Writes what was decided, each plan only where it is still as it was read and its robot still free, with the events
   * that say so. Nothing at all where another process has taken over. Answers what was written.
   */
  async commit(changes: readonly Change[], nowMs: number): Promise<readonly Change[]> {
    const at = toInstant(nowMs);
    return this.#db.transaction(async (tx) => {
      const held = await tx
        .update(solver)
        .set({ solved_at: at })
        .where(and(eq(solver.holder, this.#holder), gt(solver.held_until, sql`now()`)))
        .returning({ id: solver.id });
      if (held.length === 0) return [];
      const written: Change[] = [];
      for (const each of changes) if (await write(tx, each)) written.push(each);
      await this.#outbox.appendAll(
        tx,
        written.flatMap((each) => announcement(each, at)),
      );
      return written;
    });
  }
}

async function write(tx: Transaction, { before, after }: Change): Promise<boolean> {
  if (after.state === "assigned" && !(await isFree(tx, after))) return false;
  const written = await tx
    .update(plans)
    .set({ ...toRow(after), revision: before.revision + 1 })
    .where(and(eq(plans.delivery_id, after.deliveryId), eq(plans.revision, before.revision)))
    .returning({ id: plans.delivery_id });
  return written.length > 0;
}

async function isFree(tx: Transaction, { robotId, deliveryId }: Plan): Promise<boolean> {
  if (robotId === null) return false;
  const [available] = await tx
    .select({ id: robots.robot_id })
    .from(robots)
    .where(and(eq(robots.robot_id, robotId), robots.is_available))
    .for("update");
  const [taken] = await tx
    .select({ id: plans.delivery_id })
    .from(plans)
    .where(
      and(
        eq(plans.robot_id, robotId),
        ne(plans.delivery_id, deliveryId),
        inArray(plans.state, ["assigned", "carried"]),
      ),
    )
    .limit(1);
  return available !== undefined && taken === undefined;
}

function announcement({ after, news }: Change, at: string): readonly Appended[] {
  if (!news) return [];
  return [
    appended(planEvent, {
      event_id: news.eventId,
      subject_id: after.deliveryId,
      organization_id: after.organizationId,
      event_time: at,
      actor: { kind: "service", id: "dispatch" },
      body: news.body,
    }),
  ];
}

function toPlan(row: Row): Plan {
  const ms = (instant: string | null): number | null => (instant === null ? null : fromInstant(instant));
  return {
    deliveryId: row.delivery_id,
    organizationId: row.organization_id,
    externalId: row.external_id,
    version: row.version,
    deliveryState: row.delivery_state,
    isOnHold: row.is_on_hold,
    pickup: row.pickup,
    dropoff: row.dropoff,
    pickupReadyMs: fromInstant(row.pickup_ready_at),
    state: row.state,
    stateSinceMs: fromInstant(row.state_since),
    waitingSinceMs: fromInstant(row.waiting_since),
    robotId: row.robot_id,
    robotName: row.robot_name,
    etas: {
      pickupMs: ms(row.eta_pickup_at),
      dropoffP50Ms: ms(row.eta_dropoff_p50_at),
      dropoffP90Ms: ms(row.eta_dropoff_p90_at),
    },
    reason: row.reason,
    avoided: row.avoided,
    assignedBy: row.assigned_by,
    errand: row.errand,
  };
}

function toRow(plan: Plan): Omit<typeof plans.$inferInsert, "revision"> {
  const instant = (ms: number | null): string | null => (ms === null ? null : toInstant(ms));
  return {
    delivery_id: plan.deliveryId,
    organization_id: plan.organizationId,
    external_id: plan.externalId,
    version: plan.version,
    delivery_state: plan.deliveryState,
    is_on_hold: plan.isOnHold,
    pickup: plan.pickup,
    dropoff: plan.dropoff,
    pickup_ready_at: toInstant(plan.pickupReadyMs),
    state: plan.state,
    state_since: toInstant(plan.stateSinceMs),
    waiting_since: toInstant(plan.waitingSinceMs),
    robot_id: plan.robotId,
    robot_name: plan.robotName,
    eta_pickup_at: instant(plan.etas.pickupMs),
    eta_dropoff_p50_at: instant(plan.etas.dropoffP50Ms),
    eta_dropoff_p90_at: instant(plan.etas.dropoffP90Ms),
    reason: plan.reason,
    avoided: plan.avoided,
    assigned_by: plan.assignedBy,
    errand: plan.errand,
  };
}

function toRobot(row: typeof robots.$inferSelect): Robot {
  return {
    robotId: row.robot_id,
    organizationId: row.organization_id,
    name: row.name,
    marketId: row.market_id,
    isAvailable: row.is_available,
    reasons: row.reasons,
    place: row.place,
    batteryPct: row.battery_pct,
  };
}
