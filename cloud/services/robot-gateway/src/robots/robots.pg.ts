import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import { sql } from "drizzle-orm";

/** A robot as orders see it. */
export interface KnownRobot {
  readonly robotId: string;
  readonly organizationId: string;
  readonly name: string;
  /** The epoch of its P0 journal; null before it sent anything. */
  readonly epoch: number | null;
  readonly isSuspected: boolean;
  /** Its history is still there to be read. */
  readonly isRevoked: boolean;
}

export interface Enrolment {
  readonly robotId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly publicKey: string;
  readonly enrolledAt: string;
}

/** Null for a robot that was never enrolled. */
export async function findRobot(db: Database | Transaction, robotId: string): Promise<KnownRobot | null> {
  const { rows } = await db.execute<{
    organization_id: string;
    name: string;
    epoch: string | null;
    is_suspected: boolean;
    is_revoked: boolean;
  }>(sql`
    select r.organization_id, r.name, nullif(c.epoch, 0) as epoch, r.suspected_at is not null as is_suspected,
      r.revoked_at is not null as is_revoked
    from robot r left join uplink_cursor c on c.robot_id = r.robot_id and c.stream = 'p0'
    where r.robot_id = ${robotId}`);
  const [row] = rows;
  if (!row) return null;
  return {
    robotId,
    organizationId: row.organization_id,
    name: row.name,
    epoch: row.epoch === null ? null : Number(row.epoch),
    isSuspected: row.is_suspected,
    isRevoked: row.is_revoked,
  };
}

/** A robot that is enrolled anew has a new key and a clean slate. */
export async function keepRobot(tx: Transaction, robot: Enrolment): Promise<void> {
  await tx.execute(sql`
    insert into robot as r (robot_id, organization_id, name, public_key, enrolled_at)
    values (${robot.robotId}, ${robot.organizationId}, ${robot.name}, ${robot.publicKey}, ${robot.enrolledAt})
    on conflict (robot_id) do update set
      organization_id = excluded.organization_id, name = excluded.name, public_key = excluded.public_key,
      enrolled_at = excluded.enrolled_at, revoked_at = null, suspected_at = null, suspicion = null
    where r.enrolled_at <= excluded.enrolled_at`);
}

export async function revokeRobot(tx: Transaction, robotId: string, atInstant: string): Promise<void> {
  await tx.execute(sql`
    update robot set revoked_at = ${atInstant}
    where robot_id = ${robotId} and revoked_at is null and enrolled_at <= ${atInstant}::timestamptz`);
}

/** Answers those that were not suspected before. */
export async function suspectRobots(
  tx: Transaction,
  suspects: readonly { readonly robotId: string; readonly suspicion: string }[],
  atInstant: string,
): Promise<readonly string[]> {
  if (suspects.length === 0) return [];
  const { rows } = await tx.execute<{ robot_id: string }>(sql`
    update robot r set suspected_at = ${atInstant}, suspicion = u.suspicion
    from unnest(
      ${sql.param(suspects.map(({ robotId }) => robotId))}::uuid[],
      ${sql.param(suspects.map(({ suspicion }) => suspicion))}::text[]
    ) u (robot_id, suspicion)
    where r.robot_id = u.robot_id and r.suspected_at is null
    returning r.robot_id`);
  return rows.map(({ robot_id }) => robot_id);
}
