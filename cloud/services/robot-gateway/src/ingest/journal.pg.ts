import type { Transaction } from "@kerbside/cloud-kit/service";
import type { GapRecord } from "@kerbside/proto/robot/uplink";
import { sql } from "drizzle-orm";
import { type PlacedFact, robotInstant } from "./announce.ts";

/** A gap record in its place: it covers `seq` to `toSeq`. */
export interface PlacedGap extends Omit<PlacedFact, "entry"> {
  readonly toSeq: number;
  readonly entry: GapRecord;
}

/** Facts and holes, as they came up. The cursor's lock is what keeps them from being written twice. */
export async function keepJournal(
  tx: Transaction,
  placed: readonly (PlacedFact | PlacedGap)[],
  nowInstant: string,
): Promise<void> {
  if (placed.length === 0) return;
  const column = <T>(read: (row: PlacedFact | PlacedGap) => T) => sql.param(placed.map(read));
  await tx.execute(sql`
    insert into journal (robot_id, stream, epoch, seq, type, event_time, recorded_time, actor, body)
    select u.robot_id, u.stream, u.epoch, u.seq, u.type, u.event_time, ${nowInstant}::timestamptz, u.actor, u.body
    from unnest(
      ${column((row) => row.robotId)}::uuid[], ${column((row) => row.stream)}::text[],
      ${column((row) => row.epoch)}::int8[], ${column((row) => row.seq)}::int8[],
      ${column((row) => row.entry.type)}::text[], ${column((row) => robotInstant(row.entry.event_time))}::timestamptz[],
      ${column((row) => JSON.stringify(actorOf(row)))}::jsonb[], ${column((row) => JSON.stringify(bodyOf(row)))}::jsonb[]
    ) u (robot_id, stream, epoch, seq, type, event_time, actor, body)`);
}

function actorOf({ entry, robotId }: PlacedFact | PlacedGap) {
  return entry.type === "gap" ? { kind: "robot", id: robotId } : entry.actor;
}

function bodyOf(row: PlacedFact | PlacedGap) {
  if (!("toSeq" in row)) return row.entry.body;
  const { from_seq, to_seq, reason, signature } = row.entry;
  return { from_seq, to_seq, reason, signature };
}
