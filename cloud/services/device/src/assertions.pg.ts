import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { and, eq, lt } from "drizzle-orm";
import type { Assertion } from "./assertion.ts";
import { device, usedAssertion } from "./tables.ts";

/** Remembered beyond their expiry by this much, for a wall clock of ours that is set back. */
const keptMs = 60 * 60 * 1_000;

/** Sees to it that an assertion gives one token. */
export class PgAssertions {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor({ db, clock }: { db: Database; clock: Clock }) {
    this.#db = db;
    this.#clock = clock;
  }

  /** False when it was used before, or when the robot's key stopped counting in the meantime. */
  use(robotId: string, { jti, expiresAtMs }: Assertion): Promise<boolean> {
    const nowMs = this.#clock.now();
    const now = toInstant(nowMs);
    return this.#db.transaction(async (tx) => {
      await tx.delete(usedAssertion).where(lt(usedAssertion.expires_at, toInstant(nowMs - keptMs)));
      const [used] = await tx
        .insert(usedAssertion)
        .values({ robot_id: robotId, jti, expires_at: toInstant(expiresAtMs) })
        .onConflictDoNothing()
        .returning();
      if (!used) return false;
      const [counting] = await tx
        .update(device)
        .set({ token_issued_at: now })
        .where(and(eq(device.robot_id, robotId), eq(device.state, "accepted")))
        .returning({ robot_id: device.robot_id });
      return counting !== undefined;
    });
  }
}
