import { randomUUID } from "node:crypto";
import type { Principal } from "@kerbside/proto/base/roles";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parcelEvent, type parcelRoutes, parcels } from "../example/parcels.harness.ts";
import { type Started, startForTest } from "../service.harness.ts";
import { PgIdempotency } from "./idempotency.pg.ts";

const olga = person();
const pavel = person();

let started: Started<typeof parcelRoutes>;
beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

describe("a write with an Idempotency-Key", () => {
  test("is executed once; a repetition gets the same answer", async () => {
    const key = randomUUID();

    const first = await store("hat", key);
    const second = await store("hat", key);

    expect(second.status).toBe(201);
    expect(await second.text()).toBe(await first.text());
    expect(await storedLabels("hat")).toBe(1);
  });

  test("with another body is refused", async () => {
    const key = randomUUID();
    await store("glove", key);

    const second = await store("scarf", key);

    expect(await second.json()).toMatchObject({ status: 409, code: "idempotency_conflict" });
  });

  test("is executed once when many arrive together, and all get that one answer", async () => {
    const key = randomUUID();

    const answers = await Promise.all(Array.from({ length: 12 }, () => store("slow", key)));

    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect(bodies.size).toBe(1);
    expect(await storedLabels("slow")).toBe(1);
  });

  test("belongs to whoever sent it: the same key of somebody else is another one", async () => {
    const key = randomUUID();
    const first = await store("boot", key, olga);

    const second = await store("boot", key, pavel);

    expect(await second.text()).not.toBe(await first.text());
  });

  test("leaves neither its key nor its answer readable in the database", async () => {
    const key = randomUUID();
    await store("secretive", key);

    const { rows } = await started.db.execute(
      sql`select encode(key, 'escape') || encode(answer, 'escape') as kept from idempotency_key where answer is not null`,
    );

    const kept = rows.map((row) => String(row["kept"])).join();
    expect(kept).not.toContain(key);
    expect(kept).not.toContain("secretive");
  });

  test("that was refused for good is refused again with the same words", async () => {
    const key = randomUUID();
    const first = await store("refuse", key);

    const second = await store("refuse", key);

    expect(second.headers.get("content-type")).toBe("application/problem+json");
    expect(await second.text()).toBe(await first.text());
  });

  test("that failed on our side may be tried again", async () => {
    const key = randomUUID();
    const before = await started.request("/v1/parcels", init("crash", key), olga);

    const { rows } = await started.db.execute(sql`select from idempotency_key where status is null`);

    expect(before.status).toBe(500);
    expect(rows).toEqual([]);
  });

  test.each(["", "a b", "x".repeat(256), "ключ"])("refuses the key “%s”", async (key) => {
    const headers = new Headers({ "content-type": "application/json" });
    headers.set("idempotency-key", Buffer.from(key).toString("latin1"));

    const response = await started.request("/v1/parcels", { ...init("hat", "x"), headers }, olga);

    expect(await response.json()).toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/header/idempotency-key" }],
    });
  });
});

describe("a claim whose process died", () => {
  const request = {
    key: "k",
    principal: olga,
    endpoint: "storeParcel",
    parts: { params: 1, query: 2, body: 3 },
    requestId: "r",
  };

  test("is taken over after a minute, under the same operation id", async () => {
    const clock = new VirtualClock();
    const idempotency = new PgIdempotency({ db: started.db, clock, newId: randomUUID });
    const ids: string[] = [];
    void idempotency.run(request, (id) => {
      ids.push(id);
      return new Promise(() => undefined);
    });
    await expect.poll(() => ids.length).toBe(1);

    await clock.advance(60_001);
    const answer = await idempotency.run(request, async (id) => {
      ids.push(id);
      return { status: 201, body: "done" };
    });

    expect(answer.body).toBe("done");
    expect(ids[1]).toBe(ids[0]);
  });

  test("is forgotten with its answer after a day", async () => {
    const clock = new VirtualClock();
    const idempotency = new PgIdempotency({ db: started.db, clock, newId: randomUUID });
    const daily = { ...request, key: "daily" };
    await idempotency.run(daily, async () => ({ status: 200, body: "first" }));

    await clock.advance(25 * 3_600_000);
    await idempotency.trim();
    const answer = await idempotency.run(daily, async () => ({ status: 200, body: "second" }));

    expect(answer.body).toBe("second");
  });
});

function person(): Principal {
  return { kind: "user", id: randomUUID(), organizationId: randomUUID(), role: "ops", name: "Somebody", storeIds: [] };
}

function init(label: string, key: string): RequestInit {
  return {
    method: "POST",
    body: JSON.stringify({ label }),
    headers: { "content-type": "application/json", "idempotency-key": key },
  };
}

function store(label: string, key: string, principal = olga): Promise<Response> {
  return started.request("/v1/parcels", init(label, key), principal);
}

async function storedLabels(label: string): Promise<number> {
  const events = await started.events(parcelEvent);
  return events.filter(({ body }) => body.label === label).length;
}
