import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Address } from "@kerbside/proto/base/place";
import {
  type WebhookKind,
  webhookEndpointStates,
  webhookKinds,
  webhookMessageStates,
} from "@kerbside/proto/routes/integrations";
import { deliveryStates } from "@kerbside/proto/states/delivery";
import { uberStatuses } from "@kerbside/proto/states/delivery.projections";
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Detail, Milestones } from "./uber/sheet.ts";
import type { UberOrder } from "./uber/order.ts";

/** An order in Uber's words, written down before it becomes a delivery, so that the same again is the same delivery. */
export const order = pgTable(
  "uber_order",
  {
    delivery_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid().notNull(),
    live: boolean().notNull(),
    idempotency_key: text(),
    fingerprint: text().notNull(),
    words: jsonb().$type<UberOrder>().notNull(),
    created_at: instant().notNull(),
    /** Null until deliveries has taken it. */
    taken_at: instant(),
    /** When the delivery ended; the same order is a new one then. */
    ended_at: instant(),
  },
  (t) => [
    index("order_by_key").on(t.partner_id, t.idempotency_key, t.created_at),
    index("order_by_fingerprint").on(t.partner_id, t.fingerprint).where(sql`ended_at is null`),
  ],
);

/** What we know of every partner's deliveries, from the events of deliveries and from its answers. */
export const delivery = pgTable(
  "delivery",
  {
    delivery_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid().notNull(),
    live: boolean().notNull().default(true),
    external_id: text(),
    state: text({ enum: deliveryStates }).notNull(),
    state_since: instant().notNull(),
    version: integer().notNull(),
    reason: text(),
    pickup: jsonb().$type<Address>().notNull(),
    dropoff: jsonb().$type<Address>().notNull(),
    pickup_ready_at: instant().notNull(),
    dropoff_deadline_at: instant().notNull(),
    robot_id: uuid(),
    robot_name: text(),
    attempt_id: uuid(),
    eta_pickup_at: instant(),
    eta_dropoff_at: instant(),
    /** What only the answer to the order said; null for what was ordered elsewhere. */
    detail: jsonb().$type<Detail>(),
    milestones: jsonb().$type<Milestones>().notNull(),
    /** What partners were told last. */
    told_status: text({ enum: uberStatuses }).notNull(),
    told_imminent: boolean().notNull(),
    told_return_status: text({ enum: uberStatuses }),
    told_return_imminent: boolean().notNull(),
    courier_told_ms: bigint({ mode: "number" }).notNull(),
    created_at: instant().notNull(),
    ended_at: instant(),
  },
  (t) => [
    index("delivery_by_partner").on(t.partner_id, t.created_at, t.delivery_id),
    index("delivery_on_the_way").on(t.courier_told_ms).where(sql`ended_at is null and robot_id is not null`),
    oneOf(t.state),
    oneOf(t.told_status),
    oneOf(t.told_return_status),
  ],
);

/** Where robots are, for those who watch them come. */
export const position = pgTable("position", {
  robot_id: uuid().primaryKey(),
  lat: doublePrecision().notNull(),
  lng: doublePrecision().notNull(),
  measured_ms: bigint({ mode: "number" }).notNull(),
});

export const endpoint = pgTable(
  "webhook_endpoint",
  {
    endpoint_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    partner_id: uuid().notNull(),
    live: boolean().notNull().default(true),
    url: text().notNull(),
    description: text().notNull(),
    kinds: jsonb().$type<readonly WebhookKind[]>().notNull(),
    state: text({ enum: webhookEndpointStates }).notNull(),
    state_reason: text(),
    signing_key: text().notNull(),
    previous_key: text(),
    previous_key_until: instant(),
    /** Nothing is sent before. */
    paused_until_ms: bigint({ mode: "number" }).notNull(),
    created_at: instant().notNull(),
  },
  (t) => [index("endpoint_by_partner").on(t.partner_id, t.created_at), oneOf(t.state)],
);

/** One event for one endpoint. Kept for seven days, whatever became of it. */
export const message = pgTable(
  "webhook_message",
  {
    message_id: uuid().primaryKey(),
    /** The order in which they were written, within a millisecond too. */
    place: bigserial({ mode: "number" }).notNull(),
    endpoint_id: uuid()
      .notNull()
      .references(() => endpoint.endpoint_id, { onDelete: "cascade" }),
    event_id: text().notNull(),
    kind: text({ enum: webhookKinds }).notNull(),
    delivery_id: uuid(),
    payload: text().notNull(),
    state: text({ enum: webhookMessageStates }).notNull(),
    /** All tries, and those within the present schedule: a replay begins a new one. */
    attempts: integer().notNull(),
    tries: integer().notNull(),
    next_attempt_ms: bigint({ mode: "number" }),
    /** Somebody is sending it and has until then; a sender that dies loses it to another. */
    claimed_until_ms: bigint({ mode: "number" }).notNull(),
    created_at: instant().notNull(),
  },
  (t) => [
    index("message_by_endpoint").on(t.endpoint_id, t.created_at, t.message_id),
    index("message_by_delivery").on(t.endpoint_id, t.delivery_id),
    index("message_due").on(t.next_attempt_ms).where(sql`next_attempt_ms is not null`),
    uniqueIndex("message_once").on(t.endpoint_id, t.event_id),
    oneOf(t.kind),
    oneOf(t.state),
  ],
);

export const attempt = pgTable(
  "webhook_attempt",
  {
    message_id: uuid()
      .notNull()
      .references(() => message.message_id, { onDelete: "cascade" }),
    attempt: integer().notNull(),
    at: instant().notNull(),
    status: integer(),
    duration_ms: integer().notNull(),
    answer: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.message_id, t.attempt] })],
);
