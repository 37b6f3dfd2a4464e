import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import { roles } from "@kerbside/proto/base/roles";
import { boolean, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";

/** Columns carry the contract's own words, so that a row is nearly the answer. */
export const organization = pgTable("organization", {
  organization_id: uuid().primaryKey(),
  name: text().notNull(),
  created_at: instant().notNull(),
});

/** A person who can sign in. `user` alone is a reserved word of SQL. */
export const userAccount = pgTable(
  "user_account",
  {
    user_id: uuid().primaryKey(),
    organization_id: uuid()
      .notNull()
      .references(() => organization.organization_id),
    /** Lower case. People sign in by it, so that no two organizations can share one. */
    email: text().notNull().unique("user_account_email"),
    name: text().notNull(),
    role: text({ enum: roles }).notNull(),
    store_ids: uuid().array().notNull(),
    password_hash: text().notNull(),
    created_at: instant().notNull(),
    signed_in_at: instant(),
    disabled_at: instant(),
  },
  (t) => [oneOf(t.role), index("user_account_by_organization").on(t.organization_id, t.created_at, t.user_id)],
);

export const session = pgTable(
  "session",
  {
    /** SHA-256 of the cookie's value, base64url: whoever reads this table can sign in nowhere. */
    token_hash: text().primaryKey(),
    user_id: uuid()
      .notNull()
      .references(() => userAccount.user_id),
    created_at: instant().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [index("session_by_user").on(t.user_id), index("session_by_expiry").on(t.expires_at)],
);

/** Failures to sign in, by hash of the e-mail, in the window that began with the first of them. */
export const signInFailures = pgTable("sign_in_failures", {
  subject_hash: text().primaryKey(),
  failures: integer().notNull(),
  window_ends_at: instant().notNull(),
});

/** A program that orders from us. Keys come and go, what it ordered stays its own. */
export const partner = pgTable("partner", {
  partner_id: uuid().primaryKey(),
  organization_id: uuid()
    .notNull()
    .references(() => organization.organization_id),
  name: text().notNull(),
  created_at: instant().notNull(),
});

export const apiKey = pgTable(
  "api_key",
  {
    key_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid()
      .notNull()
      .references(() => partner.partner_id),
    name: text().notNull(),
    client_id: text().notNull().unique("api_key_client_id"),
    /** SHA-256: a secret has 256 bits of chance, so that a slow hash would add nothing. */
    secret_hash: text().notNull().unique("api_key_secret_hash"),
    /** The secret before the last rotation, until its grace is over. */
    previous_secret_hash: text().unique("api_key_previous_secret_hash"),
    previous_expires_at: instant(),
    scopes: text().array().notNull(),
    live: boolean().notNull(),
    created_at: instant().notNull(),
    last_used_at: instant(),
    revoked_at: instant(),
  },
  (t) => [index("api_key_by_organization").on(t.organization_id, t.created_at, t.key_id)],
);

export const partnerToken = pgTable(
  "partner_token",
  {
    token_hash: text().primaryKey(),
    key_id: uuid()
      .notNull()
      .references(() => apiKey.key_id),
    scopes: text().array().notNull(),
    created_at: instant().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [index("partner_token_by_key").on(t.key_id, t.created_at)],
);

/** Append-only: a trigger refuses to change or delete what was written. */
export const auditEntry = pgTable(
  "audit_entry",
  {
    entry_id: uuid().primaryKey(),
    organization_id: uuid(),
    actor_kind: text().notNull(),
    actor_id: text().notNull(),
    action: text().notNull(),
    subject_kind: text().notNull(),
    subject_id: text().notNull(),
    details: jsonb().$type<Record<string, unknown>>().notNull(),
    causation_id: text(),
    event_time: instant().notNull(),
    recorded_time: instant().notNull(),
  },
  (t) => [
    index("audit_entry_by_organization").on(t.organization_id, t.event_time, t.entry_id),
    index("audit_entry_by_subject").on(t.subject_id, t.event_time),
  ],
);
