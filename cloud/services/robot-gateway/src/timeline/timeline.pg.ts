import type { Database } from "@kerbside/cloud-kit/service";
import { Actor } from "@kerbside/proto/base/actor";
import type { PageEnd } from "@kerbside/proto/base/cursor";
import type { TimelineEntry } from "@kerbside/proto/routes/robot-gateway";
import { and, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import * as z from "zod";
import { journal } from "../tables.ts";
import { fromPageEnd } from "./position.ts";

const Body = z.record(z.string(), z.unknown());

export interface TimelineQuery {
  readonly robotId: string;
  /** Empty for all. */
  readonly types: readonly string[];
  readonly after: string | undefined;
  readonly before: string | undefined;
  readonly end: PageEnd | null;
  readonly max: number;
}

/** Newest first. */
export async function readTimeline(db: Database, query: TimelineQuery): Promise<readonly TimelineEntry[]> {
  const { robotId, types, after, before, end, max } = query;
  const rows = await db
    .select()
    .from(journal)
    .where(
      and(
        eq(journal.robotId, robotId),
        types.length > 0 ? inArray(journal.type, [...types]) : undefined,
        after === undefined ? undefined : gte(journal.eventTime, after),
        before === undefined ? undefined : lt(journal.eventTime, before),
        end ? beyond(end) : undefined,
      ),
    )
    .orderBy(desc(journal.eventTime), desc(journal.epoch), desc(journal.stream), desc(journal.seq))
    .limit(max);
  return rows.map((row) => ({
    stream: row.stream,
    epoch: row.epoch,
    seq: row.seq,
    type: row.type,
    event_time: row.eventTime,
    recorded_time: row.recordedTime,
    actor: Actor.parse(row.actor),
    body: Body.parse(row.body),
  }));
}

function beyond(end: PageEnd) {
  const { eventTime, epoch, stream, seq } = fromPageEnd(end);
  return sql`(${journal.eventTime}, ${journal.epoch}, ${journal.stream}, ${journal.seq})
    < (${eventTime}::timestamptz, ${epoch}::int8, ${stream}::text, ${seq}::int8)`;
}
