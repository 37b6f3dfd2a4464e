import { PgOutbox } from "@kerbside/cloud-kit/events/outbox.pg";
import { startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { connectivityChanged } from "@kerbside/proto/events/robots";
import { topics } from "@kerbside/proto/robot/topics";
import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { type Link, MemoryBroker, packLink } from "@kerbside/sync/uplink";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from "vitest";
import { unconnected } from "../gateway.harness.ts";
import { enrolled, type StartedGateway, TestRobot } from "../robot.harness.ts";
import { robotGateway } from "../service.ts";
import { LinkWatch } from "./link-watch.ts";

const patience = { timeout: 10_000, interval: 5 };
const clock = new VirtualClock();

let started: StartedGateway;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings: unconnected, clock });
});
afterAll(() => started[Symbol.asyncDispose]());

let broker: MemoryBroker;
let robotsLink: Link;
let watch: LinkWatch;
let robot: TestRobot;
let back: string[];
let stop: AbortController;
let running: Promise<void>;
beforeEach(async () => {
  broker = new MemoryBroker();
  robotsLink = broker.connect("robots");
  back = [];
  stop = new AbortController();
  robot = await enrolled(started);
  watch = watchOn(broker.connect("gateway"));
  running = watch.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

function watchOn(link: Link): LinkWatch {
  return new LinkWatch({
    db: started.db,
    outbox: new PgOutbox({ clock, newId: () => crypto.randomUUID(), checked: true }),
    clock,
    broker: link,
    onBack: (robotId) => void back.push(robotId),
    onConnected: () => undefined,
    onProblem: (problem) => {
      throw problem;
    },
  });
}

function say(state: LinkMessage["state"], change: Partial<LinkMessage> = {}): Promise<void> {
  const message = { v: 1, state, boot_id: robot.bootId, at: clock.now(), ...change } as const;
  return robotsLink.publish(topics.link(robot.id), packLink(message), { retain: true });
}

async function isNow(state: string): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await started.db.execute(sql`
      select l.state, t.connectivity from link l join latest t using (robot_id) where robot_id = ${robot.id}`);
    expect(rows).toEqual([{ state, connectivity: state }]);
  }, patience);
}

/** Virtual time in steps, with real time for the database in between, until the state is reached. */
async function becomes(state: string, withinMs: number): Promise<void> {
  for (let passedMs = 0; passedMs <= withinMs; passedMs += 1_000) {
    await clock.advance(1_000);
    await watch.look();
    const { rows } = await started.db.execute(sql`select from link where robot_id = ${robot.id} and state = ${state}`);
    if (rows.length > 0) return;
  }
  throw new Error(`the link did not become ${state} within ${withinMs} ms`);
}

async function told(): Promise<readonly string[]> {
  const events = await started.events(connectivityChanged);
  return events.filter(({ subject_id }) => subject_id === robot.id).map(({ body }) => `${body.from}>${body.to}`);
}

test("a robot that connects is online, and its commands can go out", async () => {
  await say("online");
  await isNow("online");

  expect(await told()).toEqual(["never_seen>online"]);
  await vi.waitFor(() => expect(back).toEqual([robot.id]), patience);
});

test("what a robot measures makes its link poor or good, without another connection", async () => {
  await say("online");
  await say("online", { rtt_ms: 1_500, loss: 0 });
  await isNow("degraded");
  await say("online", { rtt_ms: 100, loss: 0.01 });
  await isNow("online");

  expect(await told()).toEqual(["never_seen>online", "online>degraded", "degraded>online"]);
});

test("a broken link becomes out of reach after a minute and lost after half an hour without a position", async () => {
  await say("online");
  await isNow("online");
  clock.jump(clock.now() + 1);
  await say("connection_broken", { at: clock.now() });
  await isNow("connection_broken");

  await becomes("non_contactable", 61_000);
  await becomes("missing", 31 * 60_000);

  expect(await told()).toEqual([
    "never_seen>online",
    "online>connection_broken",
    "connection_broken>non_contactable",
    "non_contactable>missing",
  ]);
});

test("spans of one state follow each other without a hole", async () => {
  await say("online");
  await isNow("online");
  await clock.advance(5_000);
  await say("offline");
  await isNow("offline");

  const { rows } = await started.db.execute<{ state: string; began: string; ended: string | null }>(sql`
    select state, began_at as began, ended_at as ended from link_interval where robot_id = ${robot.id} order by began_at`);
  expect(rows.map(({ state }) => state)).toEqual(["never_seen", "online", "offline"]);
  expect(rows.map(({ ended }) => ended)).toEqual([rows[1]?.began, rows[2]?.began, null]);
});

test("data of a robot that was thought away is a sign of life, unless it was on its way when the link broke", async () => {
  await say("online");
  await isNow("online");
  await clock.advance(1);
  await say("connection_broken");
  await isNow("connection_broken");
  const stream = { robotId: robot.id, stream: "p2", organizationId: "", publicKey: "", cursor: null } as const;
  const heardAt = (sinceMs: number) => {
    const judged = { epoch: 1, stream: { ...stream, link: { state: "connection_broken", sinceMs } as const } };
    const received = {
      verdict: "advanced",
      store: [],
      quarantine: [],
      cursor: null,
      ack: null,
      suspicion: null,
    } as const;
    const sorted = { facts: [], gaps: [], heartbeats: [], poisons: [], newest: new Map() };
    watch.heard({ judged: [{ ...judged, received }], sorted, acks: [], moved: [] });
  };

  heardAt(clock.now());
  await clock.advance(0);
  await isNow("connection_broken");
  heardAt(clock.now() - 6_000);
  await isNow("online");

  expect(await told()).toEqual(["never_seen>online", "online>connection_broken", "connection_broken>online"]);
});

test("a robot whose last word the broker still holds is there after we were away ourselves", async () => {
  await say("online");
  await isNow("online");

  broker.cut("gateway");
  await clock.advance(46_000);
  await watch.look();

  await isNow("online");
  expect(await told()).toEqual(["never_seen>online"]);
});

test("a robot of which a new broker knows nothing is given time to come back, then its link counts as broken", async () => {
  await say("online");
  await isNow("online");
  const afterRestart = watchOn(new MemoryBroker().connect("gateway"));

  await clock.advance(44_000);
  await afterRestart.look();
  await isNow("online");
  await clock.advance(2_000);
  await afterRestart.look();
  await isNow("connection_broken");

  expect(await told()).toEqual(["never_seen>online", "online>connection_broken"]);
});

test("a robot that is faster than the event of its enrolment is online as soon as that is heard", async () => {
  robot = new TestRobot();
  await say("online");
  await clock.advance(1_000);
  await watch.look();

  await enrolled(started, robot);
  await watch.look();

  await isNow("online");
  expect(await told()).toEqual(["never_seen>online"]);
});

test("a message that is no link message changes nothing", async () => {
  await robotsLink.publish(topics.link(robot.id), Buffer.from("nonsense"));
  await say("online");
  await isNow("online");

  expect(await told()).toEqual(["never_seen>online"]);
});
