import { systemClock } from "@kerbside/proto/base/clock.system";
import { uuidV7 } from "@kerbside/proto/base/ids";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { decodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Workbench } from "./agent.harness.ts";
import type { RobotAgent } from "./agent.ts";
import { errand, errandMission } from "./errand.sim.ts";

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
  const agent = await bench.start();
  bench.order();

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

test("offline between pickup and drop-off the PIN opens all the same, and it is reported when the robot is back", async () => {
  const agent = await bench.start();
  bench.order();
  await atStop(agent, "pickup");
  await useLid(errand.loadCode, () => body.lid.body.putGoods());
  await eventually(() => expect(cloud.facts(robotId, "custody_changed")).toHaveLength(1));

  await cloud.stop();
  await atStop(agent, "dropoff");
  await useLid(errand.pin, () => body.lid.body.takeGoods());
  await eventually(() => expect(agent.status().custody).toMatchObject({ holder: "customer" }));
  const heardMeanwhile = cloud.facts(robotId, "custody_changed").length;
  await cloud.start();

  await eventually(() => expect(cloud.facts(robotId, "custody_changed").at(-1)?.body.to).toBe("customer"));
  await eventually(() => expect(cloud.facts(robotId, "mission_progressed").at(-1)?.body.happened).toBe("completed"));
  expect(heardMeanwhile).toBe(1);
  expectDense();
});

test("a command that comes along both roads is carried out once, and the other copy is known by its id", async () => {
  const agent = await bench.start();
  const mission = errandMission(clock.now());
  cloud.mission(mission);
  await atStop(agent, "pickup");

  cloud.command(openCommand(), ["mqtt", "shape", "mqtt"]);
  await eventually(() => expect(cloud.facts(robotId, "command_finished")).toHaveLength(1));
  body.lid.body.openLid();
  await eventually(() => expect(agent.status().lid.at).toBe("open"));
  body.lid.body.closeLid();
  await eventually(() => expect(agent.status().lid.at).toBe("closed_locked"));

  expect(cloud.facts(robotId, "command_received")).toHaveLength(1);
  expect(body.lid.body.energised.filter(({ direction }) => direction === "release")).toHaveLength(1);
});

test("a power cut is a broken connection, a clean stop a goodbye; the next boot goes on with the same journal", async () => {
  const first = await bench.start();
  await eventually(() => expect(known()?.linkWords.at(-1)?.state).toBe("online"));
  const epoch = first.status().streams.get("p0")?.epoch;

  await first.abandon();
  await eventually(() => expect(known()?.linkWords.at(-1)).toMatchObject({ state: "connection_broken" }));
  const second = await bench.start();
  await eventually(() => expect(known()?.linkWords.at(-1)).toMatchObject({ state: "online", boot_id: second.bootId }));
  await second[Symbol.asyncDispose]();

  await eventually(() => expect(known()?.linkWords.at(-1)?.state).toBe("offline"));
  expect(second.status().streams.get("p0")?.epoch).toBe(epoch);
  expect(cloud.facts(robotId, "journal_started").map(({ body: { reason } }) => reason)).toEqual([
    "first_start",
    "restart",
  ]);
  expectDense();
});

test("with a full journal the lid stays shut and the keypad says no, and with room it opens again", async () => {
  const agent = await bench.start({ journalBytesMax: 120 * 1_024 });
  bench.order();
  await atStop(agent, "pickup");
  await cloud.stop();

  // Each press and release is a fact, and nobody takes them off the robot.
  for (let presses = 0; presses < 1_000 && agent.status().journalFault === null; presses += 1) {
    body.estop.press();
    await Promise.resolve();
    body.estop.pullOut();
    body.estop.release();
    await Promise.resolve();
  }
  const answered = body.keypad.shown.length;
  body.keypad.type(errand.loadCode);
  await eventually(() => expect(body.keypad.shown.length).toBeGreaterThan(answered));

  expect(agent.status().journalFault).toContain("full");
  expect(body.keypad.shown.at(-1)).toBe("refused");
  expect(body.lid.body.energised).toEqual([]);

  await cloud.start();
  await eventually(() => expect(agent.status().journalFault).toBeNull());
  expectDense();
});

test("a lid that stays silent for seconds is told once, and again when it is heard", async () => {
  const agent = await bench.start();
  const told = () => agent.status().problems.map(({ happening }) => happening.type);

  body.lid.cutLink();
  await eventually(() => expect(told()).toContain("lid_silent"));
  body.lid.restoreLink();
  await eventually(() => expect(agent.status().lid.at).toBe("closed_locked"));

  expect(told().filter((type) => type === "lid_silent")).toHaveLength(1);
});

test("heartbeats come once a second while somebody watches", async () => {
  await bench.start();
  await eventually(() => expect(known()?.stored.p0.length).toBeGreaterThan(0));

  cloud.flag(robotId, "watched", true);
  await eventually(() => expect(known()?.stored.p2.length).toBeGreaterThan(2));

  const beats = known()?.stored.p2.flatMap((stored) => (stored.kind === "heartbeats" ? [stored.entry] : [])) ?? [];
  const last = beats.at(-1);
  expect(last).toMatchObject({ samples: 1, next_in_ms: 1_000 });
  expect(decodeHeartbeats(last?.data ?? new Uint8Array())).toMatchObject([
    { lid: "closed_locked", operationalState: "idle", motionSafety: "stopped" },
  ]);
});

function openCommand(): Parameters<Workbench["cloud"]["command"]>[0] {
  const issuedAt = clock.now();
  return {
    command_id: uuidV7(clock, rng),
    robot_id: robotId,
    epoch: null,
    kind: "open_lid",
    args: { compartment: 0, purpose: "load", delivery_id: errand.deliveryId },
    precondition: null,
    issued_at: issuedAt,
    expires_at: issuedAt + 30_000,
    actor: { kind: "user", id: "u1" },
  };
}
