import { instant } from "@kerbside/cloud-kit/columns";
import { bigint, boolean, doublePrecision, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { Robot } from "./robot.ts";

/** One row a robot: what is known of it, and what follows from that for dispatch. */
export const robot = pgTable(
  "robot",
  {
    robot_id: uuid().primaryKey(),
    organization_id: uuid().notNull(),
    /** Null, as the next three, until its enrolment is here. */
    name: text(),
    market_id: uuid(),
    hub_id: uuid(),
    compartments: integer(),
    is_revoked: boolean().notNull(),
    suspicion: jsonb().$type<NonNullable<Robot["suspicion"]>>(),
    service: text().notNull(),
    operational_state: text(),
    motion_safety: text().notNull(),
    lids: jsonb().$type<Robot["lids"]>().notNull(),
    connectivity: text().notNull(),
    battery_pct: doublePrecision(),
    lat: doublePrecision(),
    lng: doublePrecision(),
    measured_ms: bigint({ mode: "number" }),
    delivery_id: uuid(),
    carries: uuid(),
    heard: jsonb().$type<Robot["heard"]>().notNull(),
    available: boolean().notNull(),
    reasons: jsonb().$type<readonly string[]>().notNull(),
    available_since: instant().notNull(),
  },
  (t) => [index("robot_by_name").on(t.organization_id, t.name, t.robot_id), index("robot_by_market").on(t.market_id)],
);
