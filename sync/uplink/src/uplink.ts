import { Alarm } from "@kerbside/proto/base/alarm";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import { parseTopic, type Stream, topics } from "@kerbside/proto/robot/topics";
import { type UplinkAck, uplinkLimits } from "@kerbside/proto/robot/uplink";
import type { Link } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import {
  type Sender,
  type SenderInput,
  type SenderReport,
  senderDueAtMs,
  sendFrom,
  startSender,
  stepSender,
} from "./sender.ts";
import { epochText } from "./signing.ts";
import { packBatch, unpackAck } from "./wire.ts";

export interface UplinkOptions {
  readonly robotId: string;
  readonly bootId: string;
  readonly link: Link;
  readonly outboxes: readonly Outbox[];
  /** Signs with the robot's key: Ed25519 over the text's UTF-8, base64. */
  readonly sign: (text: string) => string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onReport: (stream: Stream, report: SenderReport) => void;
  /** Every acknowledgement that was understood, for what else it carries (signed time). */
  readonly onAck?: (ack: UplinkAck) => void;
}

/** How far one stream of a robot has come. */
export interface StreamStatus {
  readonly epoch: number;
  readonly head: number;
  readonly acked: number;
  /** Of this connection: round trip of the last batch, share of those sent again. */
  readonly rttMs: number | null;
  readonly loss: number;
  readonly isDegraded: boolean;
  readonly halted: Sender["halted"];
}

/** Room that a batch's own fields take beside its entries. */
const envelopeBytes = 1_024;

interface Lane {
  readonly outbox: Outbox;
  /** Sent along until the cloud has acknowledged something of this epoch. */
  proof: string | null;
  sender: Sender;
}

/** Carries the robot's streams to the cloud: outboxes, senders and the link put together. */
export class Uplink implements Disposable {
  readonly #options: UplinkOptions;
  readonly #lanes: ReadonlyMap<Stream, Lane>;
  readonly #alarm: Alarm;
  readonly #stopListening: () => void;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#lanes = new Map(options.outboxes.map((outbox) => [outbox.stream, open(outbox, options)]));
    this.#alarm = new Alarm(options.clock, () => this.#tick());
    options.link.subscribe(topics.acks(options.robotId), (topic, payload) => this.#hear(topic, payload));
    this.#stopListening = options.link.onChange((isConnected) => this.#changed(isConnected));
    if (options.link.isConnected) this.#changed(true);
  }

  /** To be called after a commit: the stream's outbox has more. */
  appended(stream: Stream): void {
    const lane = this.#lanes.get(stream);
    if (!lane) return;
    this.#step(lane, { type: "appended", head: lane.outbox.head, nowMs: this.#options.clock.monotonic() });
    this.#pump(lane);
    this.#arm();
  }

  /** The stream's outbox began a new epoch; everything in it is to be sent under that. */
  reopened(stream: Stream): void {
    const lane = this.#lanes.get(stream);
    if (!lane) return;
    const { proof, sender } = open(lane.outbox, this.#options);
    lane.proof = proof;
    lane.sender = sender;
    if (this.#options.link.isConnected) this.#changed(true);
  }

  status(): ReadonlyMap<Stream, StreamStatus> {
    return new Map([...this.#lanes].map(([stream, { sender }]) => [stream, sender]));
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    this.#alarm[Symbol.dispose]();
  }

  #changed(isConnected: boolean): void {
    const nowMs = this.#options.clock.monotonic();
    for (const lane of this.#lanes.values()) {
      this.#step(lane, isConnected ? { type: "connected", nowMs } : { type: "disconnected" });
      this.#pump(lane);
    }
    this.#arm();
  }

  #hear(topic: string, payload: Uint8Array): void {
    const to = parseTopic(topic);
    const ack = unpackAck(payload);
    if (!ack.ok || to?.kind !== "ack" || to.stream !== ack.value.stream) return;
    const lane = this.#lanes.get(to.stream);
    if (!lane) return;
    if (ack.value.epoch === lane.outbox.epoch) lane.proof = null;
    this.#step(lane, { type: "acknowledged", ack: ack.value, nowMs: this.#options.clock.monotonic() });
    this.#options.onAck?.(ack.value);
    this.#pump(lane);
    this.#arm();
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const lane of this.#lanes.values()) {
      this.#step(lane, { type: "tick", nowMs, jitter: unit(this.#options.rng) });
      this.#pump(lane);
    }
    this.#arm();
  }

  #step(lane: Lane, input: SenderInput): void {
    const { sender, commands } = stepSender(lane.sender, input);
    lane.sender = sender;
    for (const command of commands) {
      if (command.type === "trim") lane.outbox.trim(command.upTo);
      else this.#options.onReport(lane.outbox.stream, command.report);
    }
  }

  #pump(lane: Lane): void {
    const { outbox } = lane;
    const limits = { entriesMax: uplinkLimits.entriesMax, bytesMax: uplinkLimits.batchBytesMax - envelopeBytes };
    for (let from = sendFrom(lane.sender); from !== null; from = sendFrom(lane.sender)) {
      const run = outbox.read(from, limits);
      if (!run) return;
      const { firstSeq, lastSeq } = run;
      this.#step(lane, { type: "sent", firstSeq, lastSeq, nowMs: this.#options.clock.monotonic() });
      const batch = packBatch({
        v: 1,
        epoch: outbox.epoch,
        boot_id: this.#options.bootId,
        stream: outbox.stream,
        first_seq: firstSeq,
        chain_head: run.chainHead,
        ...(lane.proof !== null && { epoch_proof: lane.proof }),
        entries: [...run.entries],
      });
      // A publish that fails is found by the missing acknowledgement; the broker's word proves nothing either way.
      this.#options.link.publish(topics.up(this.#options.robotId, outbox.stream), batch).catch(() => undefined);
    }
  }

  #arm(): void {
    const due = [...this.#lanes.values()].map((lane) => senderDueAtMs(lane.sender)).filter((at) => at !== null);
    this.#alarm.set(due.length > 0 ? Math.min(...due) : null);
  }
}

function open(outbox: Outbox, { robotId, sign }: UplinkOptions): Lane {
  const { epoch, acked, head, stream } = outbox;
  return { outbox, proof: sign(epochText(robotId, stream, epoch)), sender: startSender({ epoch, acked, head }) };
}
