import { appended, type Database, type Outbox } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { positionChanged } from "@kerbside/proto/events/robots";
import { robotInstant } from "../ingest/announce.ts";
import { hearSample, type Latest, type NewestSample } from "./latest.ts";
import { readLatest, saveMeasured } from "./latest.pg.ts";
import { isNews, type ToldPosition } from "./position-news.ts";

export interface LatestWriterPorts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly onProblem: (problem: unknown) => void;
}

/** How often the published rows may change; a screen cannot show more. */
const writeEveryMs = 250;

interface Change {
  readonly before: Latest;
  readonly after: Latest;
  readonly newest: NewestSample;
}

/**
 * Brings what heartbeats measured into the latest rows, many robots at a time. It follows the commits instead of taking
 * part in them: what is lost with the process is measured again by the next heartbeat.
 */
export class LatestWriter {
  readonly #ports: LatestWriterPorts;
  readonly #told = new Map<string, ToldPosition>();
  #waiting = new Map<string, NewestSample>();

  constructor(ports: LatestWriterPorts) {
    this.#ports = ports;
  }

  offer(newest: ReadonlyMap<string, NewestSample>): void {
    for (const [robotId, sample] of newest) this.#waiting.set(robotId, sample);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.clock.sleep(writeEveryMs, signal).catch(() => undefined);
      await this.write().catch((problem: unknown) => this.#ports.onProblem(problem));
    }
  }

  /** Writes what waits, and tells other services of positions that are news. */
  async write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const { db, outbox, clock } = this.#ports;
    const nowMs = clock.now();
    const told = await db.transaction(async (tx) => {
      const rows = await readLatest(tx, [...waiting.keys()]);
      const changes = rows.flatMap((row) => changeOf(row, waiting.get(row.robot_id), nowMs));
      await saveMeasured(tx, changes);
      const news = changes.filter(({ after, newest }) => isNews(this.#told.get(after.robot_id), newest.sample, nowMs));
      await outbox.appendAll(tx, news.flatMap(tell));
      return news;
    });
    for (const { after, newest } of told) this.#remember(after.robot_id, newest, nowMs);
  }

  #remember(robotId: string, { sample }: NewestSample, nowMs: number): void {
    if (sample.lat === null || sample.lng === null) return;
    const { lat, lng, batteryPct } = sample;
    this.#told.set(robotId, { lat, lng, batteryPct, toldAtMs: nowMs });
  }
}

function changeOf(before: Latest, newest: NewestSample | undefined, nowMs: number): readonly Change[] {
  if (!newest) return [];
  const after = hearSample(before, newest, nowMs);
  return after === before ? [] : [{ before, after, newest }];
}

function tell({ after, newest: { sample } }: Change) {
  const { lat, lng, batteryPct: battery_pct, atMs: at } = sample;
  if (lat === null || lng === null) return [];
  const { robot_id, organization_id } = after;
  return [
    appended(positionChanged, {
      subject_id: robot_id,
      organization_id,
      event_time: robotInstant(at),
      actor: { kind: "robot", id: robot_id },
      body: { robot_id, place: { lat, lng }, battery_pct, at },
    }),
  ];
}
