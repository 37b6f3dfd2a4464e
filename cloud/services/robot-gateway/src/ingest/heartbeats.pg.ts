import type { Transaction } from "@kerbside/cloud-kit/service";
import type { HeartbeatEntry } from "@kerbside/proto/robot/uplink";
import { sql } from "drizzle-orm";
import { robotInstant } from "./announce.ts";

export interface PlacedHeartbeats {
  readonly robotId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly entry: HeartbeatEntry;
}

/** One row a batch, all of a group in one statement. Drizzle's own insert would cost more than the batch is worth. */
export async function keepHeartbeats(tx: Transaction, placed: readonly PlacedHeartbeats[]): Promise<void> {
  if (placed.length === 0) return;
  const column = <T>(read: (row: PlacedHeartbeats) => T) => sql.param(placed.map(read));
  await tx.execute(sql`
    insert into heartbeats (robot_id, from_time, to_time, epoch, seq, samples, data)
    select * from unnest(
      ${column((row) => row.robotId)}::uuid[], ${column((row) => robotInstant(row.entry.from_time))}::timestamptz[],
      ${column((row) => robotInstant(row.entry.to_time))}::timestamptz[], ${column((row) => row.epoch)}::int8[],
      ${column((row) => row.seq)}::int8[], ${column((row) => row.entry.samples)}::int4[],
      ${column((row) => row.entry.data)}::bytea[]
    )`);
}
