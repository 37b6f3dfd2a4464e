import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RobotAgent } from "./agent.ts";
import { SimulatedBody } from "./body.sim.ts";
import { SimulatedCloud } from "./cloud.sim.ts";
import { identify } from "./enrol.ts";
import { errand, errandGrants, errandMission } from "./errand.sim.ts";

const clock = systemClock;
const rng = systemRng;
const patience = { timeout: 20_000, interval: 20 };
const { robotId } = errand;

let cloud: SimulatedCloud;
let body: SimulatedBody;
let dataDir: string;
let running: AsyncDisposableStack;

beforeEach(async () => {
  running = new AsyncDisposableStack();
  cloud = running.use(new SimulatedCloud(clock));
  await cloud.start();
  cloud.claim(robotId, errand.claimCode);
  body = running.use(new SimulatedBody({ clock, rng, place: errand.hub, gnssNoiseM: 0 }));
  dataDir = mkdtempSync(join(tmpdir(), "kerbside-agent-"));
});
afterEach(() => running.disposeAsync());

async function startAgent(): Promise<RobotAgent> {
  const { httpUrl, mqttUrl } = cloud;
  const known = { dataDir, httpUrl, claimCode: errand.claimCode, clock, rng };
  const identity = await identify(known, AbortSignal.timeout(10_000));
  return running.use(
    new RobotAgent({ identity, dataDir, cloud: { httpUrl, mqttUrl }, devices: body, clock, rng, software: "test" }),
  );
}

const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, patience);
const known = () => cloud.robots.get(robotId);
const atStop = (agent: RobotAgent, stop: string) =>
  eventually(() => expect(agent.status().mission).toMatchObject({ at: "at_stop", stop }));

/** Types a code, lifts the lid, does what one came for, and closes it. */
async function useLid(code: string, hands: () => void): Promise<void> {
  body.keypad.type(code);
  await eventually(() => expect(body.lid.read().latch).toBe("released"));
  body.lid.body.openLid();
  hands();
  await eventually(() => expect(body.lid.read().position).toBe("open"));
  body.lid.body.closeLid();
  await eventually(() => expect(body.lid.read()).toMatchObject({ position: "closed", latch: "engaged" }));
}

/** Every number once and in order, on each stream. */
function expectDense(): void {
  const { p0, p1, p2 } = known()?.stored ?? { p0: [], p1: [], p2: [] };
  for (const stored of [p0, p1, p2]) expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
}

test("a delivery from the hub to the customer and back, and the cloud knows every step", async () => {
  const agent = await startAgent();
  cloud.mission(errandMission(clock.now()));
  for (const grant of errandGrants(clock.now())) cloud.grant(grant);

  await atStop(agent, "pickup");
  await useLid(errand.loadCode, () => body.lid.body.putGoods());
  await atStop(agent, "dropoff");
  await useLid(errand.pin, () => body.lid.body.takeGoods());
  await eventually(() => expect(cloud.facts(robotId, "mission_progressed").at(-1)?.body.happened).toBe("completed"));

  expect(cloud.facts(robotId, "custody_changed").map(({ body: { from, to } }) => [from, to])).toEqual([
    ["merchant", "robot"],
    ["robot", "customer"],
  ]);
  expect(body.lid.body.energised.filter(({ direction }) => direction === "release")).toHaveLength(2);
  expectDense();
});
