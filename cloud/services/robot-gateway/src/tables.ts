import { instant, oneOf } from "@kerbside/cloud-kit/columns";
import { commandKinds } from "@kerbside/proto/robot/command";
import { mirrorKinds } from "@kerbside/proto/robot/mirror";
import { streams } from "@kerbside/proto/robot/topics";
import { commandStates } from "@kerbside/proto/states/command";
import { connectivityStates } from "@kerbside/proto/states/connectivity";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });
/** Milliseconds by a robot's clock, which may say anything; what our own clock said is an instant. */
const robotMs = (name: string) => bigint(name, { mode: "number" });

/** Every robot that was enrolled, with the key that its signatures are checked against. */
export const robots = pgTable("robot", {
  robotId: uuid("robot_id").primaryKey(),
  organizationId: uuid("organization_id").notNull(),
  name: text("name").notNull(),
  publicKey: text("public_key").notNull(),
  enrolledAt: instant("enrolled_at").notNull(),
  revokedAt: instant("revoked_at"),
  /** Signs of a copied disk: no lid opens by our order until the robot is enrolled anew. */
  suspectedAt: instant("suspected_at"),
  suspicion: text("suspicion"),
});

/** How far each stream of a robot is committed; the row is locked while a batch is judged. Epoch 0: nothing came yet. */
export const cursors = pgTable(
  "uplink_cursor",
  {
    robotId: uuid("robot_id").notNull(),
    stream: text("stream", { enum: streams }).notNull(),
    epoch: robotMs("epoch").notNull(),
    cursor: bigint("cursor", { mode: "number" }).notNull(),
    /** p0 only. */
    chainHead: text("chain_head").notNull(),
    /** Newest first; not kept for p2, whose row is written most often. */
    bootIds: uuid("boot_ids").array(),
  },
  (t) => [primaryKey({ columns: [t.robotId, t.stream] }), oneOf(t.stream)],
);

/** The facts that robots recorded, and their gap records, whose range begins at `seq`. */
export const journal = pgTable(
  "journal",
  {
    robotId: uuid("robot_id").notNull(),
    stream: text("stream", { enum: streams }).notNull(),
    epoch: robotMs("epoch").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    type: text("type").notNull(),
    eventTime: instant("event_time").notNull(),
    recordedTime: instant("recorded_time").notNull(),
    actor: jsonb("actor").notNull(),
    body: jsonb("body").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.robotId, t.stream, t.epoch, t.seq] }),
    index("journal_by_time").on(t.robotId, t.eventTime, t.epoch, t.stream, t.seq),
    oneOf(t.stream),
  ],
);

/** One row a batch: the robot's own packed bytes, unopened. */
export const heartbeats = pgTable(
  "heartbeats",
  {
    robotId: uuid("robot_id").notNull(),
    fromTime: instant("from_time").notNull(),
    toTime: instant("to_time").notNull(),
    epoch: robotMs("epoch").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    samples: integer("samples").notNull(),
    data: bytes("data").notNull(),
  },
  (t) => [primaryKey({ columns: [t.robotId, t.fromTime, t.epoch, t.seq] })],
);

/** What could not be read. The same bytes again count up `times`. */
export const quarantine = pgTable(
  "quarantine",
  {
    quarantineId: uuid("quarantine_id").primaryKey(),
    robotId: uuid("robot_id").notNull(),
    stream: text("stream", { enum: streams }).notNull(),
    epoch: robotMs("epoch"),
    seq: bigint("seq", { mode: "number" }),
    reason: text("reason").notNull(),
    bytes: integer("bytes").notNull(),
    /** The beginning of it, at most `quarantineLimits.keptBytes`. */
    raw: bytes("raw").notNull(),
    times: integer("times").notNull(),
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
  },
  (t) => [index("quarantine_by_robot").on(t.robotId, t.firstAt, t.quarantineId), oneOf(t.stream)],
);

