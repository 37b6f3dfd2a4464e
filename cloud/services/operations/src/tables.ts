import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import type { Place } from "@kerbside/proto/base/place";
import { holders, missionHappenings } from "@kerbside/proto/robot/journal";
import { type Mission, stopKinds } from "@kerbside/proto/robot/mission";
import { missionStatuses } from "@kerbside/proto/routes/operations";
import { tripStates } from "@kerbside/proto/states/trip";
import { bigint, boolean, doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { Errand } from "./mission.ts";
import { attemptEnds } from "./orders.ts";
import { type TripPlan, type TripStep, tripPurposes } from "./trip.ts";

/** What deliveries told us of an attempt, kept because a later word may have to turn its robot round. */
export const attempt = pgTable(
  "attempt",
  {
    attempt_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    delivery_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    /** Null while only its custody or its end is known, which may come first. */
    errand: jsonb().$type<Errand>(),
    holder: text({ enum: holders }),
    ended: text({ enum: attemptEnds }),
    updated_at: instant().notNull(),
  },
  (t) => [oneOf(t.holder), oneOf(t.ended)],
);

export const mission = pgTable(
  "mission",
  {
    mission_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    delivery_id: uuid(),
    /** The attempt that it was made for, also where the robot is not told of it. */
    attempt_id: uuid(),
    body: jsonb().$type<Mission>().notNull(),
    status: text({ enum: missionStatuses }).notNull(),
    reason: text(),
    heads_for: text({ enum: stopKinds }),
    at_stop: boolean().notNull(),
    withdrawn_at: instant(),
    withdrawn_reason: text(),
    /** The mission's own `issued_at`: strictly growing within a robot, for the youngest is the one that holds. */
    issued_ms: bigint({ mode: "number" }).notNull(),
    issued_at: instant().notNull(),
    ended_at: instant(),
  },
  (t) => [
    index("mission_by_robot").on(t.robot_id, t.issued_ms),
    index("mission_by_birth").on(t.organization_id, t.issued_at, t.mission_id),
    index("mission_by_delivery").on(t.delivery_id),
    oneOf(t.status),
    oneOf(t.heads_for),
  ],
);

/** What robots said of their missions, each once, in whatever order it came. */
export const missionFact = pgTable(
  "mission_fact",
  {
    mission_id: uuid()
      .notNull()
      .references(() => mission.mission_id),
    epoch: bigint({ mode: "number" }).notNull(),
    seq: bigint({ mode: "number" }).notNull(),
    happened: text({ enum: missionHappenings }).notNull(),
    stop: text({ enum: stopKinds }),
    place: jsonb().$type<Place>(),
    reason: text(),
    at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.mission_id, t.epoch, t.seq] }), oneOf(t.happened), oneOf(t.stop)],
);

export const trip = pgTable(
  "trip",
  {
    trip_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    robot_id: uuid().notNull(),
    delivery_id: uuid(),
    attempt_id: uuid(),
    mission_id: uuid()
      .notNull()
      .references(() => mission.mission_id),
    trip_type: text({ enum: tripPurposes }).notNull(),
    serves: jsonb().$type<TripPlan["serves"]>().notNull(),
    state: text({ enum: tripStates }).notNull(),
    state_since: instant().notNull(),
    steps: jsonb().$type<readonly TripStep[]>().notNull(),
    distance_planned_m: doublePrecision().notNull(),
    created_at: instant().notNull(),
    ended_at: instant(),
  },
  (t) => [
    index("trip_by_birth").on(t.organization_id, t.created_at, t.trip_id),
    index("trip_by_robot").on(t.robot_id),
    index("trip_by_delivery").on(t.delivery_id),
    index("trip_by_mission").on(t.mission_id),
    oneOf(t.trip_type),
    oneOf(t.state),
  ],
);
