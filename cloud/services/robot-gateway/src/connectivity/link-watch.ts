import type { Database, Outbox } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { parseTopic, topics } from "@kerbside/proto/robot/topics";
import type { LinkMessage } from "@kerbside/proto/robot/uplink";
import { unpackLink } from "@kerbside/sync/uplink";
import type { Broker } from "../broker.ts";
import type { Committed } from "../ingest/commit.pg.ts";
import { Lane } from "../ingest/lane.ts";
import { isInTouch } from "./connectivity.ts";
import { dueLinks, type LinkNews, robotsInTouch, stepLinks } from "./links.pg.ts";

export interface LinkWatchPorts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly broker: Broker;
  /** A robot can be reached again, after the commit. */
  readonly onBack: (robotId: string) => void;
  /** A robot has begun a connection, also one that replaces another. */
  readonly onConnected: (robotId: string) => void;
  readonly onProblem: (problem: unknown) => void;
}

const lookEveryMs = 1_000;
const dueMax = 500;
/** Robots try again after half a minute at most; whoever has left no trace by then is not there. */
const traceWithinMs = 45_000;
/** Data that was on its way when the link broke says nothing about the link. */
const onItsWayMs = 5_000;
/** How long, and for how many, the event of an enrolment is waited for. */
const enrolledWithinMs = 60_000;
const earlyMax = 10_000;
/** A word about a link comes once, so it outlasts a database that is away for a few seconds. */
const triesMax = 6;
const pauseMs = 500;

/** Follows the links of all robots: what they and their wills say, what their data shows, and what silence means. */
export class LinkWatch {
  readonly #ports: LinkWatchPorts;
  readonly #lane: Lane<LinkNews>;
  #traced = new Set<string>();
  #tracedSinceMs: number | null = null;
  /** The last word of robots that were faster than the event of their enrolment. */
  readonly #early = new Map<string, { readonly news: LinkNews; readonly sinceMs: number }>();

  constructor(ports: LinkWatchPorts) {
    this.#ports = ports;
    const { clock, broker } = ports;
    this.#lane = new Lane({
      clock,
      gatherMs: 0,
      weightOf: () => 1,
      group: { items: 500, weight: 500 },
      room: { items: 5_000, weight: 5_000 },
      commit: (news) => this.#commit(news),
    });
    broker.subscribe(topics.everyLink, (topic, payload) => this.take(topic, payload));
    broker.onChange((isConnected) => this.#beginTracing(isConnected));
    this.#beginTracing(broker.isConnected);
  }

  /** A message that cannot be read says nothing about a link. */
  take(topic: string, payload: Uint8Array): Promise<void> | void {
    const from = parseTopic(topic);
    const read = unpackLink(payload);
    if (from?.kind !== "link" || !read.ok) return;
    const { robotId } = from;
    const message = read.value;
    if (message.state === "online") this.#traced.add(robotId);
    if (isBeginning(message)) this.#ports.onConnected(robotId);
    return this.#lane.put({ robotId, input: { type: "link", message } });
  }

  /** What came in is a trace of its robot; of one that was thought away it is a sign of life. */
  heard({ judged }: Committed): void {
    const nowMs = this.#ports.clock.now();
    const away = new Set<string>();
    for (const { stream } of judged) {
      this.#traced.add(stream.robotId);
      const { link } = stream;
      if (!link || isInTouch(link.state)) continue;
      const isSignOfLife = link.state === "never_seen" || nowMs - link.sinceMs > onItsWayMs;
      if (isSignOfLife) away.add(stream.robotId);
    }
    for (const robotId of away) void this.#lane.put({ robotId, input: { type: "heard" } });
  }

  async run(signal: AbortSignal): Promise<void> {
    const look = async (): Promise<void> => {
      while (!signal.aborted) {
        await this.#ports.clock.sleep(lookEveryMs, signal).catch(() => undefined);
        if (!signal.aborted) await this.look().catch((problem: unknown) => this.#ports.onProblem(problem));
      }
    };
    await Promise.all([this.#lane.run(signal), look()]);
  }

  /** Deadlines that have come, and robots that were in touch before we were away and are not any more. */
  async look(): Promise<void> {
    const { db, clock } = this.#ports;
    await this.#commit([...this.#early.values()].map(({ news }) => news));
    const due = await dueLinks(db, clock.now(), dueMax);
    await this.#commit(due.map((robotId) => ({ robotId, input: { type: "due", locatedAtMs: null } })));
    if (this.#tracedSinceMs === null || clock.monotonic() - this.#tracedSinceMs < traceWithinMs) return;
    this.#tracedSinceMs = null;
    const untraced = (await robotsInTouch(db)).filter((robotId) => !this.#traced.has(robotId));
    await this.#commit(untraced.map((robotId) => ({ robotId, input: { type: "unheard" } })));
  }

  #keepEarly(news: readonly LinkNews[], unknown: readonly string[]): void {
    const nowMs = this.#ports.clock.monotonic();
    for (const one of news) {
      const sinceMs = this.#early.get(one.robotId)?.sinceMs ?? nowMs;
      const isWaitedFor = unknown.includes(one.robotId) && nowMs - sinceMs < enrolledWithinMs;
      if (isWaitedFor && this.#early.size < earlyMax) this.#early.set(one.robotId, { news: one, sinceMs });
      else this.#early.delete(one.robotId);
    }
  }

  #beginTracing(isConnected: boolean): void {
    this.#traced = new Set();
    this.#tracedSinceMs = isConnected ? this.#ports.clock.monotonic() : null;
  }

  async #commit(news: readonly LinkNews[]): Promise<void> {
    if (news.length === 0) return;
    const { db, outbox, clock, onBack, onProblem } = this.#ports;
    for (let tries = 1; tries <= triesMax; tries += 1) {
      try {
        const stepped = await db.transaction((tx) => stepLinks(tx, news, { outbox, nowMs: clock.now() }));
        for (const robotId of stepped.back) onBack(robotId);
        this.#keepEarly(news, stepped.unknown);
        return;
      } catch (problem) {
        onProblem(problem);
        await clock.sleep(pauseMs * tries);
      }
    }
  }
}

function isBeginning({ state, rtt_ms, loss }: LinkMessage): boolean {
  return state === "online" && rtt_ms === undefined && loss === undefined;
}
