import type { Database } from "@kerbside/cloud-kit/service";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { heartbeatLimits } from "@kerbside/proto/heartbeat/codec";
import { and, asc, eq, gte, lt } from "drizzle-orm";
import { heartbeats } from "../tables.ts";

/** A batch begins at most this long before its last sample, at one a second. */
const batchSpanMaxMs = heartbeatLimits.samplesMax * 1_000;

/** The packed batches that reach into a span of time. */
export async function readHeartbeats(
  db: Database,
  { robotId, after, before }: { readonly robotId: string; readonly after: string; readonly before: string },
): Promise<readonly Uint8Array[]> {
  const earliest = toInstant(Math.max(0, fromInstant(after) - batchSpanMaxMs));
  const rows = await db
    .select({ data: heartbeats.data })
    .from(heartbeats)
    .where(
      and(
        eq(heartbeats.robotId, robotId),
        gte(heartbeats.fromTime, earliest),
        lt(heartbeats.fromTime, before),
        gte(heartbeats.toTime, after),
      ),
    )
    .orderBy(asc(heartbeats.fromTime));
  return rows.map(({ data }) => data);
}
