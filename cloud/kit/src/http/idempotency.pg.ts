import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { toInstant } from "@kerbside/proto/base/time";
import { sql } from "drizzle-orm";
import type { Database } from "../service.ts";
import { type Answer, type Idempotency, type KeyedRequest, keyLifeMs } from "./idempotency.ts";
import { openAnswer, sealAnswer, sha256 } from "./sealed-answer.ts";
import { toProblem } from "./problem.ts";

/** A claim without an answer after this long belongs to a process that died; the next try takes it over. */
const claimLifeMs = 60_000;
/** How long a second request waits for the first one's answer. */
const waitMaxMs = 10_000;

export interface IdempotencyOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly newId: () => string;
}

interface Row extends Record<string, unknown> {
  readonly request_hash: Buffer;
  readonly operation_id: string;
  readonly claimed_at: string;
  readonly status: number | null;
  readonly answer: Buffer | null;
}

/**
 * Claims and answers as rows. Both are written without waiting for the disk: the WAL keeps its order, so a claim is
 * there whenever the handler's own commit is, and that one does wait.
 */
export class PgIdempotency implements Idempotency {
  readonly #options: IdempotencyOptions;

  constructor(options: IdempotencyOptions) {
    this.#options = options;
  }

  async run(request: KeyedRequest, execute: (operationId: string) => Promise<Answer>): Promise<Answer> {
    if (!/^[\x21-\x7e]{1,255}$/.test(request.key)) {
      throw new Fault("invalid_request", {}, [
        { pointer: "/header/idempotency-key", message: "1 to 255 visible ASCII characters" },
      ]);
    }
    const scope = `${request.principal.kind}:${request.principal.id}:${request.endpoint}`;
    const hash = sha256(JSON.stringify(request.parts));
    const { clock } = this.#options;
    const giveUpAtMs = clock.monotonic() + waitMaxMs;
    for (let pauseMs = 10; ; pauseMs = Math.min(250, pauseMs * 2)) {
      const operationId = await this.#claim(scope, request.key, hash);
      if (operationId) return this.#execute({ scope, request }, () => execute(operationId));
      const answer = await this.#answered(scope, request.key, hash);
      if (answer) return answer;
      if (clock.monotonic() > giveUpAtMs) {
        throw new Fault("unavailable", { detail: "the first request with this idempotency key still runs" });
      }
      await clock.sleep(pauseMs);
    }
  }

  /** Forgets keys whose life is over. */
  async trim(): Promise<void> {
    const oldest = toInstant(this.#options.clock.now() - keyLifeMs);
    await this.#options.db.execute(sql`delete from idempotency_key where claimed_at < ${oldest}`);
  }

  /** The operation's id when this request is the one to execute. */
  async #claim(scope: string, key: string, hash: Buffer): Promise<string | null> {
    const { db, clock, newId } = this.#options;
    const now = toInstant(clock.now());
    const abandoned = toInstant(clock.now() - claimLifeMs);
    const { rows } = await db.execute<{ operation_id: string }>(sql`
      insert into idempotency_key as held (scope, key, request_hash, operation_id, claimed_at)
      select ${scope}, ${sha256(key)}, ${hash}, ${newId()}::uuid, ${now}::timestamptz
      from (select set_config('synchronous_commit', 'off', true)) as lazily
      on conflict (scope, key) do update set claimed_at = excluded.claimed_at
        where held.status is null and held.claimed_at < ${abandoned}::timestamptz
          and held.request_hash = excluded.request_hash
      returning operation_id`);
    return rows[0]?.operation_id ?? null;
  }

  async #answered(scope: string, key: string, hash: Buffer): Promise<Answer | null> {
    const { rows } = await this.#options.db.execute<Row>(
      sql`select request_hash, status, answer from idempotency_key where scope = ${scope} and key = ${sha256(key)}`,
    );
    const row = rows[0];
    if (!row) return null;
    if (!row.request_hash.equals(hash)) throw new Fault("idempotency_conflict");
    if (row.status === null) return null;
    return { status: row.status, body: row.answer && openAnswer(row.answer, key) };
  }

  async #execute(
    { scope, request }: { scope: string; request: KeyedRequest },
    execute: () => Promise<Answer>,
  ): Promise<Answer> {
    const { db } = this.#options;
    try {
      const answer = await execute();
      await this.#remember(scope, request.key, answer);
      return answer;
    } catch (error) {
      if (error instanceof Fault && !error.meaning.retry) {
        const problem = toProblem(error, request.requestId);
        await this.#remember(scope, request.key, { status: problem.status, body: JSON.stringify(problem) });
      } else {
        await db.execute(
          sql`delete from idempotency_key where scope = ${scope} and key = ${sha256(request.key)} and status is null`,
        );
      }
      throw error;
    }
  }

  async #remember(scope: string, key: string, { status, body }: Answer): Promise<void> {
    await this.#options.db.execute(sql`
      update idempotency_key set status = ${status}, answer = ${body === null ? null : sealAnswer(body, key)}
      from (select set_config('synchronous_commit', 'off', true)) as lazily
      where scope = ${scope} and key = ${sha256(key)}`);
  }
}
