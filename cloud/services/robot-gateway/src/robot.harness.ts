import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { NewEvent } from "@kerbside/cloud-kit/service";
import type { Started } from "@kerbside/cloud-kit/service.harness";
import { robotEnrolled } from "@kerbside/proto/events/fleet";
import { encodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import type { Fact } from "@kerbside/proto/robot/journal";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { GapRecord, UplinkBatch } from "@kerbside/proto/robot/uplink";
import type { robotGatewayRoutes } from "@kerbside/proto/routes/robot-gateway";
import { chainNext, chainStart, epochText, gapText } from "@kerbside/sync/uplink";
import { rawPublicKey } from "./keys/signer.ts";

export type StartedGateway = Started<typeof robotGatewayRoutes>;

/** A robot as far as its uplink goes: a key, a boot, and entries in their places. */
export class TestRobot {
  readonly id = randomUUID();
  readonly organizationId: string;
  readonly name: string;
  bootId = randomUUID();
  epoch = 1_000;
  readonly #key = generateKeyPairSync("ed25519").privateKey;

  constructor(organizationId: string = randomUUID(), name = "K1") {
    this.organizationId = organizationId;
    this.name = name;
  }

  enrolment(eventTime = "2026-01-05T08:00:00.000Z"): NewEvent<typeof robotEnrolled> {
    return {
      subject_id: this.id,
      organization_id: this.organizationId,
      event_time: eventTime,
      actor: { kind: "service", id: "device" },
      body: {
        robot_id: this.id,
        name: this.name,
        public_key: rawPublicKey(this.#key),
        market_id: randomUUID(),
        hub_id: randomUUID(),
        compartments: 1,
      },
    };
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString("base64");
  }

  /** Entries as they go up from `firstSeq`; `all` is the stream from its beginning, for the chain. */
  batch(stream: Stream, all: readonly unknown[], span: { readonly from: number; readonly to: number }): UplinkBatch {
    const chain = stream === "p0" ? all.slice(0, span.to).reduce(link, chainStart) : "";
    return {
      v: 1,
      epoch: this.epoch,
      boot_id: this.bootId,
      stream,
      first_seq: span.from,
      chain_head: String(chain),
      epoch_proof: this.sign(epochText(this.id, stream, this.epoch)),
      entries: all.slice(span.from - 1, span.to),
    };
  }

  gap(stream: Stream, from_seq: number, to_seq: number): GapRecord {
    const range = { from_seq, to_seq, reason: "thinned" } as const;
    const signature = this.sign(gapText(this.id, this.epoch, stream, range));
    return { type: "gap", ...range, event_time: Date.UTC(2026, 0, 5, 9), signature };
  }

  fact(seq: number, fact: Omit<Fact, "actor">, event_time = Date.UTC(2026, 0, 5, 9) + seq) {
    return { ...fact, seq, event_time, actor: { kind: "robot", id: this.id } };
  }

  /** Something that happens to every robot, and tells one count from another. */
  moved(seq: number) {
    return this.fact(seq, { type: "safety_changed", body: { from: "stopped", to: "moving", cause: `step ${seq}` } });
  }

  stateChanged(seq: number) {
    const body = { dimension: "service" as const, from: "a", to: "b", reason: `step ${seq}` };
    return this.fact(seq, { type: "state_changed", body });
  }

  heartbeats(seq: number, samples: readonly HeartbeatSample[]) {
    const from_time = samples[0]?.atMs ?? 0;
    const to_time = samples.at(-1)?.atMs ?? 0;
    const data = Buffer.from(encodeHeartbeats(samples));
    const count = samples.length;
    return {
      type: "heartbeats",
      seq,
      event_time: to_time,
      from_time,
      to_time,
      samples: count,
      data,
      next_in_ms: 5_000,
    };
  }
}

function link(head: unknown, entry: unknown): string {
  return chainNext(String(head), JSON.stringify(entry));
}

export function sample(atMs: number, change: Partial<HeartbeatSample> = {}): HeartbeatSample {
  return {
    atMs,
    lat: 51.128,
    lng: 71.43,
    accuracyM: 2,
    speedMps: 1.2,
    headingDeg: 90,
    batteryPct: 80,
    lid: "closed_locked",
    operationalState: "working",
    controlMode: "AUTOMATIC",
    motionSafety: "moving",
    lidFlags: 0,
    ...change,
  };
}

export async function enrolled(started: StartedGateway, robot = new TestRobot()): Promise<TestRobot> {
  await started.deliver(robotEnrolled, robot.enrolment());
  return robot;
}
