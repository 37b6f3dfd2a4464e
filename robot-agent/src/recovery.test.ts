import { closeSync, cpSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Workbench } from "./agent.harness.ts";
import type { RobotAgent } from "./agent.ts";
import { identify } from "./enrol.ts";
import { errand } from "./errand.sim.ts";

const clock = systemClock;
const rng = systemRng;
const patience = { timeout: 20_000, interval: 20 };
const { robotId } = errand;

let bench: Workbench;
let cloud: Workbench["cloud"];
let body: Workbench["body"];

beforeEach(async () => {
  bench = await Workbench.open();
  ({ cloud, body } = bench);
});
afterEach(() => bench[Symbol.asyncDispose]());

const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, patience);
const starts = () => cloud.facts(robotId, "journal_started").map(({ body: { reason } }) => reason);
const problems = (agent: RobotAgent) => agent.status().problems.map(({ happening }) => happening.type);

/** The merchant opens, loads and closes. */
async function load(agent: RobotAgent): Promise<void> {
  await eventually(() => expect(agent.status().mission).toMatchObject({ at: "at_stop", stop: "pickup" }));
  body.keypad.type(errand.loadCode);
  await eventually(() => expect(body.lid.read().latch).toBe("released"));
  body.lid.body.openLid();
  body.lid.body.putGoods();
  await eventually(() => expect(body.lid.read().position).toBe("open"));
  body.lid.body.closeLid();
  await eventually(() => expect(cloud.facts(robotId, "custody_changed")).toHaveLength(1));
}

test("an unreadable journal is put aside, a new epoch is proven, and what was authorised before opens nothing", async () => {
  const first = await bench.start();
  bench.order();
  await eventually(() => expect(first.status().mission).toMatchObject({ at: "at_stop" }));
  await first.abandon();
  overwriteStart(join(bench.dataDir, "p0.sqlite"));

  const second = await bench.start();
  await eventually(() => expect(starts()).toEqual(["first_start", "repaired"]));
  const shown = body.keypad.shown.length;
  body.keypad.type(errand.loadCode);
  await eventually(() => expect(body.keypad.shown.length).toBeGreaterThan(shown));

  expect(problems(second)).toContain("file_moved_aside");
  expect(readdirSync(bench.dataDir).some((name) => name.startsWith("p0.sqlite.damaged-"))).toBe(true);
  expect(body.keypad.shown.at(-1)).toBe("refused");
  expect(body.lid.body.energised).toEqual([]);
});

test("a robot that was given an old disk is found out, begins anew and opens nothing with what it had used", async () => {
  const first = await bench.start();
  bench.order();
  await eventually(() => expect(first.status().mission).toMatchObject({ at: "at_stop" }));
  await first.abandon();
  const copy = `${bench.dataDir}-copy`;
  cpSync(bench.dataDir, copy, { recursive: true });
  bench.running.defer(() => rmSync(copy, { recursive: true }));
  const second = await bench.start();
  await load(second);
  await second.abandon();
  rmSync(bench.dataDir, { recursive: true });
  cpSync(copy, bench.dataDir, { recursive: true });

  const third = await bench.start();
  await eventually(() => expect(problems(third)).toContain("epoch_begun"));
  await eventually(() => expect(starts().at(-1)).toBe("repaired"));
  const shown = body.keypad.shown.length;
  body.keypad.type(errand.loadCode);
  await eventually(() => expect(body.keypad.shown.length).toBeGreaterThan(shown));

  expect(body.keypad.shown.at(-1)).toBe("refused");
  expect(body.lid.body.energised.filter(({ direction }) => direction === "release")).toHaveLength(1);
});

test("a robot that was never told who it is asks until the cloud answers, and is the same one afterwards", async () => {
  const { httpUrl } = cloud;
  await cloud.stop();
  const problemsHeard: string[] = [];
  const known = { dataDir: bench.dataDir, httpUrl, claimCode: errand.claimCode, clock, rng };
  const asking = identify(
    { ...known, onProblem: ({ message }) => void problemsHeard.push(message) },
    AbortSignal.timeout(20_000),
  );
  await eventually(() => expect(problemsHeard.length).toBeGreaterThan(0));

  await cloud.start();
  const identity = await asking;

  expect(identity.robot_id).toBe(robotId);
  expect(await identify({ ...known, claimCode: null }, AbortSignal.timeout(1_000))).toEqual(identity);
});

/** What a dying flash chip leaves of a file. */
function overwriteStart(file: string): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(Math.min(4_096, statSync(file).size), 0x5a), 0, undefined, 0);
  closeSync(descriptor);
}
