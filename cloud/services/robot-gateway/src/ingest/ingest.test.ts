import { startForTest } from "@kerbside/cloud-kit/service.harness";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { below } from "@kerbside/proto/base/rng";
import { derivedId } from "@kerbside/proto/base/ids.derived";
import { positionChanged, robotStateChanged, robotSuspected, safetyChanged } from "@kerbside/proto/events/robots";
import { topics } from "@kerbside/proto/robot/topics";
import { packBatch } from "@kerbside/sync/uplink";
import { sql } from "drizzle-orm";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { enrolled, sample, type StartedGateway, TestRobot } from "../robot.harness.ts";
import { robotGateway } from "../service.ts";
import { benchOf } from "./ingest.harness.ts";

const patience = { timeout: 10_000, interval: 5 };
const settings = { "robot-gateway": { mqttUrl: "mqtt://127.0.0.1:1", username: "gateway", password: "secret" } };

let started: StartedGateway;
beforeAll(async () => {
  started = await startForTest(robotGateway, { postgresUrl: inject("postgresUrl"), settings });
});
afterAll(() => started[Symbol.asyncDispose]());

async function seqsOf(robot: TestRobot, stream: string): Promise<readonly number[]> {
  const { rows } = await started.db.execute<{ seq: string }>(sql`
    select seq from journal where robot_id = ${robot.id} and stream = ${stream} order by epoch, seq`);
  return rows.map(({ seq }) => Number(seq));
}

async function quarantineOf(robot: TestRobot) {
  const { rows } = await started.db.execute<{ stream: string; seq: string | null; reason: string; times: number }>(sql`
    select stream, seq, reason, times from quarantine where robot_id = ${robot.id} order by seq nulls first`);
  return rows;
}

