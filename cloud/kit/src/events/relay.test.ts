import { randomUUID } from "node:crypto";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { sql } from "drizzle-orm";
import { Client } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { parcelEvent, type parcelRoutes, parcels } from "../example/parcels.harness.ts";
import { kitMetrics } from "../metrics.ts";
import type { Transaction } from "../service.ts";
import { type Started, startForTest } from "../service.harness.ts";
import { PgRelay } from "./relay.pg.ts";

let started: Started<typeof parcelRoutes>;
let relay: PgRelay;
let delivered: string[];

beforeEach(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
  delivered = [];
  relay = new PgRelay({
    url: started.busUrl,
    clock: systemClock,
    log: pino({ level: "silent" }),
    metrics: kitMetrics(new Registry()),
    onDelivered: (service) => {
      delivered.push(service);
      started.running.inbox.poke();
    },
  });
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  await started[Symbol.asyncDispose]();
});

test("events reach the inbox of who listens, once and in order", async () => {
  await relay.add(parcels.name, [parcelEvent.type]);
  for (const label of ["a", "b", "c"]) await append(label);

  await relayed(3);
  await relay.relayOnce(parcels.name);

  expect(await inboxLabels()).toEqual(["a", "b", "c"]);
  expect(delivered).toContain("lost-parcels");
});

test("what nobody listens to is published to nobody", async () => {
  await relay.add(parcels.name, []);
  await append("unheard");

  await relayed(1);

  expect(await inboxLabels()).toEqual([]);
});

test("the relay never reads past the oldest running transaction", async () => {
  await relay.add(parcels.name, [parcelEvent.type]);
  const slow = await openTransaction();
  await slow.query(insertRaw, [randomUUID(), envelope("first")]);
  await append("second");

  const early = await relay.relayOnce(parcels.name);
  await slow.query("commit");
  await slow.end();
  await relayed(2);

  expect(early).toEqual({ moved: 0, more: false, heldBack: true });
  expect(await inboxLabels()).toEqual(["first", "second"]);
});

test("a transaction that is rolled back leaves nothing to relay", async () => {
  await relay.add(parcels.name, [parcelEvent.type]);
  const failing = started.db.transaction(async (tx) => {
    await appendIn(tx, "never");
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  await append("after");

  await relayed(1);

  expect(await inboxLabels()).toEqual(["after"]);
});

test("an event that was relayed twice is in the inbox once", async () => {
  await relay.add(parcels.name, [parcelEvent.type]);
  await append("once");
  await relayed(1);
  await onServer("update lost_parcels.outbox set published_at = null");

  await relayed(1);

  expect(await inboxLabels()).toEqual(["once"]);
});

test("the running relay and consumer carry an event from one transaction to the other's effect", async () => {
  await relay.add(parcels.name, [parcelEvent.type]);
  const over = new AbortController();
  const running = Promise.all([relay.run(over.signal), started.running.inbox.work(over.signal)]);

  const eventId = await append("carried");
  relay.poke(parcels.name);

  const found = await expect.poll(() => labelOf(eventId), { timeout: 10_000, interval: 5 }).toBe("carried");
  over.abort();
  await running;
  return found;
});

const insertRaw = `insert into lost_parcels.outbox (event_id, type, subject_id, envelope)
  values ($1, 'parcels/parcel-event', 'shelf', $2)`;

function envelope(label: string): string {
  return JSON.stringify({ body: { happened: "stored", label } });
}

async function append(label: string): Promise<string> {
  return started.db.transaction((tx) => appendIn(tx, label));
}

async function appendIn(tx: Transaction, label: string): Promise<string> {
  const event_id = randomUUID();
  await started.running.outbox.append(tx, parcelEvent, {
    event_id,
    subject_id: "shelf",
    organization_id: null,
    event_time: "2026-01-05T09:00:00.000Z",
    actor: { kind: "service", id: "test" },
    body: { happened: "stored", label },
  });
  return event_id;
}

/** Other databases of the same server have transactions too, so the relay may be held back for a moment. */
async function relayed(count: number): Promise<void> {
  let moved = 0;
  await expect
    .poll(async () => (moved += (await relay.relayOnce(parcels.name)).moved), { timeout: 10_000, interval: 5 })
    .toBe(count);
}

async function inboxLabels(): Promise<readonly string[]> {
  const { rows } = await started.db.execute<{ label: string }>(
    sql`select envelope -> 'body' ->> 'label' as label from inbox order by inbox_seq`,
  );
  return rows.map(({ label }) => label);
}

async function labelOf(parcelId: string): Promise<string | undefined> {
  const { rows } = await started.db.execute<{ label: string }>(
    sql`select label from parcel where parcel_id = ${parcelId}`,
  );
  return rows[0]?.label;
}

async function openTransaction(): Promise<Client> {
  const client = new Client({ connectionString: started.adminUrl });
  await client.connect();
  await client.query("begin");
  return client;
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: started.adminUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}
