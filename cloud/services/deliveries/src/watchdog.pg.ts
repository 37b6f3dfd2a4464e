import type { Background, Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { and, asc, eq, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";
import { hasEnded } from "./delivery.ts";
import type { Happenings } from "./happenings.ts";
import { type Condition, isLeftByUselessRobot, type WatchLimits, whatIsStuck, whyUseless } from "./incident.ts";
import type { Incidents } from "./incidents.pg.ts";
import { wayBy } from "./progress.ts";
import type { Recorder } from "./record.pg.ts";
import { lockDelivery } from "./rows.pg.ts";
import { type Delivery, delivery as deliveries, incident, quote, robotCondition } from "./tables.ts";
import { ourselves } from "./views.ts";

export interface WatchdogParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly incidents: Incidents;
  readonly happenings: Happenings;
  readonly limits: WatchLimits;
  readonly everyMs: number;
  readonly boardMs: number;
}

/** Deliveries looked at in one transaction, and rows swept in one statement. */
const batchMax = 500;

/** Looks at every open delivery now and then: takes useless robots off, and calls people where nothing moves. */
export class Watchdog {
  readonly #parts: WatchdogParts;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  background(): Background {
    return {
      name: "watchdog",
      run: async (signal) => {
        while (!signal.aborted) {
          await this.look(signal);
          await this.#parts.clock.sleep(this.#parts.everyMs, signal).catch(() => undefined);
        }
      },
    };
  }

  /** One round. A delivery that cannot be looked at is told of at the end, and hides none of the others. */
  async look(signal: AbortSignal): Promise<void> {
    const { db, happenings } = this.#parts;
    const problems: unknown[] = [];
    for (let after = ""; ; ) {
      const open = await this.#openAfter(after);
      for (const { delivery_id } of open) {
        if (signal.aborted) return;
        await db.transaction((tx) => this.#lookAt(tx, delivery_id)).catch((error: unknown) => problems.push(error));
      }
      const last = open.at(-1);
      if (!last || open.length < batchMax) break;
      after = last.delivery_id;
    }
    if (problems.length > 0) throw new AggregateError(problems, `${problems.length} deliveries could not be looked at`);
    await this.#expireQuotes();
    await this.#leaveBoard();
    const count = await db.$count(incident, isNull(incident.closed_at));
    happenings.incidentsOpen(count);
  }

  #openAfter(deliveryId: string): Promise<readonly { readonly delivery_id: string }[]> {
    const isOpen = and(isNull(deliveries.ended_at), eq(deliveries.live, true));
    return this.#parts.db
      .select({ delivery_id: deliveries.delivery_id })
      .from(deliveries)
      .where(deliveryId === "" ? isOpen : and(isOpen, sql`${deliveries.delivery_id} > ${deliveryId}`))
      .orderBy(asc(deliveries.delivery_id))
      .limit(batchMax);
  }

  async #lookAt(tx: Transaction, deliveryId: string): Promise<void> {
    const { clock, limits, recorder, incidents } = this.#parts;
    const row = await lockDelivery(tx, deliveryId);
    if (!row || hasEnded(row)) return;
    const useless =
      isLeftByUselessRobot.has(row.state) && !row.cancel_requested ? await this.#whyUseless(tx, row) : null;
    if (useless) {
      const steps = (wayBy(row.state, "unassigned", new Set()) ?? []).map((step) => ({ ...step, reason: useless }));
      await recorder.take(tx, row, steps, { actor: ourselves, eventTime: recorder.now(), causationId: null });
      return;
    }
    const stuck = whatIsStuck(watched(row), clock.now(), limits);
    if (stuck) await incidents.open(tx, row, stuck);
  }

  async #whyUseless(tx: Transaction, { robot_id }: Delivery): Promise<string | null> {
    if (robot_id === null) return null;
    const [row] = await tx.select().from(robotCondition).where(eq(robotCondition.robot_id, robot_id));
    if (!row) return null;
    const condition: Condition = {
      connectivity: row.connectivity,
      connectivitySinceMs: toMs(row.connectivity_since),
      motionSafety: row.motion_safety,
      motionSafetySinceMs: toMs(row.motion_safety_since),
      service: row.service,
      operationalState: row.operational_state,
      operationalStateSinceMs: toMs(row.operational_state_since),
      isRevoked: row.revoked_at !== null,
      isSuspected: row.suspected_at !== null,
    };
    return whyUseless(condition, this.#parts.clock.now(), this.#parts.limits);
  }

  async #expireQuotes(): Promise<void> {
    const { db, recorder, happenings } = this.#parts;
    const over = db
      .select({ id: quote.quote_id })
      .from(quote)
      .where(and(eq(quote.state, "offered"), lt(quote.expires_at, recorder.now())))
      .limit(batchMax);
    const expired = await db
      .update(quote)
      .set({ state: "expired" })
      .where(and(inArray(quote.quote_id, over), eq(quote.state, "offered")))
      .returning({ id: quote.quote_id });
    if (expired.length > 0) happenings.quotesExpired(expired.length);
  }

  async #leaveBoard(): Promise<void> {
    const { db, clock, boardMs } = this.#parts;
    const before = toInstant(clock.now() - boardMs);
    const old = db
      .select({ id: deliveries.delivery_id })
      .from(deliveries)
      .where(and(isNotNull(deliveries.ended_at), isNull(deliveries.left_board_at), lt(deliveries.ended_at, before)))
      .limit(batchMax);
    await db
      .update(deliveries)
      .set({ left_board_at: toInstant(clock.now()) })
      .where(inArray(deliveries.delivery_id, old));
  }
}

function watched(row: Delivery): Parameters<typeof whatIsStuck>[0] {
  return {
    state: row.state,
    progressAtMs: fromInstant(row.progress_at),
    cancelRequestedAtMs: row.cancel_requested ? toMs(row.cancel_requested_at) : null,
    dueAtMs: toMs(row.due_at),
  };
}

function toMs(at: string | null): number | null {
  return at === null ? null : fromInstant(at);
}
