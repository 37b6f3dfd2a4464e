import { join } from "node:path";
import { Journal } from "@kerbside/robot-agent/journal.sqlite";
import { processDisk } from "../baselines/disk.node.ts";
import { RingFile } from "../baselines/ring-file.node.ts";
import {
  type Bench,
  exactly,
  type Figure,
  figure,
  plus,
  quantile,
  quantileSpread,
  type Spread,
  takeTurns,
  timings,
} from "../measure.ts";
import type { BareProcess } from "../processes/bare.ts";
import { type Child, startChild } from "../processes/child.node.ts";
import { post, signIn } from "../processes/http.node.ts";
import type { PlatformProcess } from "../processes/platform.ts";
import type { ResponderProcess } from "../processes/responder.ts";
import type { RobotsProcess } from "../processes/robots.ts";

const rounds = 4;
/** One after the other, and not before what the last one left to do in the background is done. */
const pace = { times: 50, pauseMs: 25 } as const;
const heartbeatsPerSecond = 10_000;

export const lidCommand: Bench = {
  row: 3,
  title: "Lid command",
  says: "Work: HTTP POST by a signed-in person → the robot's result → HTTP 200, the command's row committed before it goes out; platform, robots and caller are processes of their own, the robot answers at once and has no disk. Baseline: MQTT QoS 1 ping-pong + bare Hono POST + one committed INSERT, each alone. Unit: ms.",
  async run() {
    await using running = new AsyncDisposableStack();
    const roads = await openRoads(running);
    const quiet = await compare(roads, "quiet");
    await roads.robots.ask("beat", heartbeatsPerSecond);
    const loaded = await compare(roads, `under ${heartbeatsPerSecond.toLocaleString("en")} heartbeats/s`);
    await roads.robots.ask("rest");
    return [...quiet, ...loaded, await robotsDisk()];
  },
};

/** Intent and result, each on the disk before anything follows from it. Beside the road that is timed above. */
async function robotsDisk(): Promise<Figure> {
  await using disk = await processDisk();
  const start = { dataDir: disk.folder, nowMs: Date.now(), newEpoch: () => 1, sign: () => "" };
  using journal = new Journal(start);
  using ring = new RingFile(join(disk.folder, "ring"));
  // A transaction that changes nothing would write nothing.
  let floorMs = Date.now();
  const touch = (): void => {
    floorMs += 1;
    journal.touch({ eventMs: floorMs, floorMs });
  };
  const twice = (commit: () => void) => () =>
    timings(pace.times, {
      pauseMs: 5,
      work() {
        commit();
        commit();
      },
    });
  const [ours = [], baseline = []] = await takeTurns(rounds, [
    twice(touch),
    twice(() => ring.append(new Uint8Array(200))),
  ]);
  const said = {
    name: "the robot's own two commits, apart",
    unit: "p50 ms",
    baselineName: "two writes with fdatasync",
  };
  return figure(said, { ours: quantileSpread(ours, 0.5), baseline: quantileSpread(baseline, 0.5) }, null);
}

interface Roads {
  readonly bare: Child<BareProcess>;
  readonly robots: Child<RobotsProcess>;
  readonly order: () => Promise<unknown>;
  readonly postBare: () => Promise<unknown>;
}

async function openRoads(running: AsyncDisposableStack): Promise<Roads> {
  const platform = running.use(startChild<PlatformProcess>("platform.ts"));
  const cloud = await platform.ask("start", ["accounts", "config", "device", "robot-gateway"]);
  const { claims, ...login } = await platform.ask("seed", 20);
  const robots = running.use(startChild<RobotsProcess>("robots.ts"));
  const [robotId = ""] = await robots.ask("enrol", { claims, url: cloud.url, mqttUrl: cloud.mqttUrl });
  await robots.ask("obey");
  const bare = running.use(startChild<BareProcess>("bare.ts"));
  const nothing = await bare.ask("start", cloud.databaseUrl);
  const responder = running.use(startChild<ResponderProcess>("responder.ts"));
  await responder.ask("connect", nothing.mqttUrl);
  const headers = await signIn(cloud.url, login);
  const body = { kind: "open_lid", args: { compartment: 0, purpose: "service", delivery_id: null }, wait_ms: 10_000 };
  return {
    bare,
    robots,
    order: async () => checkDone(await post(`${cloud.url}/v1/robots/${robotId}/commands`, { headers, body })),
    postBare: () => post(`${nothing.url}/bare`, { body }),
  };
}

async function compare({ bare, order, postBare }: Roads, when: string): Promise<readonly Figure[]> {
  const [ours = [], pings = [], posts = [], inserts = []] = await takeTurns(rounds, [
    () => timings(pace.times, { ...pace, work: order }),
    () => bare.ask("pings", pace),
    () => timings(pace.times, { ...pace, work: postBare }),
    () => bare.ask("inserts", pace),
  ]);
  const at = (share: number, series: readonly (readonly number[])[]): Spread => quantileSpread(series, share);
  const tail = (series: readonly (readonly number[])[]): Spread => exactly(quantile(series.flat(), 0.99));
  const road = plus(at(0.5, pings), at(0.5, posts));
  const half = { unit: "p50 ms", ours: at(0.5, ours) };
  return [
    shown(when, {
      ...half,
      baselineName: "ping-pong + POST + INSERT",
      baseline: plus(road, at(0.5, inserts)),
      limit: 1.4,
    }),
    shown(when, { ...half, baselineName: "ping-pong + POST", baseline: road, limit: null }),
    shown(when, {
      unit: "p99 ms",
      ours: tail(ours),
      baselineName: "ping-pong",
      baseline: tail(pings),
      limit: 2,
    }),
  ];
}

function shown(
  when: string,
  {
    unit,
    ours,
    baselineName,
    baseline,
    limit,
  }: {
    readonly unit: string;
    readonly ours: Spread;
    readonly baselineName: string;
    readonly baseline: Spread;
    readonly limit: number | null;
  },
): Figure {
  const goal = limit === null ? null : ({ limit, is: "at_most" } as const);
  return figure({ name: when, unit, baselineName }, { ours, baseline }, goal);
}

function checkDone({ text }: { readonly text: string }): void {
  const { state } = Object(JSON.parse(text));
  if (state !== "succeeded") throw new Error(`the command ended as ${String(state)}: ${text}`);
}
