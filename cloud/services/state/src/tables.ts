import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Actor } from "@kerbside/proto/base/actor";
import type { Place } from "@kerbside/proto/base/place";
import { holders } from "@kerbside/proto/robot/journal";
import { cloudDimensions, transitionRequestStates } from "@kerbside/proto/routes/state";
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { CycleStep } from "./lid-cycle.ts";

export const robot = pgTable("robot", {
  robot_id: uuid().primaryKey(),
  organization_id: uuid().notNull(),
  created_at: instant().notNull(),
});

/** Where a robot stands in each dimension now. */
export const dimension = pgTable(
  "dimension",
  {
    robot_id: uuid()
      .notNull()
      .references(() => robot.robot_id),
    dimension: text().notNull(),
    value: text().notNull(),
    since: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.robot_id, t.dimension] })],
);

/** Every state a robot was in. (position_major, position_minor) is the order within a dimension. */
export const change = pgTable(
  "change",
  {
    change_id: uuid().primaryKey(),
    robot_id: uuid()
      .notNull()
      .references(() => robot.robot_id),
    dimension: text().notNull(),
    position_major: bigint({ mode: "number" }).notNull(),
    position_minor: bigint({ mode: "number" }).notNull(),
    from: text().notNull(),
    to: text().notNull(),
    reason: text(),
    event_time: instant().notNull(),
    recorded_time: instant().notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    violation: text(),
  },
  (t) => [
    index("change_by_position").on(t.robot_id, t.dimension, t.position_major, t.position_minor),
    index("change_by_time").on(t.robot_id, t.event_time, t.change_id),
  ],
);

export const transitionRequest = pgTable(
  "transition_request",
  {
    request_id: uuid().primaryKey(),
    robot_id: uuid()
      .notNull()
      .references(() => robot.robot_id),
    dimension: text({ enum: cloudDimensions }).notNull(),
    from: text().notNull(),
    to: text().notNull(),
    reason: text().notNull(),
    requested_by: jsonb().$type<Actor>().notNull(),
    requested_at: instant().notNull(),
    state: text({ enum: transitionRequestStates }).notNull(),
    rejection: text(),
  },
  (t) => [
    index("transition_request_by_robot").on(t.robot_id, t.requested_at, t.request_id),
    oneOf(t.dimension),
    oneOf(t.state),
  ],
);

/** One unlock-to-relock episode: the changes it is made of, and what it is listed by. */
export const lidCycle = pgTable(
  "lid_cycle",
  {
    cycle_id: uuid().primaryKey(),
    robot_id: uuid()
      .notNull()
      .references(() => robot.robot_id),
    delivery_id: uuid(),
    steps: jsonb().$type<readonly CycleStep[]>().notNull(),
    began_at: instant().notNull(),
    opened_at: instant(),
  },
  (t) => [
    index("lid_cycle_by_robot").on(t.robot_id, t.began_at, t.cycle_id),
    index("lid_cycle_by_delivery").on(t.delivery_id),
  ],
);

/** Deliveries that exist and whose they are, by their own events alone: what a robot says makes nothing its own. */
export const delivery = pgTable("delivery", {
  delivery_id: uuid().primaryKey(),
  organization_id: uuid().notNull(),
});

export const custody = pgTable(
  "custody",
  {
    event_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    delivery_id: uuid().notNull(),
    attempt_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    fencing_token: integer().notNull(),
    from: text({ enum: holders }).notNull(),
    to: text({ enum: holders }).notNull(),
    cycle_id: uuid().notNull(),
    place: jsonb().$type<Place>(),
    epoch: bigint({ mode: "number" }).notNull(),
    seq: bigint({ mode: "number" }).notNull(),
    event_time: instant().notNull(),
  },
  (t) => [index("custody_by_delivery").on(t.delivery_id), oneOf(t.from), oneOf(t.to)],
);
