import { doerOf, serviceDoer } from "@kerbside/cloud-kit/audit";
import type { Database, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { toInstant } from "@kerbside/proto/base/time";
import type { Session, User } from "@kerbside/proto/routes/accounts";
import { and, eq, gt, isNull, lt, ne, sql } from "drizzle-orm";
import type { PgAuditLog } from "../audit/audit-log.pg.ts";
import { principalOf } from "../people/user.ts";
import { toUser } from "../people/user-row.ts";
import { newSecret, secretHash } from "../secrets.ts";
import { organization, session, userAccount } from "../tables.ts";

/** Seven days after signing in, a person signs in again. */
export const sessionLifeMs = 7 * 24 * 60 * 60 * 1_000;

export interface SessionsParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly audit: PgAuditLog;
}

export interface SignInRefusal {
  readonly action: "sessions/refused" | "sessions/locked_out";
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

export class PgSessions {
  readonly #parts: SessionsParts;
  readonly #finding;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#finding = preparedFind(parts.db);
  }

  /** Answers the token for the cookie; its hash is all that we keep. Sessions that are over are swept out. */
  async start(user: User, requestId: string): Promise<string> {
    const { db, clock, rng, audit } = this.#parts;
    const now = toInstant(clock.now());
    const token = newSecret(rng);
    const row = { user_id: user.user_id, created_at: now, expires_at: toInstant(clock.now() + sessionLifeMs) };
    await db.transaction(async (tx) => {
      await tx.delete(session).where(lt(session.expires_at, now));
      await tx.insert(session).values({ token_hash: secretHash(token), ...row });
      await tx.update(userAccount).set({ signed_in_at: now }).where(eq(userAccount.user_id, user.user_id));
      await audit.add(tx, {
        by: doerOf(principalOf(user), requestId),
        organizationId: user.organization_id,
        action: "sessions/started",
        subject: { kind: "user", id: user.user_id },
      });
    });
    return token;
  }

  /** Somebody, who it was is not known, did not get in as this person. */
  async noteRefusal(user: User, { action, details = {}, requestId }: SignInRefusal): Promise<void> {
    const { db, audit } = this.#parts;
    const by = { ...serviceDoer("accounts"), causationId: requestId };
    const subject = { kind: "user", id: user.user_id } as const;
    await db.transaction((tx) => audit.add(tx, { by, organizationId: user.organization_id, action, subject, details }));
  }

  /** Reads the person as they are now, so that a changed role, a disabled person or an ended session bites at once. */
  async find(token: string): Promise<Session | null> {
    const now = toInstant(this.#parts.clock.now());
    const [row] = await this.#finding.execute({ tokenHash: secretHash(token), now });
    return row ? { ...row, user: toUser(row.user) } : null;
  }

  async end(token: string): Promise<void> {
    await this.#parts.db.delete(session).where(eq(session.token_hash, secretHash(token)));
  }
}

/** Made once: every request of a person asks it. */
function preparedFind(db: Database) {
  return db
    .select({ user: userAccount, organization, expires_at: session.expires_at })
    .from(session)
    .innerJoin(userAccount, eq(userAccount.user_id, session.user_id))
    .innerJoin(organization, eq(organization.organization_id, userAccount.organization_id))
    .where(
      and(
        eq(session.token_hash, sql.placeholder("tokenHash")),
        gt(session.expires_at, sql.placeholder("now")),
        isNull(userAccount.disabled_at),
      ),
    )
    .prepare("session_find");
}

/** Signs a person out everywhere, but for one session where it is named. */
export async function endSessions(tx: Transaction, userId: string, exceptToken: string | null = null): Promise<void> {
  const kept = exceptToken === null ? undefined : ne(session.token_hash, secretHash(exceptToken));
  await tx.delete(session).where(and(eq(session.user_id, userId), kept));
}
