import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Place } from "@kerbside/proto/base/place";
import type { Pace, RouteLeg } from "@kerbside/proto/events/deliveries";
import type { PinVerifier } from "@kerbside/proto/robot/grant";
import { lidPurposes } from "@kerbside/proto/robot/lid";
import { rehearsals } from "@kerbside/proto/routes/deliveries";
import { attemptStates } from "@kerbside/proto/states/attempt";
import { deliveryEvents, deliveryStates } from "@kerbside/proto/states/delivery";
import { quoteStates } from "@kerbside/proto/states/quote";
import { unlockStatuses } from "@kerbside/proto/states/unlock";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { AddressWords } from "./address.ts";
import type { Advance } from "./advance.ts";
import { incidentKinds } from "./incident.ts";
import type { RobotFact } from "./progress.ts";

/** Columns carry the contract's own words, so that a row is nearly the answer. */
const ends = {
  pickup_text: text().notNull(),
  pickup_unit: text(),
  pickup_lat: doublePrecision().notNull(),
  pickup_lng: doublePrecision().notNull(),
  dropoff_text: text().notNull(),
  dropoff_unit: text(),
  dropoff_lat: doublePrecision().notNull(),
  dropoff_lng: doublePrecision().notNull(),
};

const money = {
  price_minor: bigint({ mode: "number" }).notNull(),
  currency: text().notNull(),
};

export const quote = pgTable(
  "quote",
  {
    quote_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid(),
    live: boolean().notNull().default(true),
    store_id: uuid(),
    state: text({ enum: quoteStates }).notNull(),
    /** The words with which it was asked for; whoever uses it has to mean the same places. */
    asked_pickup: jsonb().$type<AddressWords>(),
    asked_dropoff: jsonb().$type<AddressWords>().notNull(),
    ...ends,
    ...money,
    distance_m: doublePrecision().notNull(),
    pickup_ready_at: instant().notNull(),
    eta_pickup_at: instant().notNull(),
    eta_dropoff_p50_at: instant().notNull(),
    eta_dropoff_p90_at: instant().notNull(),
    policy_version: text().notNull(),
    created_at: instant().notNull(),
    expires_at: instant().notNull(),
    delivery_id: uuid(),
  },
  (t) => [oneOf(t.state), index("quote_open").on(t.expires_at).where(sql`state = 'offered'`)],
);

export type Quote = typeof quote.$inferSelect;

export const delivery = pgTable(
  "delivery",
  {
    delivery_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid(),
    /** False for what a test key ordered. */
    live: boolean().notNull().default(true),
    /** How a test ends. */
    rehearsal: text({ enum: rehearsals }),
    external_id: text(),
    /** Of the order as it came, so that the same again is known for the same. */
    fingerprint: text().notNull(),
    store_id: uuid(),
    merchant_id: uuid(),
    merchant_name: text().notNull(),
    state: text({ enum: deliveryStates }).notNull(),
    state_since: instant().notNull(),
    version: integer().notNull(),
    cancel_requested: boolean().notNull(),
    cancel_requested_at: instant(),
    cancel_requested_by: jsonb().$type<Actor>(),
    cancel_note: text(),
    reason: text(),
    waiting_reason: text(),
    ...ends,
    pickup_name: text().notNull(),
    pickup_phone: text(),
    pickup_notes: text(),
    dropoff_name: text().notNull(),
    dropoff_phone: text(),
    dropoff_notes: text(),
    items: jsonb().$type<readonly Item[]>().notNull(),
    undeliverable_action: text({ enum: ["return", "dispose"] }).notNull(),
    ...money,
    quote_id: uuid(),
    pickup_ready_at: instant().notNull(),
    dropoff_deadline_at: instant().notNull(),
    robot_id: uuid(),
    robot_name: text(),
    attempt_id: uuid(),
    /** The highest token ever given out for this delivery. */
    fencing_token: integer().notNull(),
    /** How often nobody came to load. */
    pickup_failures: smallint().notNull(),
    eta_pickup_at: instant(),
    eta_dropoff_p50_at: instant(),
    eta_dropoff_p90_at: instant(),
    /** The P90 with which it was ordered: whatever is expected after it is late. */
    eta_promised_at: instant(),
    /** When the step under way should be over, as it was foreseen when it began, for the watchdog. */
    due_at: instant(),
    last_unlock_status: text({ enum: unlockStatuses }),
    /** The way from pickup to drop-off as [lat, lng] pairs, for the customer's map; gone when there is none to follow. */
    route_json: text(),
    /** The link behind `tracking_url`; null once it was revoked. */
    link_id: uuid(),
    /** When it was last seen to move on, for the watchdog. */
    progress_at: instant().notNull(),
    created_at: instant().notNull(),
    updated_at: instant().notNull(),
    ended_at: instant(),
    /** A day after its end; boards show what has not left. */
    left_board_at: instant(),
  },
  (t) => [
    oneOf(t.state),
    oneOf(t.rehearsal),
    index("delivery_by_birth").on(t.organization_id, t.created_at, t.delivery_id),
    index("delivery_of_partner").on(t.partner_id, t.created_at, t.delivery_id),
    index("delivery_of_store").on(t.store_id, t.created_at),
    index("delivery_open").on(t.progress_at).where(sql`ended_at is null`),
    index("delivery_rehearsed").on(t.state_since).where(sql`ended_at is null and not live`),
    index("delivery_on_board").on(t.ended_at).where(sql`ended_at is not null and left_board_at is null`),
    /** One order has one delivery, unless the one before came to nothing. */
    uniqueIndex("delivery_external_id")
      .on(t.organization_id, sql`coalesce(partner_id, '00000000-0000-0000-0000-000000000000')`, t.external_id, t.live)
      .where(sql`state not in ('cancelled', 'failed', 'returned')`),
  ],
);
export type Delivery = typeof delivery.$inferSelect;

