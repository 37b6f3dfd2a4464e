import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Address, Place } from "@kerbside/proto/base/place";
import { deliveryStates } from "@kerbside/proto/states/delivery";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { type Avoided, type Errand, planStates } from "./plan.ts";
import type { Reason } from "./reasons.ts";

/** Every delivery that has not ended. */
export const plan = pgTable(
  "plan",
  {
    delivery_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    external_id: text(),
    version: integer().notNull(),
    delivery_state: text({ enum: deliveryStates }).notNull(),
    is_on_hold: boolean().notNull(),
    pickup: jsonb().$type<Address>().notNull(),
    dropoff: jsonb().$type<Address>().notNull(),
    pickup_ready_at: instant().notNull(),
    state: text({ enum: planStates }).notNull(),
    state_since: instant().notNull(),
    waiting_since: instant().notNull(),
    robot_id: uuid(),
    robot_name: text(),
    eta_pickup_at: instant(),
    eta_dropoff_p50_at: instant(),
    eta_dropoff_p90_at: instant(),
    reason: jsonb().$type<Reason>(),
    avoided: jsonb().$type<readonly Avoided[]>().notNull(),
    assigned_by: uuid(),
    errand: jsonb().$type<Errand>(),
    /** Counts every write, so that a solver can tell whether what it read still holds. */
    revision: bigint({ mode: "number" }).notNull(),
  },
  (t) => [
    // A robot that was assigned once cannot be assigned again before deliveries has spoken.
    uniqueIndex("plan_robot_assigned").on(t.robot_id).where(sql`${t.state} = 'assigned'`),
    index("plan_by_organization").on(t.organization_id, t.waiting_since),
    oneOf(t.delivery_state),
    oneOf(t.state),
  ],
);

/** Deliveries that have ended, for a while. */
export const ended = pgTable("ended", { delivery_id: uuid().primaryKey(), heard_at: instant().notNull() }, (t) => [
  index("ended_by_time").on(t.heard_at),
]);

/** Every robot that fleet told of. */
export const robot = pgTable("robot", {
  robot_id: uuid().primaryKey(),
  organization_id: uuid().notNull(),
  name: text().notNull(),
  market_id: uuid().notNull(),
  is_available: boolean().notNull(),
  reasons: jsonb().$type<readonly string[]>().notNull(),
  place: jsonb().$type<Place>(),
  battery_pct: doublePrecision(),
  /** Position of fleet's word in its outbox: what comes late changes nothing. */
  heard_seq: bigint({ mode: "number" }).notNull(),
});

/** Deliveries and robots of which there is news to solve for. The solver takes them all at once. */
export const change = pgTable("change", { subject_id: uuid().primaryKey() });

/** One row: which process solves, until when its word holds without being renewed, and when it last had an answer. */
export const solver = pgTable("solver", {
  id: integer().primaryKey(),
  holder: uuid(),
  held_until: instant().notNull(),
  solved_at: instant(),
});
