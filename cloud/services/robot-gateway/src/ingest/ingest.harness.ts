import { PgOutbox } from "@kerbside/cloud-kit/events/outbox.pg";
import type { Clock } from "@kerbside/proto/base/clock";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import type { Stream } from "@kerbside/proto/robot/topics";
import { topics } from "@kerbside/proto/robot/topics";
import type { UplinkAck, UplinkBatch } from "@kerbside/proto/robot/uplink";
import { MemoryBroker, packBatch, unpackAck } from "@kerbside/sync/uplink";
import { privateKeyFrom, signerWith } from "../keys/signer.ts";
import type { StartedGateway, TestRobot } from "../robot.harness.ts";
import type { Committed } from "./commit.pg.ts";
import { Ingest } from "./ingest.ts";
import type { Poison } from "./quarantine.ts";
import { TimeSeal } from "./time-seal.ts";

/** Ingest workers on one database and one broker, and what they say. */
export interface IngestBench extends AsyncDisposable {
  readonly broker: MemoryBroker;
  readonly committed: Committed[];
  readonly dropped: unknown[];
  readonly unreadable: Poison[];
  /** The acknowledgements that a robot got on one stream, in order. */
  acks(robot: TestRobot, stream: Stream): UplinkAck[];
  /** Resolves when everything up to the number is safe; fails after ten seconds. */
  untilAcked(robot: TestRobot, stream: Stream, cursor: number): Promise<void>;
  /** Publishes to every worker. */
  publish(robot: TestRobot, batch: UplinkBatch): Promise<void>;
  publishBytes(topic: string, bytes: Uint8Array): Promise<void>;
  /** Hands to one worker alone, as a shared subscription does. */
  hand(worker: number, robot: TestRobot, batch: UplinkBatch): Promise<void>;
}

export function benchOf(started: StartedGateway, workers = 1, clock: Clock = systemClock): IngestBench {
  const broker = new MemoryBroker();
  const stop = new AbortController();
  const committed: Committed[] = [];
  const dropped: unknown[] = [];
  const unreadable: Poison[] = [];
  const key = privateKeyFrom(systemRng.bytes(32));
  const signer = signerWith({ root: key, signing: [{ keyId: "test", key }] });
  const ingests = Array.from({ length: workers }, (_, index) => {
    return new Ingest({
      db: started.db,
      outbox: new PgOutbox({ clock, newId: () => crypto.randomUUID(), checked: true }),
      clock,
      broker: broker.connect(`worker-${index}`),
      timeSeal: new TimeSeal(clock, signer),
      happenings: {
        committed: () => undefined,
        dropped: (_count, problem) => void dropped.push(problem),
        unreadable: (poison) => void unreadable.push(poison),
      },
      onArrived: () => undefined,
      onCommitted: (group) => void committed.push(group),
    });
  });
  const running = ingests.map((ingest) => ingest.run(stop.signal));
  const listener = broker.connect("listener");
  const heard = new Map<string, UplinkAck[]>();
  listener.subscribe("kerbside/v1/+/ack/+", (topic, bytes) => {
    const ack = unpackAck(bytes);
    if (ack.ok) heard.set(topic, [...(heard.get(topic) ?? []), ack.value]);
  });
  const sender = broker.connect("sender");
  const acks = (robot: TestRobot, stream: Stream): UplinkAck[] => heard.get(topics.ack(robot.id, stream)) ?? [];
  return {
    broker,
    committed,
    dropped,
    unreadable,
    acks,
    async untilAcked(robot, stream, cursor) {
      for (let looks = 0; looks < 2_000; looks += 1) {
        if (acks(robot, stream).at(-1)?.cursor === cursor) return;
        await systemClock.sleep(5);
      }
      throw new Error(`${stream} is acknowledged up to ${acks(robot, stream).at(-1)?.cursor}, not to ${cursor}`);
    },
    publish: (robot, batch) => sender.publish(topics.up(robot.id, batch.stream), packBatch(batch)),
    publishBytes: (topic, bytes) => sender.publish(topic, bytes),
    hand: async (worker, robot, batch) => ingests[worker]?.take(topics.up(robot.id, batch.stream), packBatch(batch)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
    },
  };
}
