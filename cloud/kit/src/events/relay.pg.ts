import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import { escapeIdentifier, type PoolClient } from "pg";
import type { Logger } from "pino";
import { type OpenPool, openPool } from "../database.pg.ts";
import type { KitMetrics } from "../metrics.ts";
import { schemaOf } from "../migrations/schema.ts";
import { Bell } from "./bell.ts";
import { InboxListener, inboxChannel } from "./listener.pg.ts";

const batchMax = 500;
const pollMs = 1_000;
/** While an older transaction runs, events behind it are looked at again after this long. */
const heldBackMs = 5;
/** What one act says comes in several commits; they are carried together. */
const gatherMs = 5;

export interface RelayOptions {
  /** The bus role: it may read every outbox and write every inbox. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: KitMetrics;
  /** Told when events were put into a service's inbox, by whichever process. */
  readonly onDelivered: (service: string) => void;
}

interface Waiting {
  readonly cloud_seq: string;
  readonly type: string;
  readonly settled: boolean;
}

/** What one look at one outbox did. */
export interface Relayed {
  readonly moved: number;
  /** More may be there at once: the batch was full. */
  readonly more: boolean;
  /** Events that are committed but may have an older one still running before them. */
  readonly heldBack: boolean;
}

/**
 * The bus: carries committed events from each outbox into the inboxes of those who listen, inside Postgres and in one
 * transaction, so none is lost or doubled on the way. It never reads past the oldest running transaction: what it takes
 * of one outbox is in order, and nothing can commit later into the part it already took.
 */
