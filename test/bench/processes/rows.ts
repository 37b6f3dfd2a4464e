import { writeFile } from "node:fs/promises";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { bigint, doublePrecision, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { Pool } from "pg";
import { answerParent } from "./child.node.ts";

/** The usual choice for heartbeats: JSON comes in, drizzle makes each sample a row. And what COPY reads. */
const running = new AsyncDisposableStack();
let db: NodePgDatabase | null = null;

const columns = {
  robot_id: uuid().notNull(),
  at_ms: bigint({ mode: "number" }).notNull(),
  lat: doublePrecision(),
  lng: doublePrecision(),
  accuracy_m: doublePrecision().notNull(),
  speed_mps: doublePrecision().notNull(),
  heading_deg: doublePrecision().notNull(),
  battery_pct: doublePrecision().notNull(),
  lid: text().notNull(),
  operational_state: text().notNull(),
  control_mode: text().notNull(),
  motion_safety: text().notNull(),
  lid_flags: integer().notNull(),
};
const heartbeat = pgTable("bench_heartbeat", columns, (t) => [primaryKey({ columns: [t.robot_id, t.at_ms] })]);

const answers = {
  async start(connectionString: string): Promise<void> {
    const pool = new Pool({ connectionString, max: 1 });
    running.defer(() => pool.end());
    db = drizzle(pool);
    await db.execute(`create table bench_heartbeat (
      robot_id uuid not null, at_ms bigint not null, lat double precision, lng double precision,
      accuracy_m double precision not null, speed_mps double precision not null, heading_deg double precision not null,
      battery_pct double precision not null, lid text not null, operational_state text not null,
      control_mode text not null, motion_safety text not null, lid_flags int not null, primary key (robot_id, at_ms))`);
  },

  /** The samples of so many robots as a file that COPY reads. */
  async write(asked: { readonly file: string; readonly robots: number; readonly samplesEach: number }): Promise<void> {
    const samples = cityTrace({ seed: 1, samples: asked.samplesEach });
    const lines: string[] = [];
    for (let robot = 0; robot < asked.robots; robot += 1) {
      for (const sample of samples) lines.push(Object.values(toRow(robot, sample)).join("\t"));
    }
    await writeFile(asked.file, `${lines.join("\n")}\n`, { mode: 0o644 });
  },

  /** So many messages of 60 samples, one insert each. */
  async insert(asked: { readonly messages: number; readonly from: number }): Promise<void> {
    const samples = cityTrace({ seed: 1, samples: 60 });
    const texts = Array.from({ length: asked.messages }, (_, index) =>
      JSON.stringify({ robot: asked.from + index, samples }),
    );
    for (const message of texts) {
      const read: { robot: number; samples: HeartbeatSample[] } = JSON.parse(message);
      const rows = read.samples.map((sample) => toRow(read.robot, sample));
      await db?.insert(heartbeat).values(rows).onConflictDoNothing();
    }
  },
};
export type RowsProcess = typeof answers;

answerParent(answers, running);

function toRow(robot: number, sample: HeartbeatSample) {
  return {
    robot_id: `019a0000-0000-7000-8000-${String(robot).padStart(12, "0")}`,
    at_ms: sample.atMs,
    lat: sample.lat,
    lng: sample.lng,
    accuracy_m: sample.accuracyM,
    speed_mps: sample.speedMps,
    heading_deg: sample.headingDeg,
    battery_pct: sample.batteryPct,
    lid: sample.lid,
    operational_state: sample.operationalState,
    control_mode: sample.controlMode,
    motion_safety: sample.motionSafety,
    lid_flags: sample.lidFlags,
  };
}
