import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import { sql } from "drizzle-orm";
import type { Latest } from "./latest.ts";

export async function readLatest(db: Database | Transaction, robotIds: readonly string[]): Promise<readonly Latest[]> {
  if (robotIds.length === 0) return [];
  const { rows } = await db.execute<Row>(sql`
    select * from latest where robot_id = any(${sql.param(robotIds)}::uuid[])`);
  return rows.map(toLatest);
}

/** Rows that stay as they are until the transaction ends. Always in the same order. */
export async function lockLatest(tx: Transaction, robotIds: readonly string[]): Promise<readonly Latest[]> {
  if (robotIds.length === 0) return [];
  const { rows } = await tx.execute<Row>(sql`
    select * from latest where robot_id = any(${sql.param(robotIds)}::uuid[]) order by robot_id for update`);
  return rows.map(toLatest);
}

export async function addLatest(tx: Transaction, row: Latest): Promise<void> {
  await tx.execute(sql`
    insert into latest select * from jsonb_populate_record(null::latest, ${JSON.stringify(row)}::jsonb)
    on conflict (robot_id) do update set name = excluded.name, organization_id = excluded.organization_id`);
}

/** Everything that facts, links and the ends of attempts may change; the rows are locked. */
export async function saveLatest(tx: Transaction, rows: readonly Latest[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    update latest l set
      connectivity = u.connectivity, connectivity_since = u.connectivity_since, mission_id = u.mission_id,
      delivery_id = u.delivery_id, stop = u.stop, at_stop = u.at_stop, lid = u.lid, lid_flags = u.lid_flags,
      operational_state = u.operational_state, control_mode = u.control_mode, motion_safety = u.motion_safety,
      facts_at = u.facts_at, done_delivery_id = u.done_delivery_id
    from jsonb_populate_recordset(null::latest, ${JSON.stringify(rows)}::jsonb) u
    where l.robot_id = u.robot_id`);
}

/**
 * What heartbeats measured, many robots in one statement. A row that a fact or another worker has changed since it was
 * read, or is changing now, is left as it is; the robot's next heartbeat finds it again. So this waits for nobody.
 */
export async function saveMeasured(
  tx: Transaction,
  changes: readonly { readonly before: Latest; readonly after: Latest }[],
): Promise<void> {
  if (changes.length === 0) return;
  const column = <T>(read: (row: Latest) => T) => sql.param(changes.map(({ after }) => read(after)));
  const before = <T>(read: (row: Latest) => T) => sql.param(changes.map((change) => read(change.before)));
  await tx.execute(sql`
    with free as (
      select robot_id from latest where robot_id = any(${column((row) => row.robot_id)}::uuid[])
      for no key update skip locked
    )
    update latest l set
      at = u.at, interval_ms = u.interval_ms, lat = u.lat, lng = u.lng, speed_mps = u.speed_mps,
      heading_deg = u.heading_deg, battery_pct = u.battery_pct, lid = u.lid, lid_flags = u.lid_flags::text[],
      operational_state = u.operational_state, control_mode = u.control_mode, motion_safety = u.motion_safety
    from unnest(
      ${column((row) => row.robot_id)}::uuid[], ${column((row) => row.at)}::int8[],
      ${column((row) => row.interval_ms)}::int4[], ${column((row) => row.lat)}::float8[],
      ${column((row) => row.lng)}::float8[], ${column((row) => row.speed_mps)}::float4[],
      ${column((row) => row.heading_deg)}::float4[], ${column((row) => row.battery_pct)}::float4[],
      ${column((row) => row.lid)}::text[], ${column((row) => `{${row.lid_flags.join(",")}}`)}::text[],
      ${column((row) => row.operational_state)}::text[], ${column((row) => row.control_mode)}::text[],
      ${column((row) => row.motion_safety)}::text[], ${before((row) => row.at)}::int8[],
      ${before((row) => row.facts_at)}::int8[]
    ) u (robot_id, at, interval_ms, lat, lng, speed_mps, heading_deg, battery_pct, lid, lid_flags, operational_state,
      control_mode, motion_safety, at_before, facts_at_before)
    join free using (robot_id)
    where l.robot_id = u.robot_id and l.at is not distinct from u.at_before
      and l.facts_at is not distinct from u.facts_at_before`);
}

interface Row extends Record<string, unknown>, Omit<Latest, "connectivity_since" | "at" | "facts_at"> {
  readonly connectivity_since: string;
  readonly at: string | null;
  readonly facts_at: string | null;
}

/** The driver gives int8 as text. */
function toLatest(row: Row): Latest {
  return {
    ...row,
    connectivity_since: Number(row.connectivity_since),
    at: row.at === null ? null : Number(row.at),
    facts_at: row.facts_at === null ? null : Number(row.facts_at),
  };
}
