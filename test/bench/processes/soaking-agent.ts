import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { cityTrace } from "@kerbside/proto/heartbeat/trace.sim";
import { identify, RobotAgent, SimulatedBody } from "@kerbside/robot-agent";
import { TokenSource } from "@kerbside/robot-agent/cloud.http";
import { Heartbeats } from "@kerbside/robot-agent/heartbeats";
import { robotKey } from "@kerbside/robot-agent/identity.node";
import { TelemetryStore } from "@kerbside/robot-agent/telemetry.sqlite";
import { MqttLink, Uplink } from "@kerbside/sync/uplink";

/**
 * A whole agent that runs at its own pace and, beside it, the agent's way of heartbeats again with the years wound on:
 * packed, made durable, sent, acknowledged and trimmed, as fast as the cloud takes them. Says `soaked` at the end.
 *
 *   soaking-agent <http url> <mqtt url> <folder> <claim of the agent> <claim of the other> <heartbeats>
 */
const [httpUrl = "", mqttUrl = "", folder = "", claim = "", otherClaim = "", count = "0"] = process.argv.slice(2);
const clock = systemClock;
const rng = systemRng;
const signal = AbortSignal.timeout(120_000);
const place = { lat: 51.1282, lng: 71.4307 };
/** Batches that may wait for their acknowledgement. */
const waitingMax = 40;

const identity = await identify({ dataDir: folder, httpUrl, claimCode: claim, clock, rng }, signal);
const body = new SimulatedBody({ clock, rng, place });
const cloud = { httpUrl, mqttUrl };
const agent = new RobotAgent({ identity, dataDir: folder, cloud, devices: body, clock, rng, software: "soak" });
await soak(Number(count));
process.stdout.write("soaked\n");
process.once("SIGTERM", () => void agent[Symbol.asyncDispose]().finally(() => process.exit()));

async function soak(heartbeats: number): Promise<void> {
  const dataDir = join(folder, "soaked");
  const { robot_id: robotId, private_key } = await identify(
    { dataDir, httpUrl, claimCode: otherClaim, clock, rng },
    signal,
  );
  const key = robotKey(private_key);
  const tokens = new TokenSource({ httpUrl, robotId, key, clock, rng, onTrust: () => undefined });
  const credentials = async () => ({ username: robotId, password: await tokens.token() });
  await using link = new MqttLink({ url: mqttUrl, clientId: robotId, credentials, clock, rng });
  using store = new TelemetryStore({ dataDir, nowMs: clock.now(), newEpoch: () => Date.now(), signGap: () => "" });
  const bootId = randomUUID();
  const sending = {
    robotId,
    bootId,
    link,
    outboxes: [store],
    sign: (text: string) => key.sign(text),
    clock,
    rng,
    onReport: () => undefined,
  };
  using uplink = new Uplink(sending);
  const beats = new Heartbeats({
    append(batch) {
      store.append(batch);
      uplink.appended("p2");
    },
    onProblem(problem) {
      throw problem;
    },
  });
  const acked = () => uplink.status().get("p2")?.acked ?? 0;
  const trace = cityTrace({ seed: 9, samples: 3_600 });
  for (let beat = 0; beat < heartbeats; beat += 1) {
    const sample = trace[beat % trace.length];
    if (sample) beats.take(sample, beat * 1_000, 60_000);
    while (store.head - acked() > waitingMax) await clock.sleep(5, signal);
  }
  while (acked() < store.head) await clock.sleep(5, signal);
}
