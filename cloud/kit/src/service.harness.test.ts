import { randomUUID } from "node:crypto";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { parcelEvent, type parcelRoutes, parcels } from "./example/parcels.harness.ts";
import { type Started, startForTest } from "./service.harness.ts";

const ops: Principal = {
  kind: "user",
  id: "u1",
  organizationId: randomUUID(),
  role: "ops",
  name: "Olga",
  storeIds: [],
};

let started: Started<typeof parcelRoutes>;
beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

test("a typed call goes through the whole mount to Postgres and back", async () => {
  const stored = await started.client(ops).storeParcel({ body: { label: "umbrella" } });

  const found = await started.client(ops).findParcel({ params: { parcel_id: stored.parcel_id } });

  expect(found).toEqual(stored);
});

test("a service reads and writes its own schema as a role that owns nothing", async () => {
  await expect(started.db.execute("create table mine (id int)")).rejects.toThrow("create table mine");
  const { rows } = await started.db.execute<{ schema: string }>("select current_schema() as schema");

  expect(rows[0]?.schema).toBe("lost_parcels");
});

test("a reply that breaks its contract fails the test that provoked it", async () => {
  const call = started.client(ops).storeParcel({ body: { label: "broken" } });

  await expect(call).rejects.toMatchObject({ code: "internal" });
});

test("an event that is delivered twice takes effect once", async () => {
  const event = {
    event_id: randomUUID(),
    subject_id: randomUUID(),
    organization_id: null,
    event_time: "2026-01-05T09:00:00.000Z",
    actor: { kind: "service", id: "test" },
    body: { happened: "stored", label: "hat" },
  } as const;

  await started.deliver(parcelEvent, event);
  await started.deliver(parcelEvent, event);

  const found = await started.client(ops).findParcel({ params: { parcel_id: event.event_id } });
  expect(found.stored_at).toBe("2026-01-05T09:00:00.000Z");
});

test("what a consumer throws reaches the test, and its writes are undone", async () => {
  const event = {
    event_id: randomUUID(),
    subject_id: randomUUID(),
    organization_id: null,
    event_time: "2026-01-05T09:00:00.000Z",
    actor: { kind: "service", id: "test" },
    body: { happened: "stored", label: "poison" },
  } as const;

  await expect(started.deliver(parcelEvent, event)).rejects.toThrow("cannot be swallowed");

  const found = started.client(ops).findParcel({ params: { parcel_id: event.event_id } });
  await expect(found).rejects.toBeInstanceOf(Fault);
});

test("events are read back from the outbox in order", async () => {
  const before = (await started.events(parcelEvent)).length;
  await started.client(ops).storeParcel({ body: { label: "first" } });
  await started.client(ops).storeParcel({ body: { label: "second" } });

  const events = await started.events(parcelEvent);

  expect(events.slice(before).map(({ body }) => body.label)).toEqual(["first", "second"]);
});
