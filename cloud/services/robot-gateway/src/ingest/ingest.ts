import type { Database, Outbox } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { parseTopic, topics } from "@kerbside/proto/robot/topics";
import { packAck, unpackBatch } from "@kerbside/sync/uplink";
import type { Broker } from "../broker.ts";
import { type Arrival, type Committed, commitGroup } from "./commit.pg.ts";
import { Lane } from "./lane.ts";
import { type Poison, QuarantineQuota } from "./quarantine.ts";
import { setAside } from "./quarantine.pg.ts";
import { isConflict, isRefusedData } from "./refusal.pg.ts";
import type { TimeSeal } from "./time-seal.ts";

export interface IngestPorts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly broker: Broker;
  readonly timeSeal: TimeSeal;
  readonly happenings: IngestHappenings;
  /** Told of every batch of facts before anything is made of it. Must be quick. */
  readonly onArrived: (arrival: Arrival) => void;
  /** Told of every commit, before the acknowledgements go out. Must be quick. */
  readonly onCommitted: (committed: Committed) => void;
}

export interface IngestHappenings {
  committed(committed: Committed, ms: number): void;
  /** The robots will send it again. */
  dropped(batches: number, problem: unknown): void;
  unreadable(poison: Poison): void;
}

/** Facts go at once; heartbeats wait for company, so that a commit carries many robots. */
const gatherMs = { facts: 0, heartbeats: 75 } as const;
const groups = {
  facts: { items: 100, weight: 2_000_000 },
  heartbeats: { items: 500, weight: 4_000_000 },
  unreadable: { items: 100, weight: 2_000_000 },
} as const;
/** Bytes that wait are bytes of memory. */
const room = { items: 1_000, weight: 16_000_000 } as const;
/** After a database that did not answer. */
const pauseMs = 500;

/**
 * The cloud's end of the uplink. A message counts as taken when it has its place in a bounded queue; a robot forgets
 * nothing before the acknowledgement that goes out after the commit.
 */
export class Ingest {
  readonly #ports: IngestPorts;
  readonly #facts: Lane<Arrival>;
  readonly #heartbeats: Lane<Arrival>;
  readonly #unreadable: Lane<Poison>;
  readonly #quota: QuarantineQuota;

  constructor(ports: IngestPorts) {
    this.#ports = ports;
    const { clock } = ports;
    this.#quota = new QuarantineQuota(clock);
    const commit = (group: readonly Arrival[]) => this.#commit(group);
    const weightOf = ({ bytes }: Arrival) => bytes;
    this.#facts = new Lane({ clock, gatherMs: gatherMs.facts, group: groups.facts, room, weightOf, commit });
    this.#heartbeats = new Lane({
      clock,
      gatherMs: gatherMs.heartbeats,
      group: groups.heartbeats,
      room,
      weightOf,
      commit,
    });
    this.#unreadable = new Lane({
      clock,
      gatherMs: gatherMs.heartbeats,
      group: groups.unreadable,
      room,
      weightOf: ({ raw }) => raw.length,
      commit: (group) => this.#quarantine(group),
    });
    ports.broker.subscribe(topics.everyUp, (topic, payload) => this.take(topic, payload));
  }

  /** Resolves when the message has its place in the queue. */
  take(topic: string, payload: Uint8Array): Promise<void> | void {
    const from = parseTopic(topic);
    if (from?.kind !== "up") return;
    const { robotId, stream } = from;
    const read = unpackBatch(payload);
    const reason = read.ok ? misplaced(read.value.stream, stream) : `${read.error.code}: ${read.error.detail}`;
    if (!read.ok || reason !== null) {
      const poison = { robotId, stream, epoch: null, seq: null, reason: reason ?? "unreadable", raw: payload };
      this.#ports.happenings.unreadable(poison);
      return this.#quota.isLeft(robotId) ? this.#unreadable.put(poison) : undefined;
    }
    const arrival = { robotId, batch: read.value, bytes: payload.length };
    if (stream === "p2") return this.#heartbeats.put(arrival);
    this.#ports.onArrived(arrival);
    return this.#facts.put(arrival);
  }

  /** Ends after the signal, once everything that was taken has been committed. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#facts.run(signal), this.#heartbeats.run(signal), this.#unreadable.run(signal)]);
  }

  async #commit(group: readonly Arrival[]): Promise<void> {
    try {
      await this.#commitOnce(group, "together").catch((problem: unknown) => {
        if (isConflict(problem)) return this.#commitOnce(group, "together");
        throw problem;
      });
    } catch (problem) {
      if (isRefusedData(problem)) await this.#commitEach(group);
      else await this.#drop(group, problem);
    }
  }

  /** One of them holds what the database refuses: the others must not wait for it. */
  async #commitEach(group: readonly Arrival[]): Promise<void> {
    for (const arrival of group) {
      await this.#commitOnce([arrival], "one_by_one").catch((problem: unknown) => this.#drop([arrival], problem));
    }
  }

  async #commitOnce(arrivals: readonly Arrival[], how: "together" | "one_by_one"): Promise<void> {
    const { db, clock, happenings, onCommitted } = this.#ports;
    const startMs = clock.monotonic();
    const committed = await db.transaction((tx) => commitGroup(tx, { arrivals, how }, this.#ports));
    happenings.committed(committed, clock.monotonic() - startMs);
    onCommitted(committed);
    this.#acknowledge(committed);
  }

  /** QoS 0 and not awaited: a lost acknowledgement is answered by the robot sending again. */
  #acknowledge({ acks }: Committed): void {
    const { broker, clock, timeSeal } = this.#ports;
    for (const { robotId, ack } of acks) {
      const time = timeSeal.forRobot(robotId);
      const bytes = packAck({ ...ack, cloud_time: clock.now(), ...(time && { time }) });
      broker.publish(topics.ack(robotId, ack.stream), bytes, { qos: 0 }).catch(() => undefined);
    }
  }

  /** The robots have no acknowledgement and send again; meanwhile the database may come back. */
  async #drop(group: readonly Arrival[], problem: unknown): Promise<void> {
    this.#ports.happenings.dropped(group.length, problem);
    await this.#ports.clock.sleep(pauseMs);
  }

  async #quarantine(poisons: readonly Poison[]): Promise<void> {
    const { db, clock, happenings } = this.#ports;
    const nowInstant = toInstant(clock.now());
    await db
      .transaction((tx) => setAside(tx, poisons, nowInstant))
      .catch((problem: unknown) => happenings.dropped(poisons.length, problem));
  }
}

function misplaced(said: string, topic: string): string | null {
  return said === topic ? null : `stream: says ${said} on the topic of ${topic}`;
}