async function grantsOf(robot: TestRobot): Promise<readonly (string | null)[]> {
  const { rows } = await started.db.execute<{ body: string | null }>(sql`
    select body from mirror where robot_id = ${robot.id} and kind = 'grant'`);
  return rows.map(({ body }) => body);
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("facts", () => {
  test("what a robot recorded is kept, told to other services once, and acknowledged after that", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const facts = upTo(3).map((seq) => robot.moved(seq));

    await bench.publish(robot, robot.batch("p0", facts, { from: 1, to: 3 }));
    await bench.untilAcked(robot, "p0", 3);

    expect(await seqsOf(robot, "p0")).toEqual([1, 2, 3]);
    const told = (await started.events(safetyChanged)).filter((event) => event.subject_id === robot.id);
    expect(told.map((event) => event.event_id)).toEqual(upTo(3).map((seq) => derivedId(robot.id, 1_000, "p0", seq)));
    expect(told[0]).toMatchObject({
      organization_id: robot.organizationId,
      robot_seq: { epoch: 1_000, stream: "p0", seq: 1 },
      body: { robot_id: robot.id, cause: "step 1" },
    });
  });

  test("the first acknowledgement carries the cloud's time over its signature, the next ones do not", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const facts = upTo(2).map((seq) => robot.moved(seq));

    await bench.publish(robot, robot.batch("p0", facts, { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(1), patience);
    await bench.publish(robot, robot.batch("p0", facts, { from: 2, to: 2 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(2), patience);

    const [first, second] = bench.acks(robot, "p0");
    expect(first?.time?.context).toBe("time");
    expect(second?.time).toBeUndefined();
  });

  test("batches in any order, any number of times, through two workers, are kept once each and leave no hole", async () => {
    const robot = await enrolled(started);
    const rng = new SeededRng(7);
    await using bench = benchOf(started, 2);
    const count = 60;
    const facts = upTo(count).map((seq) => robot.stateChanged(seq));
    const acked = (): number => bench.acks(robot, "p1").at(-1)?.cursor ?? 0;

    for (let sent = 0; acked() < count && sent < 2_000; sent += 1) {
      const from = Math.max(1, Math.min(count, acked() - 2 + below(rng, 8)));
      const batch = robot.batch("p1", facts, { from, to: Math.min(count, from + below(rng, 5)) });
      // Some are lost on the way, some arrive at both workers, some twice at one.
      const copies = below(rng, 4);
      const worker = below(rng, 2);
      if (copies > 0) await bench.hand(worker, robot, batch);
      if (copies > 1) await bench.hand(1 - worker, robot, batch);
      if (copies > 2) await bench.hand(worker, robot, batch);
      if (sent % 3 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(acked()).toBe(count), patience);

    expect(await seqsOf(robot, "p1")).toEqual(upTo(count));
    const told = (await started.events(robotStateChanged)).filter((event) => event.subject_id === robot.id);
    expect(told.map((event) => event.robot_seq?.seq)).toEqual(upTo(count));
    expect(bench.dropped).toEqual([]);
  });

  test("a worker that takes over in the middle goes on from the cursor", async () => {
    const robot = await enrolled(started);
    const facts = upTo(6).map((seq) => robot.moved(seq));
    {
      await using first = benchOf(started);
      await first.publish(robot, robot.batch("p0", facts, { from: 1, to: 4 }));
      await first.untilAcked(robot, "p0", 4);
    }
    await using second = benchOf(started);

    await second.publish(robot, robot.batch("p0", facts, { from: 3, to: 6 }));
    await second.untilAcked(robot, "p0", 6);

    expect(await seqsOf(robot, "p0")).toEqual(upTo(6));
  });

  test("a batch beyond the next number writes nothing and is answered with the present cursor", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const facts = upTo(5).map((seq) => robot.moved(seq));

    await bench.publish(robot, robot.batch("p0", facts, { from: 1, to: 2 }));
    await bench.publish(robot, robot.batch("p0", facts, { from: 4, to: 5 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p0").length).toBeGreaterThan(0), patience);

    expect(await seqsOf(robot, "p0")).toEqual([1, 2]);
    expect(bench.acks(robot, "p0").at(-1)).toMatchObject({ epoch: 1_000, cursor: 2 });
  });

  test("a robot that nobody enrolled leaves no trace and gets no answer", async () => {
    const stranger = new TestRobot();
    const known = await enrolled(started);
    await using bench = benchOf(started);

    await bench.publish(stranger, stranger.batch("p0", [stranger.moved(1)], { from: 1, to: 1 }));
    await bench.publish(known, known.batch("p0", [known.moved(1)], { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(known, "p0")).toHaveLength(1), patience);

    expect(bench.acks(stranger, "p0")).toEqual([]);
    expect(await seqsOf(stranger, "p0")).toEqual([]);
  });
});

describe("epochs", () => {
  test("a new journal is admitted on the robot's signature and retires the one before", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const old = robot.batch("p0", [robot.moved(1), robot.moved(2)], { from: 1, to: 1 });
    await bench.publish(robot, old);
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(1), patience);

    robot.epoch = 2_000;
    await bench.publish(robot, robot.batch("p0", [robot.moved(1)], { from: 1, to: 1 }));
    await vi.waitFor(() => expect(bench.acks(robot, "p0").at(-1)?.epoch).toBe(2_000), patience);
    await bench.publish(robot, { ...old, first_seq: 2 });
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(3), patience);

    expect(bench.acks(robot, "p0").at(-1)).toMatchObject({ epoch: 2_000, cursor: 1 });
    expect(await seqsOf(robot, "p0")).toEqual([1, 1]);
  });

  test("a new epoch without the robot's signature is not admitted", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const batch = robot.batch("p0", [robot.moved(1)], { from: 1, to: 1 });
    const forged = new TestRobot().sign(`epoch\n${robot.id}\np0\n1000`);

    await bench.publish(robot, { ...batch, epoch_proof: forged });
    await vi.waitFor(() => expect(bench.committed).toHaveLength(1), patience);

    expect(bench.committed[0]?.judged[0]?.received.verdict).toBe("epoch_unproven");
    expect(await seqsOf(robot, "p0")).toEqual([]);
  });

  test("a journal that forked is told as a suspicion, once, and loses its grants", async () => {
    const robot = await enrolled(started);
    await started.db.execute(sql`
      insert into mirror values (${robot.id}, 'grant', 'g', 1, '{}', now())`);
    await using bench = benchOf(started);
    await bench.publish(robot, {
      ...robot.batch("p0", [robot.moved(1)], { from: 1, to: 1 }),
      chain_head: "f".repeat(64),
    });
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(1), patience);
    const facts = [robot.moved(1), robot.moved(2)];
    await bench.publish(robot, { ...robot.batch("p0", facts, { from: 2, to: 2 }), chain_head: "e".repeat(64) });
    await vi.waitFor(() => expect(bench.acks(robot, "p0")).toHaveLength(2), patience);

    const told = (await started.events(robotSuspected)).filter((event) => event.subject_id === robot.id);
    expect(told.map((event) => event.body.suspicion)).toEqual(["chain_forked"]);
    expect(await grantsOf(robot)).toEqual([null]);
  });
});

describe("poison", () => {
  test("an entry that cannot be read or stored is set aside and those behind it flow on", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const nul = robot.fact(3, { type: "safety_changed", body: { from: "a", to: "b", cause: "nul \0 here" } });
    const entries = [robot.moved(1), { type: "nonsense", seq: 2 }, nul, robot.moved(4)];

    await bench.publish(robot, robot.batch("p0", entries, { from: 1, to: 4 }));
    await bench.untilAcked(robot, "p0", 4);

    expect(await seqsOf(robot, "p0")).toEqual([1, 4]);
    expect((await quarantineOf(robot)).map(({ seq }) => Number(seq))).toEqual([2, 3]);
  });

  test("a fact that only the database refuses is found and set aside, and neighbours do not suffer", async () => {
    const [poisoned, neighbour] = [await enrolled(started), await enrolled(started)];
    await using admin = await adminOf(started.adminUrl);
    await admin.query(
      "alter table robot_gateway.journal add constraint no_poison check (body ->> 'cause' <> 'refused')",
    );
    await using bench = benchOf(started);
    const refused = poisoned.fact(2, { type: "safety_changed", body: { from: "a", to: "b", cause: "refused" } });
    const facts = [poisoned.moved(1), refused, poisoned.moved(3)];

    await Promise.all([
      bench.publish(poisoned, poisoned.batch("p0", facts, { from: 1, to: 3 })),
      bench.publish(neighbour, neighbour.batch("p0", [neighbour.moved(1)], { from: 1, to: 1 })),
    ]);
    await bench.untilAcked(poisoned, "p0", 3);
    await bench.untilAcked(neighbour, "p0", 1);
    await admin.query("alter table robot_gateway.journal drop constraint no_poison");

    expect(await seqsOf(poisoned, "p0")).toEqual([1, 3]);
    expect(await quarantineOf(poisoned)).toMatchObject([{ seq: "2", reason: expect.stringContaining("no_poison") }]);
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["a megabyte", new Uint8Array(1_048_576)],
    ["bad UTF-8", Buffer.from([0x81, 0xa1, 0xff, 0xa1, 0xfe])],
    ["a depth of ten thousand", Buffer.alloc(10_000, 0x91)],
    ["another version", Buffer.from([0x81, 0xa1, 0x76, 0x02])],
    ["__proto__", Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from("__proto__"), Buffer.from([0x80])])],
  ])("%s instead of a batch is kept in quarantine and ingest stays up", async (_title, bytes) => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);

    await bench.publishBytes(topics.up(robot.id, "p1"), bytes);
    await bench.publishBytes(topics.up(robot.id, "p1"), bytes);
    await vi.waitFor(
      async () => expect(await quarantineOf(robot)).toMatchObject([{ stream: "p1", seq: null, times: 2 }]),
      patience,
    );
    await bench.publish(robot, robot.batch("p1", [robot.stateChanged(1)], { from: 1, to: 1 }));
    await bench.untilAcked(robot, "p1", 1);

    expect(await seqsOf(robot, "p1")).toEqual([1]);
  });

  test("a batch on the topic of another stream is set aside", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const batch = robot.batch("p1", [robot.stateChanged(1)], { from: 1, to: 1 });

    await bench.publish(robot, batch);
    await bench.publishBytes(topics.up(robot.id, "p0"), packBatch(batch));
    await vi.waitFor(async () => expect(await quarantineOf(robot)).toHaveLength(1), patience);

    expect(await quarantineOf(robot)).toMatchObject([{ stream: "p0", reason: expect.stringContaining("p1") }]);
  });
});

