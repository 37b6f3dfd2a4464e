import { randomUUID } from "node:crypto";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { sql } from "drizzle-orm";
import { Client } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { parcelEvent, type parcelRoutes, parcels } from "../example/parcels.harness.ts";
import { kitMetrics } from "../metrics.ts";
import { consumer } from "../service.ts";
import { type Started, startForTest } from "../service.harness.ts";
import { PgInbox } from "./inbox.pg.ts";
import { PgRelay } from "./relay.pg.ts";

const subjects = ["a", "b", "c", "d"];
const eventsOfEach = 25;
const patience = { timeout: 20_000, interval: 10 };

/** Pauses after a loss are long for a test. */
const hasty: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  sleep: (durationMs, signal) => systemClock.sleep(Math.min(durationMs, 20), signal),
};

let started: Started<typeof parcelRoutes>;
let over: AbortController;
let misplaced: string[];
beforeEach(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl"), clock: hasty });
  over = new AbortController();
  misplaced = [];
});
afterEach(async () => {
  over.abort();
  await started[Symbol.asyncDispose]();
});

test("connections that the server ends while events travel lose none, double none and mix none up", async () => {
  await using admin = await connectedAdmin();
  await using process = await newProcess(async (tries) => {
    if (tries % 31 === 0) await admin.endConnections();
  });
  const working = process.work(over.signal);

  await Promise.all(subjects.map(publish));

  await expect.poll(consumed, patience).toBe(subjects.length * eventsOfEach);
  over.abort();
  await working;
  expect(await labels()).toEqual(everyLabel());
  expect(misplaced).toEqual([]);
});

test("a process that stops in the middle of its work leaves the rest to the next one", async () => {
  await Promise.all(subjects.map(publish));

  for (let lives = 0; (await consumed()) < subjects.length * eventsOfEach && lives < 100; lives += 1) {
    const stop = new AbortController();
    await using process = await newProcess((tries) => {
      if (tries === lives + 1) stop.abort();
    });
    await process.work(AbortSignal.any([stop.signal, AbortSignal.timeout(patience.timeout)]));
  }

  expect(await labels()).toEqual(everyLabel());
  expect(misplaced).toEqual([]);
});

test("two processes share the work, and each event is still consumed once and in its turn", async () => {
  await using one = await newProcess();
  await using other = await newProcess();
  const working = [one.work(over.signal), other.work(over.signal)];

  await Promise.all(subjects.map(publish));

  await expect.poll(consumed, patience).toBe(subjects.length * eventsOfEach);
  over.abort();
  await Promise.all(working);
  expect(await labels()).toEqual(everyLabel());
  expect(misplaced).toEqual([]);
});

/** A relay and a consumer as another process would have them. The consumer's effect is a row more for each time. */
async function newProcess(onTry: (tries: number) => Promise<void> | void = () => undefined) {
  let tries = 0;
  const shared = { clock: hasty, log: pino({ level: "silent" }), metrics: kitMetrics(new Registry()) };
  const inbox = new PgInbox({
    ...shared,
    service: parcels.name,
    db: started.db,
    consumers: [
      consumer(parcelEvent, async ({ subject_id, body: { label, happened } }, tx) => {
        const { rows } = await tx.execute<{ before: number }>(
          sql`select count(*)::int as before from parcel where label like ${`${subject_id}%`}`,
        );
        if (label !== labelOf(subject_id, rows[0]?.before ?? 0)) misplaced.push(label);
        await tx.execute(sql`insert into parcel (parcel_id, label, state, stored_at)
          values (gen_random_uuid(), ${label}, ${happened}, now())`);
        tries += 1;
        await onTry(tries);
      }),
    ],
  });
  const relay = new PgRelay({ ...shared, url: started.busUrl, onDelivered: () => inbox.poke() });
  await relay.add(parcels.name, [parcelEvent.type]);
  return {
    work: (signal: AbortSignal) => Promise.all([relay.run(signal), inbox.work(signal)]),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

/** A publisher that tries again when it does not know whether it committed. */
async function publish(subject: string): Promise<void> {
  for (let index = 0; index < eventsOfEach; index += 1) {
    const event = {
      event_id: randomUUID(),
      subject_id: subject,
      organization_id: null,
      event_time: "2026-01-05T09:00:00.000Z",
      actor: { kind: "service", id: "test" },
      body: { happened: "stored", label: labelOf(subject, index) },
    } as const;
    await expect
      .poll(async () => {
        await started.db.transaction((tx) => started.running.outbox.append(tx, parcelEvent, event));
        return true;
      }, patience)
      .toBe(true);
  }
}

/** Who ends everybody else's connections. */
async function connectedAdmin() {
  const client = new Client({ connectionString: started.adminUrl });
  await client.connect();
  return {
    endConnections: () =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function consumed(): Promise<number> {
  return (await labels().catch(() => [])).length;
}

async function labels(): Promise<readonly string[]> {
  const { rows } = await started.db.execute<{ label: string }>(
    sql`select label from parcel order by label collate "C"`,
  );
  return rows.map(({ label }) => label);
}

function everyLabel(): readonly string[] {
  return subjects.flatMap((subject) => Array.from({ length: eventsOfEach }, (_, index) => labelOf(subject, index)));
}

function labelOf(subject: string, index: number): string {
  return `${subject}${String(index).padStart(3, "0")}`;
}