export interface Item {
  readonly name: string;
  readonly quantity: number;
  readonly price_minor?: number | undefined;
}

/** Every step, in the order in which it was taken. Only a guess is ever changed: by the report that replaces it. */
export const deliveryStep = pgTable(
  "delivery_step",
  {
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    seq: integer().notNull(),
    organization_id: uuid().notNull(),
    event: text({ enum: ["created", ...deliveryEvents] }).notNull(),
    from_state: text({ enum: deliveryStates }),
    to_state: text({ enum: deliveryStates }).notNull(),
    event_time: instant().notNull(),
    recorded_time: instant().notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    reason: text(),
    inferred: boolean().notNull(),
    attempt_id: uuid(),
  },
  (t) => [primaryKey({ columns: [t.delivery_id, t.seq] }), oneOf(t.event), oneOf(t.to_state)],
);

export const amendment = pgTable(
  "amendment",
  {
    amendment_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    organization_id: uuid().notNull(),
    event_time: instant().notNull(),
    recorded_time: instant().notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    fact: text().notNull(),
  },
  (t) => [index("amendment_of_delivery").on(t.delivery_id, t.event_time)],
);

export const attempt = pgTable(
  "attempt",
  {
    attempt_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    organization_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    robot_name: text().notNull(),
    state: text({ enum: attemptStates }).notNull(),
    fencing_token: integer().notNull(),
    compartment: smallint().notNull(),
    hub: jsonb().$type<{ readonly hub_id: string; readonly place: Place }>().notNull(),
    legs: jsonb().$type<RouteLeg[]>().notNull(),
    /** What dispatch counted with. */
    pace: jsonb().$type<Pace>(),
    /** Where its robot was last seen, once it was. */
    followed: jsonb().$type<Followed>(),
    /** The attempt whose goods this one took over: what its robot still reports of that one counts for this one. */
    adopted_id: uuid(),
    /** The last journal position of a mission fact that moved the delivery. */
    mission_epoch: bigint({ mode: "number" }).notNull(),
    mission_seq: bigint({ mode: "number" }).notNull(),
    created_at: instant().notNull(),
    ended_at: instant(),
    reason: text(),
  },
  (t) => [
    oneOf(t.state),
    uniqueIndex("attempt_token").on(t.delivery_id, t.fencing_token),
    uniqueIndex("attempt_open_of_delivery").on(t.delivery_id).where(sql`ended_at is null`),
    uniqueIndex("attempt_open_of_compartment").on(t.robot_id, t.compartment).where(sql`ended_at is null`),
  ],
);
export type Attempt = typeof attempt.$inferSelect;

