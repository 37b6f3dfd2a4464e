import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { MirrorKind, MirrorRow } from "@kerbside/proto/robot/mirror";
import { sql } from "drizzle-orm";

export interface NewRow extends Pick<MirrorRow, "robot_id" | "kind" | "id"> {
  readonly body: string;
}

/**
 * Says something to a robot. Versions only grow. What was once withdrawn stays withdrawn: of a mission, a grant or a
 * command the tombstone is the last word, whichever event comes last.
 */
export async function putRows(tx: Transaction, rows: readonly NewRow[], nowInstant: string): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into mirror as m (robot_id, kind, id, version, body, changed_at)
    select r.robot_id, r.kind, r.id, 1, r.body, ${nowInstant}::timestamptz
    from jsonb_populate_recordset(null::mirror, ${JSON.stringify(rows)}::jsonb) r
    order by r.kind, r.id
    on conflict (robot_id, kind, id) do update
    set version = m.version + 1, body = excluded.body, changed_at = excluded.changed_at
    where m.body is distinct from excluded.body and (m.body is not null or m.kind in ('config', 'flag'))`);
}

/** Takes back what was said, or says beforehand that it will not hold. */
export async function buryRows(
  tx: Transaction,
  rows: readonly Pick<MirrorRow, "robot_id" | "kind" | "id">[],
  nowInstant: string,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into mirror as m (robot_id, kind, id, version, body, changed_at)
    select r.robot_id, r.kind, r.id, 1, null, ${nowInstant}::timestamptz
    from jsonb_populate_recordset(null::mirror, ${JSON.stringify(rows)}::jsonb) r
    order by r.kind, r.id
    on conflict (robot_id, kind, id) do update
    set version = m.version + 1, body = null, changed_at = excluded.changed_at
    where m.body is not null`);
}

/** Takes back everything of some kinds that a robot was told. */
export async function buryKinds(
  tx: Transaction,
  { robotId, kinds }: { readonly robotId: string; readonly kinds: readonly MirrorKind[] },
  nowInstant: string,
): Promise<void> {
  await tx.execute(sql`
    update mirror set version = version + 1, body = null, changed_at = ${nowInstant}::timestamptz
    where robot_id = ${robotId} and kind = any(${sql.param(kinds)}::text[]) and body is not null`);
}

/** Missions that a robot says are over have nothing more to tell it. */
export async function buryEndedMissions(
  tx: Transaction,
  ended: readonly { readonly robotId: string; readonly missionId: string }[],
  nowInstant: string,
): Promise<void> {
  if (ended.length === 0) return;
  await tx.execute(sql`
    update mirror m set version = m.version + 1, body = null, changed_at = ${nowInstant}::timestamptz
    from unnest(
      ${sql.param(ended.map(({ robotId }) => robotId))}::uuid[],
      ${sql.param(ended.map(({ missionId }) => missionId))}::text[]
    ) e (robot_id, id)
    where m.robot_id = e.robot_id and m.kind = 'mission' and m.id = e.id and m.body is not null`);
}

/** The rows of one kind that hold, locked. */
export async function lockRows(
  tx: Transaction,
  robotId: string,
  kind: MirrorKind,
): Promise<readonly { readonly id: string; readonly body: string }[]> {
  const { rows } = await tx.execute<{ id: string; body: string }>(sql`
    select id, body from mirror where robot_id = ${robotId} and kind = ${kind} and body is not null
    order by id for update`);
  return rows;
}

/** Robots remember what they executed for 7 days, so a tombstone that is older is needed by nobody. */
export async function forgetTombstones(db: Database, beforeInstant: string, rowsMax: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from mirror where (robot_id, kind, id) in (
      select robot_id, kind, id from mirror where body is null and changed_at < ${beforeInstant}::timestamptz
      order by changed_at limit ${rowsMax} for update skip locked)`);
  return rowCount ?? 0;
}
