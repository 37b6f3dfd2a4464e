import type { Clock } from "@kerbside/proto/base/clock";
import type { EventEnvelope, EventOf, EventType } from "@kerbside/proto/base/event";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { KitMetrics } from "../metrics.ts";
import type { Consumer, Database, Transaction } from "../service.ts";
import { pauseMs, triesMax } from "./backoff.ts";
import { Bell } from "./bell.ts";
import { parseEvent } from "./envelope.ts";

const passMax = 500;
/** Events of one subject that share a transaction. */
const runMax = 20;
const lanes = 2;
const pollMs = 5_000;

export interface InboxOptions {
  readonly service: string;
  readonly db: Database;
  readonly consumers: readonly Consumer[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: KitMetrics;
}

/** What became of a subject's oldest waiting event. */
export type Attempt =
  | { readonly outcome: "none" | "not_due" | "done" }
  | { readonly outcome: "failed" | "parked"; readonly error: unknown };

interface Row extends Record<string, unknown> {
  readonly inbox_seq: string;
  readonly event_id: string;
  readonly type: string;
  readonly envelope: object;
  readonly due_at: string;
}

/** An event that its contract does not read: trying again cannot help. */
class MalformedEvent extends Error {
  constructor(type: string, cause: unknown) {
    super(`an event does not match its contract ${type}`, { cause });
    this.name = "MalformedEvent";
  }
}

/** A consumer's refusal together with the row it concerns. */
class ConsumeFailed extends Error {
  readonly row: Row;

  constructor(row: Row, cause: unknown) {
    super(`consuming ${row.type} ${row.event_id} failed`, { cause });
    this.row = row;
  }
}

/**
 * The events a service has yet to consume. Each runs in one transaction with its row, so its effects happen once; those
 * of one subject that wait together share it, unless one of them fails. The events of one subject run in the order they
 * came; a failing one holds back its own subject only.
 */
export class PgInbox {
  readonly #options: InboxOptions;
  readonly #consumers: ReadonlyMap<string, readonly Consumer[]>;
  readonly #bell = new Bell();

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#consumers = Map.groupBy(options.consumers, ({ on }) => on.type);
  }

