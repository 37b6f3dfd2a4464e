import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import { quarantineLimits } from "./ingest/quarantine.ts";
import { forgetTombstones } from "./mirror/mirror.pg.ts";

const dayMs = 86_400_000;
/** Facts, commands and links are kept: they are the record. These would only grow. */
const keptDays = { heartbeats: 30, tombstones: 8 } as const;
const everyMs = 600_000;
const rowsMax = 5_000;

export interface RetentionPorts {
  readonly db: Database;
  readonly clock: Clock;
  readonly onProblem: (problem: unknown) => void;
}

export async function runRetention({ db, clock, onProblem }: RetentionPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await forgetOld(db, clock.now()).catch(onProblem);
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

/** In bites that no transaction has to wait for. */
export async function forgetOld(db: Database, nowMs: number): Promise<void> {
  const heartbeatsBefore = toInstant(nowMs - keptDays.heartbeats * dayMs);
  const tombstonesBefore = toInstant(nowMs - keptDays.tombstones * dayMs);
  await untilDone(() => forgetHeartbeats(db, heartbeatsBefore));
  await untilDone(() => forgetTombstones(db, tombstonesBefore, rowsMax));
  await untilDone(() => forgetQuarantine(db));
}

async function untilDone(bite: () => Promise<number>): Promise<void> {
  for (let bites = 0; bites < 1_000; bites += 1) if ((await bite()) < rowsMax) return;
}

/** By the robot's clock; one that lives in the future keeps its heartbeats longer. */
async function forgetHeartbeats(db: Database, beforeInstant: string): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from heartbeats h using (
      select h.ctid from robot r
      cross join lateral (
        select ctid from heartbeats where robot_id = r.robot_id and from_time < ${beforeInstant}::timestamptz
        limit ${rowsMax}
      ) h limit ${rowsMax}
    ) old where h.ctid = old.ctid`);
  return rowCount ?? 0;
}

/** Of each robot the newest stay. */
async function forgetQuarantine(db: Database): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from quarantine where quarantine_id in (
      select quarantine_id from (
        select quarantine_id, row_number() over (partition by robot_id order by first_at desc, quarantine_id desc) as place
        from quarantine
      ) q where place > ${quarantineLimits.rowsPerRobot} limit ${rowsMax})`);
  return rowCount ?? 0;
}
