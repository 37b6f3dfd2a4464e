import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import type { RunningService } from "./run.pg.ts";

const intervalMs = 10 * 60_000;
const publishedLifeMs = 3 * 24 * 3_600_000;
const consumedLifeMs = 7 * 24 * 3_600_000;
const rowsMax = 20_000;

/** Forgets what nobody asks for any more: relayed events after 3 days, consumed ones after 7, idempotency keys after 1. */
export async function tidy({ db, idempotency }: RunningService, clock: Clock): Promise<void> {
  await idempotency.trim();
  const published = toInstant(clock.now() - publishedLifeMs);
  await db.execute(sql`
    delete from outbox where cloud_seq in (
      select cloud_seq from outbox where published_at < ${published} order by published_at limit ${rowsMax})`);
  const consumed = toInstant(clock.now() - consumedLifeMs);
  await db.execute(sql`
    delete from inbox where inbox_seq in (
      select inbox_seq from inbox where state = 'done' and ended_at < ${consumed} order by ended_at limit ${rowsMax})`);
}

/** Tidies every ten minutes until aborted. */
export async function keepTidy(services: readonly RunningService[], clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => undefined);
    for (const running of services) {
      if (signal.aborted) return;
      await tidy(running, clock).catch((error: unknown) => running.log.warn({ err: error }, "tidying up failed"));
    }
  }
}
