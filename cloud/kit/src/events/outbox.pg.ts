import type { EventType } from "@kerbside/proto/base/event";
import { type SQL, sql } from "drizzle-orm";
import { markAppending } from "../database.pg.ts";
import type { Appended, Database, NewEvent, Outbox, Transaction, Within } from "../service.ts";
import { type Birth, toEnvelope } from "./envelope.ts";

export interface OutboxOptions extends Birth {
  /** Checks each body against its contract before it is written; on in tests. */
  readonly checked: boolean;
  /** Told of events that were committed without a transaction of ours. */
  readonly onAppended?: () => void;
}

/**
 * Events as rows of the service's own schema. An id that is there already is left alone, so that a publisher that
 * derives its ids may append again.
 */
export class PgOutbox implements Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  append<E extends EventType>(tx: Transaction, type: E, event: NewEvent<E>): Promise<void> {
    return this.appendAll(tx, [{ type, event }]);
  }

  async appendAll(tx: Transaction, events: readonly Appended[]): Promise<void> {
    if (events.length === 0) return;
    markAppending(tx);
    await tx.execute(this.#insertion(events, sql`true`));
  }

  async appendWithin(on: Database | Transaction, events: readonly Appended[], statement: Within): Promise<number> {
    const isInTransaction = "rollback" in on;
    if (isInTransaction) markAppending(on);
    const { rowCount } = await on.execute(statement.compose(this.#insertion(events, statement.when)));
    if (!isInTransaction) this.#options.onAppended?.();
    return rowCount ?? 0;
  }

  #insertion(events: readonly Appended[], when: SQL): SQL {
    const envelopes = events.map(({ type, event }) => {
      const envelope = toEnvelope(type, event, this.#options);
      return this.#options.checked ? { ...envelope, body: type.body.parse(envelope.body) } : envelope;
    });
    return sql`
      insert into outbox (event_id, type, subject_id, envelope)
      select (e ->> 'event_id')::uuid, e ->> 'type', e ->> 'subject_id', e
      from jsonb_array_elements(${JSON.stringify(envelopes)}::jsonb) with ordinality as given (e, place)
      where ${when}
      order by place
      on conflict (event_id) do nothing`;
  }
}
