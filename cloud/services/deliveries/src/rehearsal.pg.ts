import type { Background, Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { and, asc, eq, isNull, lte } from "drizzle-orm";
import { wayBy } from "./progress.ts";
import type { Recorder } from "./record.pg.ts";
import { nextRehearsed, rehearsalStepMs } from "./rehearsal.ts";
import { lockDelivery } from "./rows.pg.ts";
import { delivery as deliveries } from "./tables.ts";
import { ourselves } from "./views.ts";

export interface RehearsalParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly recorder: Recorder;
}

const lookEveryMs = 2_000;
const batchMax = 500;

/** Moves what test keys ordered along, without a robot. */
export class Rehearsal {
  readonly #parts: RehearsalParts;

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
  }

  background(): Background {
    return {
      name: "rehearsal",
      run: async (signal) => {
        while (!signal.aborted) {
          await this.stepAll();
          await this.#parts.clock.sleep(lookEveryMs, signal).catch(() => undefined);
        }
      },
    };
  }

  /** One step for each that has stood long enough. One that cannot take its step is told of, and holds up no other. */
  async stepAll(): Promise<void> {
    const { db } = this.#parts;
    const problems: unknown[] = [];
    const due = await db
      .select({ delivery_id: deliveries.delivery_id })
      .from(deliveries)
      .where(
        and(eq(deliveries.live, false), isNull(deliveries.ended_at), lte(deliveries.state_since, this.#dueSince())),
      )
      .orderBy(asc(deliveries.state_since))
      .limit(batchMax);
    for (const { delivery_id } of due) {
      await db.transaction((tx) => this.#step(tx, delivery_id)).catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new AggregateError(problems, `${problems.length} test deliveries took no step`);
  }

  async #step(tx: Transaction, deliveryId: string): Promise<void> {
    const { recorder } = this.#parts;
    const row = await lockDelivery(tx, deliveryId);
    if (!row || fromInstant(row.state_since) > fromInstant(this.#dueSince())) return;
    const next = nextRehearsed(row);
    const steps = (next && wayBy(row.state, next.event, new Set())) ?? [];
    const explained = steps.map((step) => ({ ...step, reason: next?.reason ?? null }));
    await recorder.take(tx, row, explained, { actor: ourselves, eventTime: recorder.now(), causationId: null });
  }

  #dueSince(): string {
    return toInstant(this.#parts.clock.now() - rehearsalStepMs);
  }
}