/** Published: the columns of proto's `RobotLatest`, and two more that put facts and heartbeats in order. */
export const latest = pgTable(
  "latest",
  {
    robotId: uuid("robot_id").primaryKey(),
    organizationId: uuid("organization_id").notNull(),
    name: text("name").notNull(),
    lat: doublePrecision("lat"),
    lng: doublePrecision("lng"),
    speedMps: real("speed_mps"),
    headingDeg: real("heading_deg"),
    batteryPct: real("battery_pct"),
    lid: text("lid"),
    lidFlags: text("lid_flags").array().notNull(),
    operationalState: text("operational_state"),
    controlMode: text("control_mode"),
    motionSafety: text("motion_safety"),
    connectivity: text("connectivity", { enum: connectivityStates }).notNull(),
    connectivitySince: bigint("connectivity_since", { mode: "number" }).notNull(),
    missionId: uuid("mission_id"),
    deliveryId: uuid("delivery_id"),
    stop: text("stop"),
    atStop: boolean("at_stop").notNull(),
    at: robotMs("at"),
    intervalMs: integer("interval_ms").notNull(),
    factsAt: robotMs("facts_at"),
    doneDeliveryId: uuid("done_delivery_id"),
  },
  (t) => [oneOf(t.connectivity)],
);

/** Published: everything a robot must know. Versions only grow; a tombstone (no body) is a version too. */
export const mirror = pgTable(
  "mirror",
  {
    robotId: uuid("robot_id").notNull(),
    kind: text("kind", { enum: mirrorKinds }).notNull(),
    id: text("id").notNull(),
    version: integer("version").notNull(),
    body: text("body"),
    changedAt: instant("changed_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.robotId, t.kind, t.id] }),
    index("mirror_tombstones").on(t.changedAt).where(sql`body is null`),
    oneOf(t.kind),
  ],
);

export const commands = pgTable(
  "command",
  {
    commandId: uuid("command_id").primaryKey(),
    robotId: uuid("robot_id").notNull(),
    organizationId: uuid("organization_id").notNull(),
    kind: text("kind", { enum: commandKinds }).notNull(),
    args: jsonb("args").notNull(),
    deliveryId: uuid("delivery_id"),
    actor: jsonb("actor").notNull(),
    /** The sealed bytes as JSON text: what the mirror row says and what goes over MQTT. */
    sealed: text("sealed").notNull(),
    state: text("state", { enum: commandStates }).notNull(),
    reason: text("reason"),
    observedOutcome: text("observed_outcome"),
    issuedAt: instant("issued_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    endedAt: instant("ended_at"),
    /** When the cloud ends it by itself; null once it has ended. */
    dueAt: instant("due_at"),
    steps: jsonb("steps").notNull(),
  },
  (t) => [
    index("command_by_robot").on(t.robotId, t.issuedAt, t.commandId),
    index("command_open").on(t.dueAt).where(sql`due_at is not null`),
    oneOf(t.kind),
    oneOf(t.state),
  ],
);

/** The grants that each attempt gave a robot, so that its end takes them back whichever event comes first. */
export const attempts = pgTable("attempt", {
  attemptId: uuid("attempt_id").primaryKey(),
  robotId: uuid("robot_id").notNull(),
  deliveryId: uuid("delivery_id").notNull(),
  grantIds: uuid("grant_ids").array().notNull(),
  changedAt: instant("changed_at").notNull(),
  endedAt: instant("ended_at"),
});

/** The link of each robot as it is. */
export const links = pgTable(
  "link",
  {
    robotId: uuid("robot_id").primaryKey(),
    state: text("state", { enum: connectivityStates }).notNull(),
    since: instant("since").notNull(),
    /** When the cloud has to decide something by itself. */
    dueAt: instant("due_at"),
    connectedAtMs: robotMs("connected_at_ms"),
    connectedBeforeAtMs: robotMs("connected_before_at_ms"),
  },
  (t) => [index("link_due").on(t.dueAt).where(sql`due_at is not null`), oneOf(t.state)],
);

/** The link of each robot as it was: spans of one state. */
export const linkIntervals = pgTable(
  "link_interval",
  {
    robotId: uuid("robot_id").notNull(),
    beganAt: instant("began_at").notNull(),
    endedAt: instant("ended_at"),
    state: text("state", { enum: connectivityStates }).notNull(),
  },
  (t) => [
    uniqueIndex("link_interval_open").on(t.robotId).where(sql`ended_at is null`),
    index("link_interval_by_robot").on(t.robotId, t.beganAt),
    oneOf(t.state),
  ],
);

/** One row: the keys that were last told to everybody. */
export const trust = pgTable("trust", {
  one: boolean("one").primaryKey(),
  published: jsonb("published").notNull(),
});
