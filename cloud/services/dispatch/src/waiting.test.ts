import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type Dispatching, startDispatching } from "./dispatching.harness.ts";
import { id, startMs } from "./town.harness.ts";

const service: Principal = { kind: "service", id: "deliveries", organizationId: null };

let here: Dispatching;
beforeAll(async () => {
  here = await startDispatching(inject("postgresUrl"));
});
afterAll(() => here[Symbol.asyncDispose]());
beforeEach(() => here.clear());

describe("what waits and what is over", () => {
  test("one busy robot among others that cannot be sent is not called the only one", async () => {
    await here.robot(10);
    await here.robot(11, { available: false, reasons: ["it is charging"] });
    const arrives = toInstant(startMs + 600_000);
    await here.tell(1, { state: "enroute_to_dropoff", robot_id: id(10), robot_name: "R", eta_dropoff_p50_at: arrives });
    await here.tell(2);

    const [told] = await here.settle();

    expect(told).toMatchObject({
      happened: "waiting",
      reason: expect.stringMatching(/^none of 2 robots can be sent: it has a delivery, it is charging; .* at 14:1\d$/),
    });
  });

  test("a delivery that has ended does not come back by what was told of it before", async () => {
    await here.robot(10);
    await here.tell(1, { version: 4, state: "delivered" });
    await here.tell(2, { version: 1 });
    await here.tell(2, { version: 5, state: "cancelled" });

    for (const n of [1, 2]) {
      await here.tell(n, { version: 2 });
      await here.tell(n, { version: 3, state: "enroute_to_pickup", robot_id: id(10), robot_name: "Robo-10" });
    }
    await here.tell(3);

    expect(await here.settle()).toMatchObject([{ happened: "robot_assigned", delivery_id: id(3) }]);
    const { counts } = await here.started.client(service).listPlans({ query: {} });
    expect(counts).toEqual({ waiting: 0, assigned: 1, carried: 0 });
  });

  test("what a robot's way tells of its arrival is kept, and nothing is solved for it", async () => {
    const carried = { state: "enroute_to_dropoff", robot_id: id(10), robot_name: "Robo-10" } as const;
    await here.tell(1, { ...carried, version: 2 });
    await here.started.db.execute(sql`delete from change`);

    await here.tell(1, { ...carried, version: 3, eta_dropoff_p50_at: toInstant(startMs + 60_000) });

    expect((await here.started.db.execute(sql`select from change`)).rowCount).toBe(0);
    const { plan } = await here.started.client(service).explainPlan({ params: { delivery_id: id(1) } });
    expect(plan.eta_dropoff_p50_at).toBe(toInstant(startMs + 60_000));
  });

  test("while maps is away for long, that is why it waits, and not what was true before", async () => {
    await here.tell(1);
    await here.settle();
    await here.robot(10);
    here.town.isMapsDown = true;
    await here.settle();
    expect((await here.settle()).at(-1)).toMatchObject({ reason: "no robot is in service in this market" });

    await here.clock.advance(31_000);
    const told = await here.settle();

    expect(told.at(-1)).toMatchObject({
      happened: "waiting",
      reason: expect.stringMatching(/^dispatch cannot work it out/),
    });
    here.town.isMapsDown = false;
    expect((await here.settle()).at(-1)).toMatchObject({ happened: "robot_assigned", robot_id: id(10) });
  });
});
