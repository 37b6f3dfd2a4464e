import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import type { PartnerScope } from "@kerbside/proto/base/roles";
import { and, desc, eq, gt, isNull, lt, notInArray, or, type SQL } from "drizzle-orm";
import { newSecret, secretHash, secretPrefixes } from "../secrets.ts";
import { apiKey, partnerToken } from "../tables.ts";
import { knownScopes, type ShownKey, tokenLifeMs, tokensMax, usedAtStepMs } from "./api-key.ts";

export interface CredentialsParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** What partners show: secrets, client ids with secrets, and tokens. Asked anew each time, so that a revocation bites at once. */
export class PgCredentials {
  readonly #parts: CredentialsParts;

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  bySecret(secret: string): Promise<ShownKey | null> {
    return this.#byKey(this.#hasSecret(secret));
  }

  byClient(clientId: string, secret: string): Promise<ShownKey | null> {
    return this.#byKey(and(eq(apiKey.client_id, clientId), this.#hasSecret(secret)));
  }

  async byToken(token: string): Promise<ShownKey | null> {
    const [row] = await this.#parts.db
      .select({ key: apiKey, scopes: partnerToken.scopes })
      .from(partnerToken)
      .innerJoin(apiKey, eq(apiKey.key_id, partnerToken.key_id))
      .where(
        and(
          eq(partnerToken.token_hash, secretHash(token)),
          gt(partnerToken.expires_at, this.#now()),
          isNull(apiKey.revoked_at),
        ),
      );
    if (!row) return null;
    const allowed = row.scopes.filter((scope) => row.key.scopes.includes(scope));
    return this.#shown({ ...row.key, scopes: allowed });
  }

  /** The token itself is answered once and kept as its hash. */
  async issueToken(keyId: string, scopes: readonly PartnerScope[]): Promise<string> {
    const { db, clock, rng } = this.#parts;
    const token = newSecret(rng, secretPrefixes.token);
    const row = {
      token_hash: secretHash(token),
      key_id: keyId,
      scopes: [...scopes],
      created_at: this.#now(),
      expires_at: toInstant(clock.now() + tokenLifeMs),
    };
    await db.transaction(async (tx) => {
      await tx.insert(partnerToken).values(row);
      const ofKey = eq(partnerToken.key_id, keyId);
      const kept = tx
        .select({ token_hash: partnerToken.token_hash })
        .from(partnerToken)
        .where(ofKey)
        .orderBy(desc(partnerToken.created_at), desc(partnerToken.token_hash))
        .limit(tokensMax);
      const isOver = or(lt(partnerToken.expires_at, row.created_at), notInArray(partnerToken.token_hash, kept));
      await tx.delete(partnerToken).where(and(ofKey, isOver));
    });
    return token;
  }

  async #byKey(condition: SQL | undefined): Promise<ShownKey | null> {
    const [row] = await this.#parts.db
      .select()
      .from(apiKey)
      .where(and(condition, isNull(apiKey.revoked_at)));
    return row ? this.#shown(row) : null;
  }

  #hasSecret(secret: string): SQL | undefined {
    const hash = secretHash(secret);
    const isPrevious = and(eq(apiKey.previous_secret_hash, hash), gt(apiKey.previous_expires_at, this.#now()));
    return or(eq(apiKey.secret_hash, hash), isPrevious);
  }

  async #shown(row: typeof apiKey.$inferSelect): Promise<ShownKey> {
    const nowMs = this.#parts.clock.now();
    const lastUsedAtMs = row.last_used_at === null ? null : fromInstant(row.last_used_at);
    if (lastUsedAtMs === null || nowMs - lastUsedAtMs >= usedAtStepMs) {
      await this.#parts.db
        .update(apiKey)
        .set({ last_used_at: toInstant(nowMs) })
        .where(eq(apiKey.key_id, row.key_id));
    }
    return {
      keyId: row.key_id,
      partnerId: row.partner_id,
      organizationId: row.organization_id,
      scopes: knownScopes(row.scopes),
      live: row.live,
    };
  }

  #now(): string {
    return toInstant(this.#parts.clock.now());
  }
}
