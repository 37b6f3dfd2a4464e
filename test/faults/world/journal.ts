import { randomUUID, sign } from "node:crypto";
import type { Fact } from "@kerbside/proto/robot/journal";
import { type Stream, topics } from "@kerbside/proto/robot/topics";
import type { UplinkBatch } from "@kerbside/proto/robot/uplink";
import { chainNext, chainStart, epochText, packBatch, unpackAck } from "@kerbside/sync/uplink";
import { type Wire, wireTo } from "./mqtt.ts";
import type { Robot } from "./robot.ts";
import { until } from "./world.ts";

/** A robot's uplink in honest form, whatever it says. */
export class Journal implements AsyncDisposable {
  readonly robot: Robot;
  readonly wire: Wire;
  readonly epoch: number;
  readonly #bootId = randomUUID();
  readonly #entries: Record<Stream, object[]> = { p0: [], p1: [], p2: [] };

  private constructor(robot: Robot, wire: Wire, epoch: number) {
    this.robot = robot;
    this.wire = wire;
    this.epoch = epoch;
  }

  /** Each journal begins an epoch of its own. */
  static async open(mqttUrl: string, robot: Robot): Promise<Journal> {
    const wire = await wireTo(mqttUrl, { clientId: robot.id, username: robot.id, password: robot.token });
    if (wire.refusal !== null) throw new Error(`the broker refused the robot: ${wire.refusal}`);
    await wire.subscribe(topics.acks(robot.id));
    return new Journal(robot, wire, Date.now());
  }

  /** Sends facts and waits until the cloud has them. */
  async record(stream: "p0" | "p1", ...facts: readonly Omit<Fact, "actor">[]): Promise<void> {
    for (const fact of facts) {
      const seq = this.#entries[stream].length + 1;
      const actor = { kind: "robot", id: this.robot.id };
      this.#entries[stream].push({ ...fact, seq, event_time: Date.now(), actor });
    }
    const batch = this.batch(stream);
    await this.wire.publish(topics.up(this.robot.id, stream), Buffer.from(packBatch(batch)));
    await until(async () => this.acknowledged(stream) === this.#entries[stream].length, `${stream} is acknowledged`);
  }

  /** Puts anything at all into the journal, with its number; it goes up with the next fact. */
  smuggle(stream: "p0" | "p1", entry: object): void {
    this.#entries[stream].push({ ...entry, seq: this.#entries[stream].length + 1 });
  }

  /** Everything of a stream as one batch. */
  batch(stream: Stream): UplinkBatch {
    const entries = this.#entries[stream];
    const head = entries.reduce((at: string, entry) => chainNext(at, JSON.stringify(entry)), chainStart);
    const proof = sign(null, Buffer.from(epochText(this.robot.id, stream, this.epoch)), this.robot.key);
    return {
      v: 1,
      epoch: this.epoch,
      boot_id: this.#bootId,
      stream,
      first_seq: 1,
      chain_head: stream === "p0" ? head : "",
      epoch_proof: proof.toString("base64"),
      entries,
    };
  }

  /** How far the cloud says that it has this journal. */
  acknowledged(stream: Stream): number {
    const topic = topics.ack(this.robot.id, stream);
    const acks = this.wire.received
      .filter((message) => message.topic === topic)
      .map(({ payload }) => unpackAck(payload));
    const last = acks.filter((ack) => ack.ok && ack.value.epoch === this.epoch).at(-1);
    return last?.ok ? last.value.cursor : 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.wire[Symbol.asyncDispose]();
  }
}
