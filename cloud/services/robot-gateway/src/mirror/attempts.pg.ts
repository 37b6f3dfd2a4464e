import type { Transaction } from "@kerbside/cloud-kit/service";
import { sql } from "drizzle-orm";

export interface AttemptGrants {
  readonly attemptId: string;
  readonly robotId: string;
  readonly deliveryId: string;
  readonly grantIds: readonly string[];
}

/** False when the attempt is known to be over, or was begun before: then it gives nothing. */
export async function beginAttempt(tx: Transaction, attempt: AttemptGrants, nowInstant: string): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`
    insert into attempt (attempt_id, robot_id, delivery_id, grant_ids, changed_at)
    values (${attempt.attemptId}, ${attempt.robotId}, ${attempt.deliveryId}, ${sql.param(attempt.grantIds)}::uuid[],
      ${nowInstant})
    on conflict do nothing`);
  return (rowCount ?? 0) > 0;
}

/** Answers every grant that it had given. */
export async function endAttempt(
  tx: Transaction,
  attempt: AttemptGrants,
  nowInstant: string,
): Promise<readonly string[]> {
  const { rows } = await tx.execute<{ grant_ids: string[] }>(sql`
    insert into attempt as a (attempt_id, robot_id, delivery_id, grant_ids, changed_at, ended_at)
    values (${attempt.attemptId}, ${attempt.robotId}, ${attempt.deliveryId}, ${sql.param(attempt.grantIds)}::uuid[],
      ${nowInstant}, ${nowInstant})
    on conflict (attempt_id) do update set ended_at = coalesce(a.ended_at, excluded.ended_at),
      changed_at = excluded.changed_at
    returning grant_ids`);
  return [...new Set([...attempt.grantIds, ...(rows[0]?.grant_ids ?? [])])];
}