describe("heartbeats", () => {
  const startMs = Date.UTC(2026, 0, 5, 9);

  test("batches that come again are ignored, and a hole that the robot declares is recorded", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const runs = upTo(10).map((seq) =>
      robot.heartbeats(seq, [sample(startMs + seq * 2_000), sample(startMs + seq * 2_000 + 1_000)]),
    );
    const gap = robot.gap("p2", 11, 20);

    for (const seq of [...upTo(10), 4]) await bench.publish(robot, robot.batch("p2", runs, { from: seq, to: seq }));
    await bench.publish(robot, { ...robot.batch("p2", runs, { from: 1, to: 1 }), first_seq: 11, entries: [gap] });
    await bench.untilAcked(robot, "p2", 20);

    const { rows } = await started.db.execute<{ count: string; samples: string }>(sql`
      select count(*), sum(samples) as samples from heartbeats where robot_id = ${robot.id}`);
    expect(rows).toEqual([{ count: "10", samples: "20" }]);
    const entries = await started.db.execute(sql`
      select type, seq, body from journal where robot_id = ${robot.id} and stream = 'p2'`);
    expect(entries.rows).toEqual([{ type: "gap", seq: "11", body: expect.objectContaining({ to_seq: 20 }) }]);
  });

  test("a damaged run is set aside and the next one is kept", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const runs = upTo(2).map((seq) => robot.heartbeats(seq, [sample(startMs + seq * 1_000)]));
    const [first, second] = runs;
    const damaged = { ...first, data: Buffer.from(first?.data ?? []).fill(0x55, 4, 6) };

    await bench.publish(robot, robot.batch("p2", [damaged, second], { from: 1, to: 2 }));
    await bench.untilAcked(robot, "p2", 2);

    expect(await quarantineOf(robot)).toMatchObject([
      { stream: "p2", seq: "1", reason: expect.stringContaining("damaged") },
    ]);
    const { rows } = await started.db.execute(sql`select seq from heartbeats where robot_id = ${robot.id}`);
    expect(rows).toEqual([{ seq: "2" }]);
  });

  test("the newest heartbeat of each robot is handed on for its latest row", async () => {
    const robot = await enrolled(started);
    await using bench = benchOf(started);
    const runs = upTo(2).map((seq) => robot.heartbeats(seq, [sample(startMs + seq * 1_000, { batteryPct: 80 - seq })]));

    await bench.publish(robot, robot.batch("p2", runs, { from: 1, to: 2 }));
    await vi.waitFor(() => expect(bench.committed).toHaveLength(1), patience);

    const newest = bench.committed[0]?.sorted.newest.get(robot.id);
    expect(newest).toMatchObject({ sample: { batteryPct: 78 }, intervalMs: 5_000 });
    expect(await started.events(positionChanged)).toEqual([]);
  });
});

async function adminOf(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
