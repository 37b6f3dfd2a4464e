import type { Transaction } from "@kerbside/cloud-kit/service";
import { eq } from "drizzle-orm";
import { isAway, isBroken, isHelpless } from "./incident.ts";
import { type RobotCondition, robotCondition } from "./tables.ts";

/** A word about a robot that bears on whether it can still come. */
export interface ConditionNews {
  readonly connectivity?: string;
  readonly motion_safety?: string;
  readonly service?: string;
  readonly operational_state?: string;
  readonly isEnrolled?: true;
  readonly isRevoked?: true;
  readonly isSuspected?: true;
}

/** What each robot last said of itself, for the watchdog. One row a robot. */
export class Conditions {
  async hear(tx: Transaction, robotId: string, news: ConditionNews, at: string): Promise<void> {
    await tx.insert(robotCondition).values({ robot_id: robotId }).onConflictDoNothing();
    const [row] = await tx.select().from(robotCondition).where(eq(robotCondition.robot_id, robotId)).for("update");
    if (!row) return;
    const { connectivity, motion_safety, operational_state, service } = news;
    await tx
      .update(robotCondition)
      .set({
        ...(service === undefined ? {} : { service }),
        ...trustAfter(row, news, at),
        ...(connectivity === undefined
          ? {}
          : {
              connectivity,
              connectivity_since: lasts(isAway, row.connectivity, connectivity) ? row.connectivity_since : at,
            }),
        ...(motion_safety === undefined
          ? {}
          : {
              motion_safety,
              motion_safety_since: lasts(isHelpless, row.motion_safety, motion_safety) ? row.motion_safety_since : at,
            }),
        ...(operational_state === undefined
          ? {}
          : {
              operational_state,
              operational_state_since: lasts(isBroken, row.operational_state, operational_state)
                ? row.operational_state_since
                : at,
            }),
      })
      .where(eq(robotCondition.robot_id, robotId));
  }
}

/**
 * Enrolment and suspicion come from two services in any order: what was suspected of the last disk says nothing of
 * this one. Enrolment and revocation come from one, in order.
 */
function trustAfter(
  { enrolled_at, suspected_at }: RobotCondition,
  { isEnrolled, isRevoked, isSuspected }: ConditionNews,
  at: string,
): Partial<RobotCondition> {
  if (isRevoked) return { revoked_at: at };
  if (isSuspected) return { suspected_at: isAfter(enrolled_at, at) || isAfter(suspected_at, at) ? suspected_at : at };
  if (!isEnrolled) return {};
  return {
    enrolled_at: isAfter(enrolled_at, at) ? enrolled_at : at,
    revoked_at: null,
    suspected_at: isAfter(suspected_at, at) ? suspected_at : null,
  };
}

function isAfter(known: string | null, at: string): boolean {
  return known !== null && known > at;
}

/** One trouble under two names has lasted since the first. */
function lasts(isTrouble: (value: string | null) => boolean, before: string | null, after: string): boolean {
  return isTrouble(before) && isTrouble(after);
}
