import { topics } from "@kerbside/proto/robot/topics";
import { uplinkLimits } from "@kerbside/proto/robot/uplink";
import { epochText, type Link, packBatch, unpackAck } from "@kerbside/sync/uplink";

/** One packed run of heartbeats. */
export interface Run {
  readonly fromMs: number;
  readonly toMs: number;
  readonly samples: number;
  readonly data: Uint8Array;
}

/** The P2 stream of one robot as a load: messages are packed beforehand, so that sending costs little of the machine. */
export class HeartbeatStream {
  readonly #from: { robotId: string; bootId: string; link: Link; sign: (text: string) => string };
  readonly #epoch = Date.now();
  readonly #proof: string;
  #packed = 0;
  #sent = 0;
  #acked = 0;
  #moved = Promise.withResolvers<void>();

  constructor(from: { robotId: string; bootId: string; link: Link; sign: (text: string) => string }) {
    this.#from = from;
    this.#proof = from.sign(epochText(from.robotId, "p2", this.#epoch));
    from.link.subscribe(topics.ack(from.robotId, "p2"), (_topic, payload) => {
      const ack = unpackAck(payload);
      if (!ack.ok || ack.value.epoch !== this.#epoch) return;
      this.#acked = Math.max(this.#acked, ack.value.cursor);
      this.#moved.resolve();
      this.#moved = Promise.withResolvers();
    });
  }

  /** The messages that carry these runs, one each, in the order in which they have to be sent. */
  pack(runs: readonly Run[]): readonly Uint8Array[] {
    return runs.map((run) => {
      this.#packed += 1;
      return packBatch({
        v: 1,
        epoch: this.#epoch,
        boot_id: this.#from.bootId,
        stream: "p2",
        first_seq: this.#packed,
        chain_head: "",
        ...(this.#acked === 0 && { epoch_proof: this.#proof }),
        entries: [entryOf(run, this.#packed)],
      });
    });
  }

  /** Sends them as a robot may: few in flight, every tenth again as if its answer had been lost. Ends when all are safe. */
  async flood(messages: readonly Uint8Array[]): Promise<void> {
    for (const [index, message] of messages.entries()) {
      while (this.#sent - this.#acked >= uplinkLimits.inFlightMax) await this.#moved.promise;
      this.#sent += 1;
      this.send(message);
      if (index % 10 === 9) this.send(message);
    }
    while (this.#acked < this.#sent) await this.#moved.promise;
  }

  /** Sends one, and waits for nothing. */
  send(message: Uint8Array): void {
    const { link, robotId } = this.#from;
    link.publish(topics.up(robotId, "p2"), message).catch(() => undefined);
  }
}

function entryOf({ fromMs, toMs, samples, data }: Run, seq: number) {
  const times = { event_time: toMs, from_time: fromMs, to_time: toMs };
  return { type: "heartbeats", seq, ...times, samples, data, next_in_ms: 60_000 };
}
