import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { eq, lt, sql } from "drizzle-orm";
import { secretHash } from "../secrets.ts";
import { signInFailures } from "../tables.ts";

/** So many wrong passwords in so long, then the right one is refused as well until the window is over. */
export const failuresMax = 10;
export const failureWindowMs = 15 * 60 * 1_000;

interface Taken {
  /** How long it has to wait; 0 when it may go on. */
  readonly waitS: number;
  /** It is the first of its window that has to wait. */
  readonly isFirstRefused: boolean;
}

/**
 * Counts by e-mail, whether anybody has it or not. A try is counted before its password is looked at, so that many at
 * once are not many more; a success takes the count back. An address on the network would be no better subject: behind
 * a proxy it is whatever the caller says.
 */
export class SignInLimit {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor({ db, clock }: { db: Database; clock: Clock }) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Counts a try. */
  async take(email: string): Promise<Taken> {
    const nowMs = this.#clock.now();
    const now = toInstant(nowMs);
    await this.#db.delete(signInFailures).where(lt(signInFailures.window_ends_at, now));
    const [row] = await this.#db
      .insert(signInFailures)
      .values({ subject_hash: secretHash(email), failures: 1, window_ends_at: toInstant(nowMs + failureWindowMs) })
      .onConflictDoUpdate({
        target: signInFailures.subject_hash,
        set: { failures: sql`${signInFailures.failures} + 1` },
      })
      .returning();
    if (!row || row.failures <= failuresMax) return { waitS: 0, isFirstRefused: false };
    const waitS = Math.max(1, Math.ceil((fromInstant(row.window_ends_at) - nowMs) / 1_000));
    return { waitS, isFirstRefused: row.failures === failuresMax + 1 };
  }

  async forget(email: string): Promise<void> {
    await this.#db.delete(signInFailures).where(eq(signInFailures.subject_hash, secretHash(email)));
  }
}
