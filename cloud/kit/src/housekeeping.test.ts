import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type parcelRoutes, parcels } from "./example/parcels.harness.ts";
import { tidy } from "./housekeeping.pg.ts";
import { type Started, startForTest } from "./service.harness.ts";

const dayMs = 24 * 3_600_000;
const clock = new VirtualClock();

let started: Started<typeof parcelRoutes>;
beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl"), clock });
});
afterAll(() => started[Symbol.asyncDispose]());

test("what was relayed or consumed long ago is forgotten, and what still waits never", async () => {
  for (const age of [1, 5, 9]) {
    const at = toInstant(clock.now() - age * dayMs);
    await started.db.execute(sql`
      insert into outbox (event_id, type, subject_id, envelope, published_at)
      values (gen_random_uuid(), 'a/b', ${`relayed ${age}`}, '{}', ${at}), (gen_random_uuid(), 'a/b', ${`waits ${age}`}, '{}', null)`);
    await started.db.execute(sql`
      insert into inbox (event_id, type, subject_id, envelope, due_at, state, ended_at)
      values (gen_random_uuid(), 'a/b', ${`consumed ${age}`}, null, ${at}, 'done', ${at}),
        (gen_random_uuid(), 'a/b', ${`parked ${age}`}, '{}', ${at}, 'parked', ${at})`);
  }

  await tidy(started.running, clock);

  const { rows } = await started.db.execute<{ subject_id: string }>(
    sql`select subject_id from outbox union all select subject_id from inbox order by 1`,
  );
  expect(rows.map(({ subject_id }) => subject_id)).toEqual([
    "consumed 1",
    "consumed 5",
    "parked 1",
    "parked 5",
    "parked 9",
    "relayed 1",
    "waits 1",
    "waits 5",
    "waits 9",
  ]);
});
