import { randomUUID } from "node:crypto";
import type { Principal } from "@kerbside/proto/base/roles";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Fault } from "@kerbside/proto/base/fault";
import { faults } from "@kerbside/proto/base/faults";
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

  test("that failed on our side may be tried again at once", async () => {
    const key = randomUUID();

    const first = await store("crash", key);
    const second = await store("crash", key);

    expect([first.status, second.status]).toEqual([500, 500]);
  });

  test("by a partner's test key is another one than by its live key", async () => {
    const key = randomUUID();
    const shop: Principal = { kind: "partner", id: randomUUID(), organizationId: randomUUID(), scopes: [], live: true };
    const { idempotency } = started.running;
    const run = (principal: Principal, body: string) =>
      idempotency.run({ ...request, key, principal }, async () => ({ status: 201, body }));

    const live = await run(shop, "live");
    const rehearsed = await run({ ...shop, live: false }, "rehearsed");

    expect([live.body, rehearsed.body]).toEqual(["live", "rehearsed"]);
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

const request = {
  key: "k",
  principal: olga,
  endpoint: "storeParcel",
  parts: { params: 1, query: 2, body: 3 },
  requestId: "r",
};

test("a try that failed on our side may have acted: the next one goes on under its operation id", async () => {
  const { idempotency } = started.running;
  const ids: string[] = [];
  const failing = idempotency.run({ ...request, key: "lost-commit" }, async (id) => {
    ids.push(id);
    throw new Error("the connection was lost while it committed");
  });
  await expect(failing).rejects.toThrow("the connection was lost");

  await idempotency.run({ ...request, key: "lost-commit" }, async (id) => {
    ids.push(id);
    return { status: 201, body: "done" };
  });

  expect(ids[1]).toBe(ids[0]);
});

test("a request whose first try runs on and on is told so, and how long to wait", async () => {
  const clock = new VirtualClock();
  const idempotency = new PgIdempotency({ db: started.db, clock, newId: randomUUID });
  const slow = { ...request, key: "slow" };
  const begun = Promise.withResolvers<void>();
  void idempotency.run(slow, () => {
    begun.resolve();
    return new Promise(() => undefined);
  });
  await begun.promise;

  const second = idempotency.run(slow, async () => ({ status: 201, body: "twice" })).catch((error: unknown) => error);
  const told = await advanceUntil(clock, second);

  expect(told).toMatchObject({ code: "idempotency_in_progress", details: { retry_after_s: expect.any(Number) } });
  expect(faults.idempotency_in_progress).toMatchObject({ status: 409, retry: true });
});

describe("a claim whose process died", () => {
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

  test.each([
    ["answers", async () => ({ status: 201, body: "late" })],
    ["is refused", async () => Promise.reject(new Fault("not_found"))],
    ["fails", async () => Promise.reject(new Error("late"))],
  ])("and that was taken over changes nothing when it %s after all", async (how, ends) => {
    const clock = new VirtualClock();
    const idempotency = new PgIdempotency({ db: started.db, clock, newId: randomUUID });
    const claimed = { ...request, key: `late ${how}`.replaceAll(" ", "-") };
    const begun = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const first = idempotency.run(claimed, async () => {
      begun.resolve();
      await awake.promise;
      return ends();
    });
    await begun.promise;
    await clock.advance(60_001);
    await idempotency.run(claimed, async () => ({ status: 201, body: "done" }));

    awake.resolve();
    await Promise.allSettled([first]);
    const again = await idempotency.run(claimed, async () => ({ status: 201, body: "twice" }));

    expect(again.body).toBe("done");
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

/** Real queries happen between the waits, so that virtual time goes on until whoever waits has been answered. */
async function advanceUntil(clock: VirtualClock, answered: Promise<unknown>): Promise<unknown> {
  let isOver = false;
  void answered.finally(() => (isOver = true));
  await expect
    .poll(
      async () => {
        await clock.advance(250);
        return isOver;
      },
      { timeout: 10_000, interval: 1 },
    )
    .toBe(true);
  return answered;
}

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