/** How far a robot came with a delivery, when it was seen there, and when an arrival was last said anew. */
export interface Followed {
  readonly advance: Advance | null;
  readonly seenMs: number;
  readonly saidMs: number;
}

/** A code that opens one compartment once, as the robot was given it. The digits themselves are sealed. */
export const accessCode = pgTable(
  "access_code",
  {
    grant_id: uuid().primaryKey(),
    attempt_id: uuid()
      .notNull()
      .references(() => attempt.attempt_id),
    delivery_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    purpose: text({ enum: lidPurposes }).notNull(),
    means: text({ enum: ["pin", "load_code"] }).notNull(),
    stop: text({ enum: ["pickup", "dropoff", "return"] }).notNull(),
    sealed_code: text().notNull(),
    pin_verifier: jsonb().$type<PinVerifier>().notNull(),
    expires_at: instant().notNull(),
    /** When it became certain that it opens nothing more: the robot said so, or told of a time after its end. */
    settled_at: instant(),
    was_used: boolean(),
  },
  (t) => [
    oneOf(t.purpose),
    index("access_code_of_delivery").on(t.delivery_id),
    index("access_code_unsettled").on(t.robot_id, t.expires_at).where(sql`settled_at is null`),
  ],
);
export type AccessCode = typeof accessCode.$inferSelect;

export const trackingLink = pgTable(
  "tracking_link",
  {
    link_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    organization_id: uuid().notNull(),
    scope: text({ enum: ["view", "unlock"] }).notNull(),
    /** SHA-256 of the token, hex. The token itself is nowhere. */
    token_hash: text().notNull(),
    created_at: instant().notNull(),
    expires_at: instant().notNull(),
    revoked_at: instant(),
  },
  (t) => [
    oneOf(t.scope),
    uniqueIndex("tracking_link_token").on(t.token_hash),
    index("tracking_link_of_delivery").on(t.delivery_id),
  ],
);
export type TrackingLink = typeof trackingLink.$inferSelect;

/** Somebody pressed open. Its id is also the command's. */
export const unlock = pgTable(
  "unlock",
  {
    request_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    organization_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    purpose: text({ enum: lidPurposes }).notNull(),
    requested_by: jsonb().$type<Actor>().notNull(),
    status: text({ enum: unlockStatuses }).notNull(),
    requested_at: instant().notNull(),
    status_at: instant().notNull(),
  },
  (t) => [oneOf(t.purpose), oneOf(t.status), index("unlock_of_delivery").on(t.delivery_id, t.requested_at)],
);
export type Unlock = typeof unlock.$inferSelect;

/** A mission fact that came before the custody record it rests on. It is read again when that has come. */
export const heldFact = pgTable(
  "held_fact",
  {
    event_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    attempt_id: uuid().notNull(),
    epoch: bigint({ mode: "number" }).notNull(),
    seq: bigint({ mode: "number" }).notNull(),
    event_time: instant().notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    fact: jsonb().$type<RobotFact>().notNull(),
  },
  (t) => [index("held_fact_of_delivery").on(t.delivery_id, t.epoch, t.seq)],
);

/** What would make a robot useless to a delivery that it has not loaded yet, and since when. */
export const robotCondition = pgTable("robot_condition", {
  robot_id: uuid().primaryKey(),
  connectivity: text(),
  connectivity_since: instant(),
  motion_safety: text(),
  motion_safety_since: instant(),
  service: text(),
  operational_state: text(),
  operational_state_since: instant(),
  enrolled_at: instant(),
  revoked_at: instant(),
  suspected_at: instant(),
});
export type RobotCondition = typeof robotCondition.$inferSelect;

/** Something about a delivery that a human has to look at. Open until it moves on or ends. */
export const incident = pgTable(
  "incident",
  {
    incident_id: uuid().primaryKey(),
    delivery_id: uuid()
      .notNull()
      .references(() => delivery.delivery_id),
    organization_id: uuid().notNull(),
    kind: text({ enum: incidentKinds }).notNull(),
    detail: text().notNull(),
    /** Raised by one each time it has stood twice as long. */
    level: smallint().notNull(),
    opened_at: instant().notNull(),
    raised_at: instant().notNull(),
    closed_at: instant(),
  },
  (t) => [oneOf(t.kind), uniqueIndex("incident_open").on(t.delivery_id, t.kind).where(sql`closed_at is null`)],
);
