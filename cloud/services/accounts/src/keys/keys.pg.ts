import type { Doer } from "@kerbside/cloud-kit/audit";
import { youngerThan } from "@kerbside/cloud-kit/page";
import type { Database } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { endOf, type PageAsked } from "@kerbside/proto/base/page";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { toInstant } from "@kerbside/proto/base/time";
import type { ApiKey } from "@kerbside/proto/routes/accounts";
import { and, asc, eq, isNull } from "drizzle-orm";
import type { PgAuditLog } from "../audit/audit-log.pg.ts";
import { secretHash } from "../secrets.ts";
import { apiKey, partner, partnerToken } from "../tables.ts";
import { knownScopes, rotationGraceMs } from "./api-key.ts";

export type NewApiKey = Omit<ApiKey, "created_at" | "last_used_at" | "revoked_at">;

export interface KeysParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: PgAuditLog;
}

/** Partners and their keys, as admins see them. */
export class PgKeys {
  readonly #parts: KeysParts;

  constructor(parts: KeysParts) {
    this.#parts = parts;
  }

  /** A partner that is not there yet is made with its first key; another organization's is answered as not there. */
  add(made: NewApiKey, secret: string, by: Doer): Promise<Result<ApiKey, "partner_not_found">> {
    const { partner_name: name, ...fields } = made;
    const { partner_id, organization_id } = made;
    const created_at = this.#now();
    return this.#parts.db.transaction(async (tx) => {
      await tx.insert(partner).values({ partner_id, organization_id, name, created_at }).onConflictDoNothing();
      const [owner] = await tx.select().from(partner).where(eq(partner.partner_id, partner_id));
      if (owner?.organization_id !== organization_id) return err("partner_not_found");
      const [row] = await tx
        .insert(apiKey)
        .values({ ...fields, secret_hash: secretHash(secret), created_at })
        .returning();
      if (!row) throw new Error(`key ${made.key_id} was not stored`);
      const details = { partner_id, name: made.name, scopes: made.scopes, live: made.live };
      await this.#parts.audit.add(tx, { by, ...subjectOf(made), action: "api-keys/created", details });
      return ok(toApiKey({ key: row, partner_name: owner.name }));
    });
  }

  async find(keyId: string): Promise<ApiKey | null> {
    const [row] = await this.#joined().where(eq(apiKey.key_id, keyId));
    return row ? toApiKey(row) : null;
  }

  async list(organizationId: string, asked: PageAsked & { partnerId: string | undefined }): Promise<Page<ApiKey>> {
    const rows = await this.#joined()
      .where(
        and(
          eq(apiKey.organization_id, organizationId),
          asked.partnerId === undefined ? undefined : eq(apiKey.partner_id, asked.partnerId),
          youngerThan(endOf(asked.cursor), { at: apiKey.created_at, id: apiKey.key_id }),
        ),
      )
      .orderBy(asc(apiKey.created_at), asc(apiKey.key_id))
      .limit(asked.limit + 1);
    return toPage(rows.map(toApiKey), asked.limit, (last) => ({ createdAt: last.created_at, id: last.key_id }));
  }

  rotate(key: ApiKey, secret: string, by: Doer): Promise<Result<ApiKey, "key_revoked">> {
    const { db, clock, audit } = this.#parts;
    return db.transaction(async (tx) => {
      const [row] = await tx
        .update(apiKey)
        .set({
          previous_secret_hash: apiKey.secret_hash,
          previous_expires_at: toInstant(clock.now() + rotationGraceMs),
          secret_hash: secretHash(secret),
        })
        .where(and(eq(apiKey.key_id, key.key_id), isNull(apiKey.revoked_at)))
        .returning();
      if (!row) return err("key_revoked");
      const details = { previous_expires_at: row.previous_expires_at };
      await audit.add(tx, { by, ...subjectOf(key), action: "api-keys/rotated", details });
      return ok(toApiKey({ key: row, partner_name: key.partner_name }));
    });
  }

  /** Its tokens end with it. Revoking again changes nothing. */
  async revoke(key: ApiKey, by: Doer): Promise<ApiKey> {
    const { db, audit } = this.#parts;
    return db.transaction(async (tx) => {
      const tokens = await tx
        .delete(partnerToken)
        .where(eq(partnerToken.key_id, key.key_id))
        .returning({ expires_at: partnerToken.expires_at });
      const [row] = await tx
        .update(apiKey)
        .set({ revoked_at: this.#now() })
        .where(and(eq(apiKey.key_id, key.key_id), isNull(apiKey.revoked_at)))
        .returning();
      if (!row) return (await this.find(key.key_id)) ?? key;
      const details = { tokens_ended: tokens.length };
      await audit.add(tx, { by, ...subjectOf(key), action: "api-keys/revoked", details });
      return toApiKey({ key: row, partner_name: key.partner_name });
    });
  }

  #joined() {
    return this.#parts.db
      .select({ key: apiKey, partner_name: partner.name })
      .from(apiKey)
      .innerJoin(partner, eq(partner.partner_id, apiKey.partner_id))
      .$dynamic();
  }

  #now(): string {
    return toInstant(this.#parts.clock.now());
  }
}

function toApiKey(row: { readonly key: typeof apiKey.$inferSelect; readonly partner_name: string }): ApiKey {
  const { secret_hash: _hidden, previous_secret_hash: _old, previous_expires_at: _until, scopes, ...rest } = row.key;
  return { ...rest, partner_name: row.partner_name, scopes: knownScopes(scopes) };
}

function subjectOf(key: Pick<ApiKey, "key_id" | "organization_id">) {
  return { organizationId: key.organization_id, subject: { kind: "api_key", id: key.key_id } } as const;
}
