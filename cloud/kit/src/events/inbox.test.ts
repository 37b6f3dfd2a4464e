import { randomUUID } from "node:crypto";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { parcelEvent, type parcelRoutes, parcels } from "../example/parcels.harness.ts";
import { kitMetrics } from "../metrics.ts";
import { consumer } from "../service.ts";
import { type Started, startForTest } from "../service.harness.ts";
import { triesMax } from "./backoff.ts";
import { toEnvelope } from "./envelope.ts";
import { PgInbox } from "./inbox.pg.ts";

let started: Started<typeof parcelRoutes>;
let clock: VirtualClock;
let seen: string[];
let failing: Set<string>;
let registry: Registry;
let inbox: PgInbox;

beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());
beforeEach(async () => {
  await started.db.execute(sql`delete from inbox`);
  clock = new VirtualClock();
  seen = [];
  failing = new Set();
  registry = new Registry();
  inbox = new PgInbox({
    service: parcels.name,
    db: started.db,
    clock,
    log: pino({ level: "silent" }),
    metrics: kitMetrics(registry),
    consumers: [
      consumer(parcelEvent, async ({ body }) => {
        if (failing.has(body.label)) throw new Error(`cannot take ${body.label}`);
        seen.push(body.label);
      }),
    ],
  });
});

describe("a consumer's events", () => {
  test("of one subject are consumed in the order they came", async () => {
    for (const label of ["a1", "b1", "a2", "b2", "a3"]) await accept(label);

    await inbox.runDue();

    expect(seen.filter((label) => label.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(seen).toHaveLength(5);
  });

  test("are consumed once, however often they come", async () => {
    const eventId = randomUUID();
    await accept("a1", eventId);
    await inbox.runDue();
    await accept("a1", eventId);

    await inbox.runDue();

    expect(seen).toEqual(["a1"]);
  });

  test("hold back their own subject while one fails, and no other", async () => {
    failing.add("a1");
    for (const label of ["a1", "a2", "b1"]) await accept(label);

    await inbox.runDue();

    expect(seen).toEqual(["b1"]);
  });

  test("are consumed up to the one that fails, though they waited together", async () => {
    failing.add("a3");
    for (const label of ["a1", "a2", "a3", "a4"]) await accept(label);

    const consumed = await inbox.runDue();

    const { rows } = await started.db.execute<{ state: string }>(sql`select state from inbox order by inbox_seq`);
    expect(consumed).toBe(2);
    expect(rows.map(({ state }) => state)).toEqual(["done", "done", "waiting", "waiting"]);
  });

  test("are consumed in order, however many wait", async () => {
    const labels = Array.from({ length: 50 }, (_, index) => `a${index}`);
    for (const label of labels) await accept(label);

    const consumed = await inbox.runDue();

    expect(consumed).toBe(50);
    expect(seen).toEqual(labels);
  });

  test("are tried again after a pause, and the line moves on", async () => {
    failing.add("a1");
    for (const label of ["a1", "a2"]) await accept(label);
    await inbox.runDue();
    failing.clear();

    const early = await inbox.runDue();
    await clock.advance(100);
    await inbox.runDue();

    expect(early).toBe(0);
    expect(seen).toEqual(["a1", "a2"]);
  });

  test("are parked after the last try, counted and shown, and the next one is consumed", async () => {
    failing.add("a1");
    for (const label of ["a1", "a2"]) await accept(label);

    for (let tries = 0; tries < triesMax; tries += 1) {
      await inbox.runDue();
      await clock.advance(60_000);
    }
    await inbox.runDue();

    expect(seen).toEqual(["a2"]);
    await inbox.measure();
    expect(await registry.metrics()).toContain('kerbside_events_parked{service="lost-parcels"} 1');
  });

  test("that were parked can be given another chance", async () => {
    failing.add("a1");
    await accept("a1");
    for (let tries = 0; tries < triesMax; tries += 1) {
      await inbox.runDue();
      await clock.advance(60_000);
    }
    failing.clear();

    const unparked = await inbox.unpark();
    await inbox.runDue();

    expect(unparked).toBe(1);
    expect(seen).toEqual(["a1"]);
  });

  test("that their contract does not read are parked at once", async () => {
    const envelope = { ...born("a1", randomUUID()), body: { happened: "exploded" } };
    await inbox.accept({ ...envelope, cloud_seq: 1 });

    const attempt = await inbox.attempt("a");

    expect(attempt.outcome).toBe("parked");
  });
});

function born(label: string, eventId: string) {
  const event = {
    event_id: eventId,
    subject_id: label.slice(0, 1),
    organization_id: null,
    event_time: toInstant(clock.now()),
    actor: { kind: "service", id: "test" },
    body: { happened: "stored", label },
  } as const;
  return toEnvelope(parcelEvent, event, { clock, newId: randomUUID });
}

async function accept(label: string, eventId: string = randomUUID()): Promise<void> {
  await inbox.accept({ ...born(label, eventId), cloud_seq: 1 });
}