  get types(): readonly string[] {
    return [...this.#consumers.keys()];
  }

  /** Puts an event in line; one that was here before is ignored. The relay does the same in SQL. */
  async accept(envelope: EventEnvelope & { readonly body: unknown }): Promise<void> {
    await this.#options.db.execute(sql`
      insert into inbox (event_id, type, subject_id, envelope, due_at)
      values (${envelope.event_id}, ${envelope.type}, ${envelope.subject_id}, ${JSON.stringify(envelope)}::jsonb, ${this.#now()})
      on conflict (event_id) do nothing`);
  }

  /** Consumes everything that is due, a few subjects side by side. Answers how many events were consumed. */
  async runDue(signal?: AbortSignal): Promise<number> {
    let consumed = 0;
    for (;;) {
      const subjects = await this.#dueSubjects();
      const next = subjects.values();
      const lane = async (): Promise<void> => {
        for (const subject of next) {
          consumed += await this.#drain(subject, signal);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      if (subjects.length === 0 || signal?.aborted) return consumed;
    }
  }

  async #drain(subject: string, signal?: AbortSignal): Promise<number> {
    let consumed = 0;
    for (;;) {
      if (signal?.aborted) return consumed;
      const together = await this.#attemptRun(subject);
      consumed += together ?? 0;
      if (together !== null && together < runMax) return consumed;
      if (together !== null) continue;
      // One of them fails: each for itself, up to that one.
      if ((await this.attempt(subject)).outcome !== "done") return consumed;
      consumed += 1;
    }
  }

  /** Answers how many waiting events of one subject were consumed together; null when one of them failed, and none was. */
  async #attemptRun(subjectId: string): Promise<number | null> {
    const { db, metrics, service } = this.#options;
    try {
      const count = await db.transaction((tx) => this.#consumeRun(tx, subjectId));
      if (count > 0) metrics.eventsConsumed.inc({ service, outcome: "done" }, count);
      return count;
    } catch (error) {
      if (error instanceof ConsumeFailed) return null;
      throw error;
    }
  }

  /** Runs the oldest waiting event of one subject. A lost database rejects; a consumer's failure is an outcome. */
  async attempt(subjectId: string, due: "when_due" | "at_once" = "when_due"): Promise<Attempt> {
    const { db, metrics, service } = this.#options;
    try {
      const outcome = await db.transaction((tx) => this.#consume(tx, subjectId, due));
      if (outcome === "done") metrics.eventsConsumed.inc({ service, outcome });
      return { outcome };
    } catch (error) {
      if (error instanceof ConsumeFailed) return this.#postpone(error.row, error.cause);
      throw error;
    }
  }

  /** Tells the worker that something came. */
  poke(): void {
    this.#bell.ring();
  }

  /** Consumes what comes until aborted. A lost database is waited for. */
  async work(signal: AbortSignal): Promise<void> {
    const { clock, log, consumers } = this.#options;
    if (consumers.length === 0) return;
    while (!signal.aborted) {
      try {
        await this.runDue(signal);
        const dueMs = (await this.nextDueMs()) ?? pollMs;
        await this.#bell.heard(clock, Math.max(1, Math.min(dueMs, pollMs)), signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, "consumers pause: the database does not answer");
        await clock.sleep(pollMs, signal).catch(() => undefined);
      }
    }
  }

  /** Sets the gauges of waiting and parked events. */
  async measure(): Promise<void> {
    const { db, metrics, service } = this.#options;
    const { rows } = await db.execute<{ waiting: string; parked: string }>(sql`
      select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'parked') as parked
      from inbox where state <> 'done'`);
    metrics.eventsWaiting.set({ service }, Number(rows[0]?.waiting ?? 0));
    metrics.eventsParked.set({ service }, Number(rows[0]?.parked ?? 0));
  }

  /** Gives parked events another chance, after whatever stopped them was repaired. Answers how many there were. */
  async unpark(): Promise<number> {
    const { rowCount } = await this.#options.db.execute(sql`
      update inbox set state = 'waiting', tries = 0, due_at = ${this.#now()}, ended_at = null where state = 'parked'`);
    this.poke();
    return rowCount ?? 0;
  }

  /** How long until the next postponed event falls due; null when none waits. */
  async nextDueMs(): Promise<number | null> {
    const { rows } = await this.#options.db.execute<{ due_at: string | null }>(
      sql`select min(due_at) as due_at from inbox where state = 'waiting'`,
    );
    const due = rows[0]?.due_at;
    return due ? Math.max(0, Date.parse(due) - this.#options.clock.now()) : null;
  }

  async #dueSubjects(): Promise<readonly string[]> {
    const now = this.#now();
    const { rows } = await this.#options.db.execute<{ subject_id: string }>(sql`
      select subject_id from inbox
      where state = 'waiting' and due_at <= ${now}
        and subject_id not in (select subject_id from inbox where state = 'waiting' and due_at > ${now})
      order by inbox_seq limit ${passMax}`);
    return [...new Set(rows.map(({ subject_id }) => subject_id))];
  }

  async #consume(
    tx: Transaction,
    subjectId: string,
    due: "when_due" | "at_once",
  ): Promise<"none" | "not_due" | "done"> {
    const [row] = await this.#lock(tx, subjectId, 1);
    if (!row) return "none";
    if (due === "when_due" && !this.#isDue(row)) return "not_due";
    await this.#handle(tx, row);
    await this.#markDone(tx, [row]);
    return "done";
  }

  async #consumeRun(tx: Transaction, subjectId: string): Promise<number> {
    const rows = await this.#lock(tx, subjectId, runMax);
    const early = rows.findIndex((row) => !this.#isDue(row));
    const run = early === -1 ? rows : rows.slice(0, early);
    for (const row of run) await this.#handle(tx, row);
    if (run.length > 0) await this.#markDone(tx, run);
    return run.length;
  }

  /** Locked, not skipped: while another process consumes this subject's oldest event, the next one has to wait. */
  async #lock(tx: Transaction, subjectId: string, max: number): Promise<readonly Row[]> {
    const { rows } = await tx.execute<Row>(sql`
      select inbox_seq, event_id, type, envelope, due_at from inbox
      where state = 'waiting' and subject_id = ${subjectId}
      order by inbox_seq limit ${max} for update`);
    return rows;
  }

  #isDue({ due_at }: Row): boolean {
    return Date.parse(due_at) <= this.#options.clock.now();
  }

  async #handle(tx: Transaction, row: Row): Promise<void> {
    try {
      for (const consumer of this.#consumers.get(row.type) ?? []) {
        await consumer.handle(parse(consumer.on, row.envelope), tx);
      }
    } catch (cause) {
      throw new ConsumeFailed(row, cause);
    }
  }

  async #markDone(tx: Transaction, rows: readonly Row[]): Promise<void> {
    await tx.execute(sql`
      update inbox set state = 'done', envelope = null, tries = tries + 1, last_error = null, ended_at = ${this.#now()}
      where inbox_seq = any(${sql.param(rows.map(({ inbox_seq }) => inbox_seq))}::bigint[])`);
  }

  async #postpone(row: Row, error: unknown): Promise<Attempt> {
    const { db, clock, log, metrics, service } = this.#options;
    const { rows } = await db.execute<{ tries: number }>(
      sql`select tries from inbox where inbox_seq = ${row.inbox_seq}`,
    );
    const tries = (rows[0]?.tries ?? 0) + 1;
    const outcome = tries >= triesMax || error instanceof MalformedEvent ? "parked" : "failed";
    const dueAt = toInstant(clock.now() + pauseMs(tries));
    await db.execute(sql`
      update inbox set state = ${outcome === "parked" ? "parked" : "waiting"}, tries = ${tries}, due_at = ${dueAt},
        last_error = ${describe(error)}, ended_at = ${outcome === "parked" ? this.#now() : null}
      where inbox_seq = ${row.inbox_seq} and state = 'waiting'`);
    metrics.eventsConsumed.inc({ service, outcome });
    const facts = { event_id: row.event_id, type: row.type, tries, err: error };
    if (outcome === "parked") log.error(facts, "event parked: no consumer could take it");
    else log.warn(facts, "event postponed: its consumer failed");
    return { outcome, error };
  }

  #now(): string {
    return toInstant(this.#options.clock.now());
  }
}

function parse(type: EventType, envelope: object): EventOf<EventType> {
  try {
    return parseEvent(type, envelope);
  } catch (cause) {
    throw new MalformedEvent(type.type, cause);
  }
}

function describe(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 2_000);
}