export class PgRelay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #database: OpenPool;
  readonly #listener: InboxListener;
  readonly #publishers = new Set<string>();
  readonly #consumers = new Map<string, string>();
  readonly #pending = new Set<string>();
  readonly #bell = new Bell();

  constructor(options: RelayOptions) {
    this.#options = options;
    const { url, log } = options;
    this.#database = openPool({ connectionString: url, application_name: "kerbside-bus", max: 1 }, (error) =>
      log.warn({ err: error }, "the bus lost its database connection"),
    );
    this.#listener = new InboxListener(url, (schema) => this.#delivered(schema));
  }

  /** Registers a service: its outbox is relayed from here, and what it listens to goes into its inbox from now on. */
  async add(service: string, types: readonly string[]): Promise<void> {
    const schema = schemaOf(service);
    this.#publishers.add(schema);
    this.#consumers.set(schema, service);
    await this.#transaction(async (client) => {
      await client.query("delete from kerbside.subscription where consumer = $1 and type <> all($2)", [schema, types]);
      await client.query(
        "insert into kerbside.subscription (consumer, type) select $1, unnest($2::text[]) on conflict do nothing",
        [schema, types],
      );
    });
  }

  /** Events wait in this service's outbox. */
  poke(service: string): void {
    this.#pending.add(schemaOf(service));
    this.#bell.ring();
  }

  /** Relays until aborted. A lost database is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    this.#listener.start(signal, clock);
    while (!signal.aborted) {
      try {
        const pauseMs = await this.#round();
        await this.#bell.heard(clock, pauseMs, signal);
        await clock.sleep(gatherMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, "the relay pauses: the database does not answer");
        await clock.sleep(pollMs, signal).catch(() => undefined);
      }
    }
  }

  /** Looks once at one service's outbox. Does nothing while another process does the same. */
  async relayOnce(service: string): Promise<Relayed> {
    const publisher = schemaOf(service);
    const { moved, consumers, relayed } = await this.#transaction((client) => this.#move(client, publisher));
    if (moved > 0) this.#options.metrics.eventsRelayed.inc({ service }, moved);
    for (const consumer of consumers) this.#delivered(consumer);
    return relayed;
  }

  /** Sets the gauges of events that wait in the outboxes. */
  async measure(): Promise<void> {
    for (const [schema, service] of this.#consumers) {
      const { rows } = await this.#database.pool.query<{ waiting: string }>(
        `select count(*) as waiting from ${escapeIdentifier(schema)}.outbox where published_at is null`,
      );
      this.#options.metrics.outboxWaiting.set({ service }, Number(rows[0]?.waiting ?? 0));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }

  /** One look at every outbox that may hold something; answers how long the next one may wait. */
  async #round(): Promise<number> {
    const pending = new Set([...this.#pending, ...(await this.#withWaiting())]);
    this.#pending.clear();
    let pauseMs = pollMs;
    for (const publisher of pending) {
      const { more, heldBack } = await this.relayOnce(this.#consumers.get(publisher) ?? publisher);
      if (more || heldBack) this.#pending.add(publisher);
      if (more) pauseMs = 0;
      else if (heldBack) pauseMs = Math.min(pauseMs, heldBackMs);
    }
    return pauseMs;
  }

  async #withWaiting(): Promise<readonly string[]> {
    if (this.#publishers.size === 0) return [];
    const looks = [...this.#publishers].map(
      (schema, index) =>
        `select $${index + 1}::text as schema where exists (select from ${escapeIdentifier(schema)}.outbox where published_at is null)`,
    );
    const { rows } = await this.#database.pool.query<{ schema: string }>(looks.join(" union all "), [
      ...this.#publishers,
    ]);
    return rows.map(({ schema }) => schema);
  }

  async #move(
    client: PoolClient,
    publisher: string,
  ): Promise<{ moved: number; consumers: readonly string[]; relayed: Relayed }> {
    const nothing = { moved: 0, more: false, heldBack: false };
    // A move that a crash takes back is made again: the WAL keeps its order, so no consumer's work can outlive it.
    const lock = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('kerbside/relay'), hashtext($1)) as mine,
         set_config('synchronous_commit', 'off', true)`,
      [publisher],
    );
    if (!lock.rows[0]?.mine) return { moved: 0, consumers: [], relayed: nothing };
    const outbox = `${escapeIdentifier(publisher)}.outbox`;
    const { rows } = await client.query<Waiting>(
      `select cloud_seq, type, xid < pg_snapshot_xmin(pg_current_snapshot()) as settled
       from ${outbox} where published_at is null order by cloud_seq limit ${batchMax}`,
    );
    const unsettled = rows.findIndex(({ settled }) => !settled);
    const batch = unsettled === -1 ? rows : rows.slice(0, unsettled);
    const relayed = { moved: batch.length, more: batch.length === batchMax, heldBack: unsettled !== -1 };
    if (batch.length === 0) return { moved: 0, consumers: [], relayed };
    const consumers = await this.#handOut(client, outbox, batch);
    return { moved: batch.length, consumers, relayed };
  }

  async #handOut(client: PoolClient, outbox: string, batch: readonly Waiting[]): Promise<readonly string[]> {
    const now = toInstant(this.#options.clock.now());
    const seqs = batch.map(({ cloud_seq }) => cloud_seq);
    const { rows: listening } = await client.query<{ consumer: string; types: string[] }>(
      `select consumer, array_agg(type) as types from kerbside.subscription
       where type = any($1) and to_regclass(quote_ident(consumer) || '.inbox') is not null
       group by consumer order by consumer`,
      [[...new Set(batch.map(({ type }) => type))]],
    );
    for (const { consumer, types } of listening) {
      await client.query(
        `insert into ${escapeIdentifier(consumer)}.inbox (event_id, type, subject_id, envelope, due_at)
         select event_id, type, subject_id, envelope || jsonb_build_object('cloud_seq', cloud_seq), $3
         from ${outbox} where cloud_seq = any($1::bigint[]) and type = any($2) order by cloud_seq
         on conflict (event_id) do nothing`,
        [seqs, types, now],
      );
      await client.query("select pg_notify($1, $2)", [inboxChannel, consumer]);
    }
    await client.query(`update ${outbox} set published_at = $2 where cloud_seq = any($1::bigint[])`, [seqs, now]);
    return listening.map(({ consumer }) => consumer);
  }

  #delivered(schema: string): void {
    const service = this.#consumers.get(schema);
    if (service) this.#options.onDelivered(service);
  }

  async #transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#database.pool.connect();
    try {
      await client.query("begin");
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }
}
