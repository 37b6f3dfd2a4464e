import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import type { Clock } from "@kerbside/proto/base/clock";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import type { Call } from "@kerbside/proto/base/endpoint";
import { toInstant } from "@kerbside/proto/base/time";
import { attemptEvent, deliveryEvent, planEvent } from "@kerbside/proto/events/deliveries";
import type { Delivery, deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { and, eq, isNull } from "drizzle-orm";
import { type FakeDispatch, fakeConfig, fakeDispatch, planned } from "./neighbours.fake.ts";
import { ids, ops, partner } from "./people.fixture.ts";
import { ReportingRobot } from "./robot.fixture.ts";
import { deliveries } from "./service.ts";
import { accessCode, attempt, incident } from "./tables.ts";

/** An order that partners place in these tests. */
export const order: Order = {
  store_id: ids.store,
  dropoff: { address: { text: "Kabanbay Batyr 12" }, name: "Aigerim", phone: "+77172123456" },
  items: [{ name: "Soup", quantity: 2 }],
};
export type Order = Call<typeof deliveryRoutes.createDelivery>["body"];

/** The service on its own database, with fakes for those it asks, and a robot that reports what the test says. */
export interface World extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly started: Started<typeof deliveryRoutes>;
  readonly robot: ReportingRobot;
  readonly otherRobot: ReportingRobot;
  readonly dispatch: FakeDispatch;
  /** A delivery that waits for a robot. */
  order(changes?: Partial<Order>): Promise<Delivery>;
  /** The same, given to the robot. */
  assigned(changes?: Partial<Order>): Promise<Delivery>;
  plan(deliveryId: string, robotId?: string): Promise<void>;
  wait(deliveryId: string, reason: string): Promise<void>;
  find(deliveryId: string): Promise<Delivery>;
  /** The states that the delivery went through, as its history has them. */
  path(deliveryId: string): Promise<readonly string[]>;
  /** What was told of one delivery, oldest first: `from>to` of its steps, or what else happened. */
  told(deliveryId: string): Promise<readonly string[]>;
  /** Kinds of the incidents that are open. */
  incidents(deliveryId: string): Promise<readonly string[]>;
  /** Lets the watchdog run until it has looked at everything once, or the script of test deliveries. */
  watchOnce(by?: "watchdog" | "rehearsal"): Promise<void>;
  /** Ends whatever the robots of earlier tests still had to do, without telling anybody. */
  freeRobots(): Promise<void>;
  attempts(deliveryId: string): Promise<readonly { happened: string; fencing_token: number; robot_id: string }[]>;
}

export async function makeWorld(postgresUrl: string, settings: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5, 9));
  let onSleep = (): void => undefined;
  const noticed: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep(durationMs, signal) {
      onSleep();
      return clock.sleep(durationMs, signal);
    },
  };
  const dispatch: FakeDispatch = { fault: null, asked: 0 };
  const started = await startForTest(deliveries, {
    postgresUrl,
    clock: noticed,
    clients: { config: fakeConfig(clock), dispatch: fakeDispatch(clock, dispatch) },
    settings: { deliveries: { pin_cost: { n: 256 }, ...settings } },
  });
  const find = (delivery_id: string) => started.client(ops).getDelivery({ params: { delivery_id } });
  const place = (changes: Partial<Order> = {}) =>
    started.client(partner).createDelivery({ body: { ...order, ...changes } });
  const plan = async (delivery_id: string, robotId: string = ids.robot): Promise<void> => {
    await started.deliver(planEvent, planned(clock, delivery_id, robotId));
  };
  return {
    clock,
    started,
    dispatch,
    robot: new ReportingRobot(ids.robot, started, clock),
    otherRobot: new ReportingRobot(ids.otherRobot, started, clock),
    find,
    plan,
    order: place,
    async assigned(changes) {
      const { delivery_id } = await place(changes);
      await plan(delivery_id);
      return find(delivery_id);
    },
    async wait(delivery_id, reason) {
      await started.deliver(planEvent, {
        subject_id: delivery_id,
        organization_id: ids.organization,
        event_time: toInstant(clock.now()),
        actor: { kind: "service", id: "dispatch" },
        body: { happened: "waiting", delivery_id, reason },
      });
    },
    async path(delivery_id) {
      const { steps } = await started.client(ops).getDeliveryHistory({ params: { delivery_id } });
      return steps.map(({ to, inferred }) => (inferred ? `${to}?` : to));
    },
    async told(deliveryId) {
      const events = await started.events(deliveryEvent);
      return events
        .filter(({ subject_id }) => subject_id === deliveryId)
        .map(({ body }) => (body.happened === "state_changed" ? `${body.from}>${body.delivery.state}` : body.happened));
    },
    async attempts(deliveryId) {
      const events = await started.events(attemptEvent);
      return events
        .filter(({ subject_id }) => subject_id === deliveryId)
        .map(({ body: { happened, fencing_token, robot_id } }) => ({ happened, fencing_token, robot_id }));
    },
    async incidents(deliveryId) {
      const open = and(eq(incident.delivery_id, deliveryId), isNull(incident.closed_at));
      return (await started.db.select().from(incident).where(open)).map(({ kind }) => kind);
    },
    async watchOnce(by = "watchdog") {
      const stop = new AbortController();
      const asleep = Promise.withResolvers<void>();
      onSleep = asleep.resolve;
      const running = started.wired.background?.find(({ name }) => name === by)?.run(stop.signal);
      await Promise.race([asleep.promise, running]);
      stop.abort();
      await running;
    },
    async freeRobots() {
      const ended = { state: "aborted", ended_at: toInstant(clock.now()) } as const;
      await started.db.update(attempt).set(ended).where(isNull(attempt.ended_at));
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** The codes of a delivery's present attempt, by purpose, as their owners see them. */
export async function codesIn(
  world: World,
  deliveryId: string,
): Promise<readonly { grant_id: string; purpose: string }[]> {
  const { attempt_id } = await world.find(deliveryId);
  return world.started.db
    .select({ grant_id: accessCode.grant_id, purpose: accessCode.purpose })
    .from(accessCode)
    .where(eq(accessCode.attempt_id, attempt_id ?? ids.robot))
    .orderBy(accessCode.grant_id);
}
