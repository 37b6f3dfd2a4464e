import type { Database } from "@kerbside/cloud-kit/service";
import type { PageEnd } from "@kerbside/proto/base/cursor";
import { and, desc, eq, sql } from "drizzle-orm";
import { quarantine } from "../tables.ts";

export type QuarantineRow = Omit<typeof quarantine.$inferSelect, "raw" | "robotId">;

/** Newest first, without the bytes. */
export async function readQuarantine(
  db: Database,
  { robotId, end, max }: { readonly robotId: string; readonly end: PageEnd | null; readonly max: number },
): Promise<readonly QuarantineRow[]> {
  const { quarantineId, stream, epoch, seq, reason, bytes, times, firstAt, lastAt } = quarantine;
  return db
    .select({ quarantineId, stream, epoch, seq, reason, bytes, times, firstAt, lastAt })
    .from(quarantine)
    .where(
      and(
        eq(quarantine.robotId, robotId),
        end ? sql`(${firstAt}, ${quarantineId}) < (${end.createdAt}::timestamptz, ${end.id}::uuid)` : undefined,
      ),
    )
    .orderBy(desc(firstAt), desc(quarantineId))
    .limit(max);
}

export function quarantineView(row: QuarantineRow) {
  return {
    quarantine_id: row.quarantineId,
    stream: row.stream,
    epoch: row.epoch,
    seq: row.seq,
    reason: row.reason,
    bytes: row.bytes,
    times: row.times,
    first_at: row.firstAt,
    last_at: row.lastAt,
  };
}
