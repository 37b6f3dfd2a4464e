import { serviceDoer } from "@kerbside/cloud-kit/audit";
import type { Database, Outbox } from "@kerbside/cloud-kit/service";
import { fromInstant, toInstant } from "@kerbside/proto/base/time";
import { and, eq, inArray, type InferSelectModel, lt, ne, sql } from "drizzle-orm";
import { attempt, endpoint, message } from "../tables.ts";
import { auditOf } from "./endpoints.pg.ts";
import type { Answer } from "./post.ts";
import type { Verdict } from "./schedule.ts";
import type { SigningKeys } from "./signing.ts";

/** Messages and what became of them are kept this long. */
const keptMs = 7 * 24 * 60 * 60 * 1_000;
/** A sender holds a message for this long: longer than one try can take. */
const claimMs = 60_000;
const ourselves = serviceDoer("integrations");

/** A message that somebody has taken upon himself to send, with where it goes. */
export interface Claimed {
  readonly messageId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly payload: string;
  readonly attempts: number;
  readonly tries: number;
  readonly url: string;
  readonly keys: SigningKeys;
}

export interface Tried {
  readonly claimed: Claimed;
  readonly answer: Answer;
  readonly verdict: Verdict;
  readonly startedMs: number;
  readonly durationMs: number;
}

/** What is to be sent, shared by any number of senders. */
export class PgQueue {
  readonly #db: Database;
  readonly #outbox: Outbox;

  constructor({ db, outbox }: { readonly db: Database; readonly outbox: Outbox }) {
    this.#db = db;
    this.#outbox = outbox;
  }

  /**
   * One message for each address that has any due, oldest first: an address that is slow or broken holds up itself and
   * nobody else. Addresses that are busy, paused or disabled have none.
   */
  async claim(nowMs: number, limit: number, busy: readonly string[]): Promise<readonly Claimed[]> {
    const due = await this.#db.execute<{ message_id: string }>(sql`
      select next.message_id from ${endpoint} as e
      cross join lateral (
        select m.message_id, m.next_attempt_ms from ${message} as m
        where m.endpoint_id = e.endpoint_id and m.next_attempt_ms <= ${nowMs} and m.claimed_until_ms <= ${nowMs}
        order by m.next_attempt_ms, m.place limit 1
      ) as next
      where e.state <> 'disabled' and e.paused_until_ms <= ${nowMs}
        and not (e.endpoint_id = any(${sql.param([...busy])}::uuid[]))
      order by next.next_attempt_ms limit ${limit}`);
    const ids = due.rows.map(({ message_id }) => message_id);
    if (ids.length === 0) return [];
    const taken = await this.#db
      .update(message)
      .set({ claimed_until_ms: nowMs + claimMs })
      .where(and(inArray(message.message_id, ids), sql`${message.claimed_until_ms} <= ${nowMs}`))
      .returning();
    const endpoints = await this.#db
      .select()
      .from(endpoint)
      .where(
        inArray(
          endpoint.endpoint_id,
          taken.map(({ endpoint_id }) => endpoint_id),
        ),
      );
    return taken.flatMap((row) => {
      const to = endpoints.find(({ endpoint_id }) => endpoint_id === row.endpoint_id);
      return to ? [toClaimed(row, to, nowMs)] : [];
    });
  }

  /** Writes a try down and what it means for the message and its address. */
  async settle({ claimed, answer, verdict, startedMs, durationMs }: Tried, nowMs: number): Promise<void> {
    const { messageId, endpointId } = claimed;
    await this.#db.transaction(async (tx) => {
      await tx
        .insert(attempt)
        .values({
          message_id: messageId,
          attempt: claimed.attempts + 1,
          at: toInstant(startedMs),
          status: answer.status,
          duration_ms: durationMs,
          answer: answer.text,
        })
        .onConflictDoNothing();
      await tx
        .update(message)
        .set(afterTry(claimed, verdict, nowMs))
        .where(eq(message.message_id, messageId));
      const change = endpointAfter(verdict, nowMs);
      if (change) {
        const where = and(eq(endpoint.endpoint_id, endpointId), ne(endpoint.state, "disabled"));
        const [changed] = await tx.update(endpoint).set(change).where(where).returning();
        if (changed?.state === "disabled") {
          const deed = {
            by: ourselves,
            action: "webhooks/disabled",
            details: { reason: changed.state_reason },
          } as const;
          await this.#outbox.appendAll(tx, [auditOf(changed, deed, toInstant(nowMs))]);
        }
      }
    });
  }

  async forgetOld(nowMs: number): Promise<void> {
    await this.#db.delete(message).where(lt(message.created_at, toInstant(nowMs - keptMs)));
  }
}

function toClaimed(
  row: InferSelectModel<typeof message>,
  to: InferSelectModel<typeof endpoint>,
  nowMs: number,
): Claimed {
  const { signing_key, previous_key, previous_key_until } = to;
  const isOldKeyGood = previous_key && previous_key_until && nowMs < fromInstant(previous_key_until);
  return {
    messageId: row.message_id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    payload: row.payload,
    attempts: row.attempts,
    tries: row.tries,
    url: to.url,
    keys: isOldKeyGood ? [signing_key, previous_key] : [signing_key],
  };
}

function afterTry({ attempts, tries }: Claimed, verdict: Verdict, nowMs: number) {
  const next = { attempts: attempts + 1, tries: tries + 1, claimed_until_ms: 0 };
  switch (verdict.type) {
    case "succeeded":
      return { ...next, state: "succeeded" as const, next_attempt_ms: null };
    case "gone":
    case "exhausted":
      return { ...next, state: "exhausted" as const, next_attempt_ms: null };
    case "again":
      return { ...next, state: "retrying" as const, next_attempt_ms: nowMs + verdict.inMs };
  }
}

function endpointAfter(verdict: Verdict, nowMs: number): Partial<InferSelectModel<typeof endpoint>> | null {
  switch (verdict.type) {
    case "succeeded":
      return { state: "active", state_reason: null, paused_until_ms: 0 };
    case "gone":
      return { state: "disabled", state_reason: "it answered 410: it is gone" };
    case "exhausted":
      return { state: "disabled", state_reason: "a message failed to the end of its schedule" };
    case "again":
      if (verdict.pauseMs === null) return null;
      return {
        state: "throttled",
        state_reason: "it asked for a pause or could not keep up",
        paused_until_ms: nowMs + verdict.pauseMs,
      };
  }
}
