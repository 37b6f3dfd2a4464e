import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Trust } from "@kerbside/proto/robot/trust";
import { credentialStates } from "@kerbside/proto/routes/device";
import { bigint, boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { sql } from "drizzle-orm";

/** Columns carry the contract's own words, so that a row is nearly the answer. */
export const device = pgTable(
  "device",
  {
    robot_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    name: text().notNull(),
    market_id: uuid().notNull(),
    hub_id: uuid().notNull(),
    compartments: integer().notNull(),
    state: text({ enum: credentialStates }).notNull(),
    /** Of the claim code that was given out last, until it is taken back. */
    claim_hash: text().unique("device_claim_hash"),
    claim_expires_at: instant(),
    /** From then on the code only answers again to the key that it admitted: the first answer may have been lost. */
    claim_used_at: instant(),
    /** Ed25519, 32 bytes as base64. One key is one robot: a second robot that shows it is a copied disk. */
    public_key: text().unique("device_public_key"),
    created_at: instant().notNull(),
    enrolled_at: instant(),
    revoked_at: instant(),
    token_issued_at: instant(),
  },
  (t) => [oneOf(t.state), index("device_by_organization").on(t.organization_id, t.created_at, t.robot_id)],
);

/** Assertions that were accepted, until well after they would be refused for their age anyway. */
export const usedAssertion = pgTable(
  "used_assertion",
  {
    robot_id: uuid().notNull(),
    jti: text().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.robot_id, t.jti] }), index("used_assertion_by_expiry").on(t.expires_at)],
);

/** The last word of robot-gateway on whom robots believe. One row at most. */
export const trust = pgTable(
  "trust",
  {
    one: boolean().primaryKey(),
    told: jsonb().$type<Trust>().notNull(),
    /** The word's place in its publisher's outbox, so that an earlier one that comes late changes nothing. */
    cloud_seq: bigint({ mode: "number" }).notNull(),
  },
  (t) => [check("trust_one", sql`${t.one}`)],
);
