import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { type Bench, figure, spread, takeTurns } from "../measure.ts";
import { type Child, startChild } from "../processes/child.node.ts";
import { treeCpuSeconds } from "../processes/cpu.node.ts";
import type { PlatformProcess } from "../processes/platform.ts";
import type { RobotsProcess } from "../processes/robots.ts";
import type { RowsProcess } from "../processes/rows.ts";

const robotCount = 250;
const runsEach = 20;
const samplesARun = 60;
const heartbeats = robotCount * runsEach * samplesARun;
/** Drizzle gets fewer, or nobody would wait for it. */
const drizzleMessages = 100;
const rounds = 5;
/** A cloud that runs for months has compiled what it does all the time. */
const warmUps = 6;

export const heartbeatsDurable: Bench = {
  row: 1,
  title: "Heartbeats durable",
  says: `Work: ${robotCount} robots send ${heartbeats.toLocaleString("en")} heartbeats over MQTT in batches of ${samplesARun}, four in flight, every tenth sent twice, each acknowledged after the Postgres commit, to a cloud that has done so ${warmUps} times. Baseline: server-side COPY of as many rows with a primary key; JSON and drizzle. Unit: heartbeats/s by the clock; CPU of Node and PostgreSQL together.`,
  async run() {
    await using running = new AsyncDisposableStack();
    const ground = await openGround(running);
    for (let time = 0; time < warmUps; time += 1) await ground.robots.ask("flood", runsEach);
    const [ours = [], copied = [], drizzled = []] = await takeTurns<Measured>(rounds, [
      () => byRobots(ground),
      () => byCopy(ground),
      () => byDrizzle(ground),
    ]);
    const speed = (measured: readonly Measured[]) => spread(measured.map(({ perSecond }) => perSecond));
    const cpu = (measured: readonly Measured[]) => spread(measured.map(({ cpuUs }) => cpuUs));
    return [
      figure(
        { name: "stored", unit: "heartbeats/s", baselineName: "server-side COPY of rows" },
        { ours: speed(ours), baseline: speed(copied) },
        { limit: 1.25, is: "at_least" },
      ),
      figure(
        { name: "stored", unit: "heartbeats/s", baselineName: "JSON and drizzle" },
        { ours: speed(ours), baseline: speed(drizzled) },
        null,
      ),
      figure(
        { name: "cloud", unit: "CPU µs a heartbeat", baselineName: "JSON and drizzle" },
        { ours: cpu(ours), baseline: cpu(drizzled) },
        { limit: 0.02, is: "at_most" },
      ),
      figure(
        { name: "cloud", unit: "CPU µs a heartbeat", baselineName: "server-side COPY of rows" },
        { ours: cpu(ours), baseline: cpu(copied) },
        null,
      ),
    ];
  },
};

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
}

interface Ground {
  readonly platform: Child<PlatformProcess>;
  readonly robots: Child<RobotsProcess>;
  readonly rows: Child<RowsProcess>;
  readonly client: Client;
  /** What COPY reads, on the server's side. */
  readonly file: string;
}

async function openGround(running: AsyncDisposableStack): Promise<Ground> {
  const platform = running.use(startChild<PlatformProcess>("platform.ts"));
  const { url, mqttUrl, databaseUrl } = await platform.ask("start", ["accounts", "config", "device", "robot-gateway"]);
  const { claims } = await platform.ask("seed", robotCount);
  const robots = running.use(startChild<RobotsProcess>("robots.ts"));
  await robots.ask("enrol", { claims, url, mqttUrl });
  const rows = running.use(startChild<RowsProcess>("rows.ts"));
  await rows.ask("start", databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), "kerbside-bench-copy-"));
  running.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  const file = join(folder, "rows");
  await rows.ask("write", { file, robots: robotCount, samplesEach: runsEach * samplesARun });
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  running.defer(() => client.end());
  return { platform, robots, rows, client, file };
}

function byRobots({ platform, robots }: Ground): Promise<Measured> {
  return measured(heartbeats, { processes: [platform.pid], work: () => robots.ask("flood", runsEach) });
}

async function byCopy({ platform, client, file }: Ground): Promise<Measured> {
  await client.query("truncate bench_heartbeat");
  const work = () => client.query(`copy bench_heartbeat from '${file}'`);
  return measured(heartbeats, { processes: [platform.pid], work });
}

let drizzled = 0;

async function byDrizzle({ platform, rows, client }: Ground): Promise<Measured> {
  await client.query("truncate bench_heartbeat");
  drizzled += drizzleMessages;
  const work = () => rows.ask("insert", { messages: drizzleMessages, from: drizzled });
  return measured(drizzleMessages * samplesARun, { processes: [platform.pid, rows.pid], work });
}

/** CPU of these processes and of all that they started, PostgreSQL among them. */
async function measured(
  count: number,
  { processes, work }: { readonly processes: readonly number[]; readonly work: () => Promise<unknown> },
): Promise<Measured> {
  const cpu = (): number =>
    processes.map(treeCpuSeconds).reduce((sum, { own, descendants }) => sum + own + descendants, 0);
  const cpuBefore = cpu();
  const startMs = performance.now();
  const answered = await work();
  const seconds = typeof answered === "number" ? answered : (performance.now() - startMs) / 1_000;
  return { perSecond: count / seconds, cpuUs: ((cpu() - cpuBefore) / count) * 1e6 };
}
