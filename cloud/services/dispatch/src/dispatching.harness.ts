import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { EventOf } from "@kerbside/proto/base/event";
import { toInstant } from "@kerbside/proto/base/time";
import { deliveryEvent, planEvent } from "@kerbside/proto/events/deliveries";
import { availabilityChanged } from "@kerbside/proto/events/fleet";
import type { dispatchRoutes } from "@kerbside/proto/routes/dispatch";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { dispatch } from "./service.ts";
import { at, hubId, id, marketId, organizationId, snapshot, startMs, Town } from "./town.harness.ts";

type Told = EventOf<typeof planEvent>["body"] & { readonly event_id: string };

/** The service in a town that the test builds, with what deliveries and fleet tell it. */
export interface Dispatching extends AsyncDisposable {
  readonly started: Started<typeof dispatchRoutes>;
  readonly clock: VirtualClock;
  readonly town: Town;
  /** As if nothing had been told yet. */
  clear(): Promise<void>;
  tell(n: number, change?: Parameters<typeof snapshot>[1], causationId?: string | null): Promise<void>;
  robot(n: number, change?: Partial<EventOf<typeof availabilityChanged>["body"]>): Promise<void>;
  /** Runs the background work until it has solved for all that changed, and answers everything that others were told. */
  settle(): Promise<readonly Told[]>;
}

export async function startDispatching(postgresUrl: string): Promise<Dispatching> {
  const clock = new VirtualClock(startMs);
  const town = new Town();
  const clients = { maps: town.maps, config: town.config };
  const started = await startForTest(dispatch, { postgresUrl, clock, clients });
  return {
    started,
    clock,
    town,
    async clear() {
      town.isMapsDown = false;
      clock.jump(startMs);
      for (const table of ["plan", "robot", "change", "outbox", "ended"]) {
        await started.db.execute(sql`delete from ${sql.identifier(table)}`);
      }
    },
    async tell(n, change = {}, causationId = null) {
      await started.deliver(deliveryEvent, {
        subject_id: id(n),
        organization_id: organizationId,
        event_time: toInstant(startMs),
        actor: { kind: "service", id: "deliveries" },
        causation_id: causationId,
        body: { happened: "state_changed", from: null, delivery: snapshot(n, change) },
      });
    },
    async robot(n, change = {}) {
      const body = {
        robot_id: id(n),
        name: `Robo-${n}`,
        market_id: marketId,
        hub_id: hubId,
        available: true,
        reasons: [],
        place: at(0),
        battery_pct: 90,
        ...change,
      };
      await started.deliver(availabilityChanged, {
        subject_id: id(n),
        organization_id: organizationId,
        event_time: toInstant(startMs),
        actor: { kind: "service", id: "fleet" },
        body,
      });
    },
    async settle() {
      const sinceMs = clock.now();
      const stop = new AbortController();
      const running = started.wired.background?.[0]?.run(stop.signal);
      const isSolved = sql`select solved_at > ${toInstant(sinceMs)} and not exists (select from change) as done from solver`;
      const look = async () => {
        await clock.advance(25);
        const { rows } = await started.db.execute<{ done: boolean }>(isSolved);
        return rows[0]?.done;
      };
      await expect.poll(look, { interval: 5, timeout: 10_000 }).toBe(true);
      stop.abort();
      await running;
      return (await started.events(planEvent)).map(({ event_id, body }) => ({ event_id, ...body }));
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}
