import { Agent, request } from "node:http";
import type { Client } from "pg";
import { LongPoll } from "../baselines/long-poll.ts";
import {
  type Bench,
  exactly,
  type Figure,
  figure,
  quantileSpread,
  type Spread,
  spread,
  takeTurns,
} from "../measure.ts";
import { connect, type Ground, openGround, publication, robotId } from "../processes/shape-ground.node.ts";

const rounds = 4;
const waitingPolls = 500;
const snapshotRows = 100_000;
const writers = 8;
const writesEach = 1_500;
const manyShapes = 1_000;

/** One figure against what we want, in its own unit. */
function wanted(
  [name, unit]: readonly [string, string],
  ours: Spread,
  goal: { readonly value: number; readonly is: "at_most" | "at_least" },
): Figure {
  const wish = { name, unit, baselineName: `${goal.value.toLocaleString("en")} ${unit}` };
  return figure(wish, { ours, baseline: exactly(goal.value) }, { limit: 1, is: goal.is });
}

export const shapeFanOut: Bench = {
  row: 5,
  title: "Shape: one change to 500 waiting polls",
  says: "Work: 500 live requests wait at one shape; from Postgres' answer to the COMMIT until the last has its answer. Baseline: what we want (real Electric: 96 ms). Unit: ms.",
  async run() {
    await using running = new AsyncDisposableStack();
    const { server, writer } = await openGround(running);
    const agent = new Agent({ keepAlive: true, maxSockets: waitingPolls });
    running.defer(() => agent.destroy());
    const shape = `${server}/v1/shape?table=robot&where=${encodeURIComponent(`robot_id = '${robotId}'`)}`;
    let n = 0;
    const [last = []] = await takeTurns(rounds, [
      async () => {
        const poll = new LongPoll(shape);
        await poll.catchUp();
        const answers = Promise.all(Array.from({ length: waitingPolls }, () => ask(agent, poll.liveUrl)));
        await settled();
        n += 1;
        await writer.query(`update robot set n = ${n} where robot_id = '${robotId}'`);
        const committedMs = performance.now();
        await answers;
        return performance.now() - committedMs;
      },
    ]);
    return [wanted(["last of 500", "ms"], spread(last), { value: 60, is: "at_most" })];
  },
};

