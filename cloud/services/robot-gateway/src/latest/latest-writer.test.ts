import { PgOutbox } from "@kerbside/cloud-kit/events/outbox.pg";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { positionChanged } from "@kerbside/proto/events/robots";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { unconnected } from "../gateway.harness.ts";
import { enrolled, sample, type StartedGateway, type TestRobot } from "../robot.harness.ts";
import { robotGateway } from "../service.ts";
import { LatestWriter } from "./latest-writer.ts";

const clock = new VirtualClock();

let started: StartedGateway;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings: unconnected, clock });
});
afterAll(() => started[Symbol.asyncDispose]());

let robot: TestRobot;
let writer: LatestWriter;
beforeEach(async () => {
  robot = await enrolled(started);
  const outbox = new PgOutbox({ clock, newId: () => crypto.randomUUID(), checked: true });
  const onProblem = (problem: unknown): never => {
    throw problem;
  };
  writer = new LatestWriter({ db: started.db, outbox, clock, onProblem });
});

async function write(change: Partial<HeartbeatSample> = {}): Promise<void> {
  writer.offer(new Map([[robot.id, { sample: sample(clock.now(), change), intervalMs: 5_000 }]]));
  await writer.write();
}

async function row(): Promise<Record<string, unknown> | undefined> {
  const { rows } = await started.db.execute(sql`select * from latest where robot_id = ${robot.id}`);
  return rows[0];
}

async function told(): Promise<readonly number[]> {
  const events = await started.events(positionChanged);
  return events.filter(({ subject_id }) => subject_id === robot.id).map(({ body }) => body.battery_pct);
}

test("of what waits only the newest is written", async () => {
  const first = { sample: sample(clock.now(), { batteryPct: 50 }), intervalMs: 1_000 };

  writer.offer(new Map([[robot.id, first]]));
  await write({ batteryPct: 49, lidFlags: 3 });

  expect(await row()).toMatchObject({ battery_pct: 49, lid_flags: ["forced_open", "jammed"], interval_ms: 5_000 });
});

test("a fact that is newer than the heartbeat keeps its say about the lid", async () => {
  await started.db.execute(sql`
    update latest set lid = 'open', facts_at = ${clock.now() + 1} where robot_id = ${robot.id}`);

  await write({ lid: "closed_locked", batteryPct: 70 });

  expect(await row()).toMatchObject({ lid: "open", battery_pct: 70 });
});

test("a row that somebody is changing is not waited for, and found again by the next heartbeat", async () => {
  const changed = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const change = started.db.transaction(async (tx) => {
    await tx.execute(sql`update latest set mission_id = gen_random_uuid() where robot_id = ${robot.id}`);
    locked.resolve();
    await changed.promise;
  });
  await locked.promise;

  await write({ batteryPct: 33 });
  const meanwhile = await row();
  changed.resolve();
  await change;
  await write({ batteryPct: 32 });

  expect(meanwhile).toMatchObject({ battery_pct: null });
  expect(await row()).toMatchObject({ battery_pct: 32, mission_id: expect.any(String) });
});

test("positions are told when they are news, and at most every five seconds", async () => {
  await write({ batteryPct: 80 });
  await clock.advance(4_000);
  await write({ batteryPct: 70 });
  await clock.advance(1_000);
  await write({ batteryPct: 60 });
  await clock.advance(6_000);
  await write({ batteryPct: 60 });

  expect(await told()).toEqual([80, 60]);
});

test("a robot without a fix keeps its last place and tells nothing", async () => {
  await write();
  await clock.advance(60_000);
  await write({ lat: null, lng: null, batteryPct: 40 });

  expect(await row()).toMatchObject({ lat: 51.128, battery_pct: 40 });
  expect(await told()).toEqual([80]);
});
