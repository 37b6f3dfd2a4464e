import type { Transaction } from "@kerbside/cloud-kit/service";
import { sql } from "drizzle-orm";
import { type Poison, quarantineId, quarantineLimits } from "./quarantine.ts";

/** Sets poison aside; what is there already counts up. */
export async function setAside(tx: Transaction, poisons: readonly Poison[], nowInstant: string): Promise<void> {
  if (poisons.length === 0) return;
  const counted = Map.groupBy(poisons, quarantineId);
  const rows = [...counted].flatMap(([id, [poison, ...more]]) =>
    poison ? [{ id, ...poison, times: 1 + more.length }] : [],
  );
  const column = <T>(read: (row: (typeof rows)[number]) => T) => sql.param(rows.map(read));
  await tx.execute(sql`
    insert into quarantine as q
      (quarantine_id, robot_id, stream, epoch, seq, reason, bytes, raw, times, first_at, last_at)
    select u.*, ${nowInstant}::timestamptz, ${nowInstant}::timestamptz
    from unnest(
      ${column((row) => row.id)}::uuid[], ${column((row) => row.robotId)}::uuid[], ${column((row) => row.stream)}::text[],
      ${column((row) => row.epoch)}::int8[], ${column((row) => row.seq)}::int8[],
      ${column((row) => row.reason.replaceAll("\0", "").slice(0, 500).toWellFormed())}::text[],
      ${column((row) => row.raw.length)}::int4[],
      ${column((row) => Buffer.from(row.raw.subarray(0, quarantineLimits.keptBytes)))}::bytea[],
      ${column((row) => row.times)}::int4[]
    ) u
    on conflict (quarantine_id) do update set times = q.times + excluded.times, last_at = excluded.last_at`);
}