/** Time for five hundred requests to arrive; the bench may wait, it is what comes after that is timed. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function ask(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.once("end", () => resolve(bytes));
      response.once("error", reject);
    })
      .once("error", reject)
      .end();
  });
}

export const shapeSnapshot: Bench = {
  row: 6,
  title: "Shape: 100,000 rows × 6 columns",
  says: "Work: the whole snapshot over HTTP, chunk after chunk; cold: the shape begins with it, warm: it is there. Baseline: the same rows by one SELECT of the driver, and what we want (real Electric: 1,500 and 500 ms). Unit: ms.",
  async run() {
    await using running = new AsyncDisposableStack();
    const { server, writer } = await openGround(running);
    await writer.query(`create table big (id int primary key, a text, b text, c int, d timestamptz, e uuid)`);
    await writer.query("alter table big replica identity full");
    await writer.query(`alter publication ${publication} add table big`);
    await writer.query(
      `insert into big select i, md5(i::text), repeat('b', 20), i, now(), gen_random_uuid() from generate_series(1, ${snapshotRows}) i`,
    );
    let round = 0;
    const read = async (): Promise<number> => {
      const startMs = performance.now();
      await new LongPoll(`${server}/v1/shape?table=big&where=${encodeURIComponent(`id > -${round}`)}`).catchUp();
      return performance.now() - startMs;
    };
    const [cold = [], warm = [], copied = []] = await takeTurns(rounds, [
      () => {
        round += 1;
        return read();
      },
      read,
      () => timed(() => writer.query({ text: "select * from big", rowMode: "array" })),
    ]);
    const beside = { unit: "ms", baselineName: "SELECT of the same rows by the driver" };
    return [
      wanted(["cold", "ms"], spread(cold), { value: 800, is: "at_most" }),
      wanted(["warm", "ms"], spread(warm), { value: 300, is: "at_most" }),
      figure({ ...beside, name: "cold" }, { ours: spread(cold), baseline: spread(copied) }, null),
    ];
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

export const shapeThroughput: Bench = {
  row: 7,
  title: "Shape: single-row transactions",
  says: `Work: ${writers} connections commit ${writesEach.toLocaleString("en")} single-row updates each; until a reader over HTTP has all of them. Baseline: PostgreSQL's own time for the same writes in the same run, and what we want (real Electric: 440). Unit: transactions/s.`,
  async run() {
    await using running = new AsyncDisposableStack();
    const ground = await openGround(running);
    const clients = await Promise.all(Array.from({ length: writers }, () => connect(ground.url)));
    running.defer(async () => {
      await Promise.all(clients.map((client) => client.end()));
    });
    const rates = (await takeTurns(rounds, [() => streamed(ground, clients)]))[0] ?? [];
    const alone = spread(rates.map(({ written }) => written));
    const through = spread(rates.map(({ read }) => read));
    const named = { name: "through to a reader", unit: "transactions/s", baselineName: "PostgreSQL alone" };
    return [
      wanted(["through to a reader", "transactions/s"], through, { value: 5_000, is: "at_least" }),
      figure(named, { ours: through, baseline: alone }, null),
    ];
  },
};

async function streamed({ server }: Ground, clients: readonly Client[]) {
  const poll = new LongPoll(`${server}/v1/shape?table=robot`);
  await poll.catchUp();
  const startMs = performance.now();
  const writing = Promise.all(clients.map((client, index) => write(client, index))).then(() => performance.now());
  let seen = 0;
  while (seen < writers * writesEach) seen += (await poll.next()).split('"operation":"update"').length - 1;
  const readMs = performance.now();
  const writtenMs = await writing;
  const rate = (endMs: number): number => (writers * writesEach * 1_000) / (endMs - startMs);
  return { written: rate(writtenMs), read: rate(readMs) };
}

/** Each writes rows of its own, so that none waits for another. */
async function write(client: Client, index: number): Promise<void> {
  for (let time = 0; time < writesEach; time += 1) {
    const n = 1 + index * 100 + (time % 100);
    await client.query({ name: "write", text: "update robot set place = $1 where n = $2", values: [`at ${time}`, n] });
  }
}

export const shapeMemory: Bench = {
  row: 8,
  title: "Shape: 1,000 equality shapes",
  says: "Work: a thousand shapes of one table, each by equality, all followed; memory of the shape server's process, and from COMMIT to the answer of the one that a change concerns. Baseline: what we want (real Electric: 325 MiB and 4.5 ms). Unit: MiB, ms.",
  async run() {
    await using running = new AsyncDisposableStack();
    const { server, writer, shapes } = await openGround(running);
    await writer.query("create index on robot (n)");
    const agent = new Agent({ keepAlive: true, maxSockets: manyShapes });
    running.defer(() => agent.destroy());
    const polls = Array.from(
      { length: manyShapes },
      (_, n) => new LongPoll(`${server}/v1/shape?table=robot&where=n%3D${n + 1}`),
    );
    for (const poll of polls) await poll.catchUp();
    for (const poll of polls.slice(1)) void ask(agent, poll.liveUrl).catch(() => undefined);
    const [first = new LongPoll(server)] = polls;
    const resident = await shapes.ask("resident");
    const taken: number[] = [];
    for (let time = 0; time < 100; time += 1) {
      const answer = first.next();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await writer.query(`update robot set place = 'at ${time}' where n = 1`);
      const committedMs = performance.now();
      await answer;
      taken.push(performance.now() - committedMs);
    }
    return [
      wanted(["resident", "MiB"], exactly(resident), { value: 130, is: "at_most" }),
      wanted(["commit → answer, p50", "ms"], quantileSpread([taken], 0.5), { value: 3, is: "at_most" }),
    ];
  },
};
