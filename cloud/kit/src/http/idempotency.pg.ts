import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import { toInstant } from "@kerbside/proto/base/time";
import { type SQL, sql } from "drizzle-orm";
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
  readonly claimed_at: string;
  readonly status: number | null;
  readonly answer: Buffer | null;
}

/** The right to execute. It is lost when another request takes it over, which gives `claimed_at` another value. */
interface Claim extends Record<string, unknown> {
  readonly operation_id: string;
  readonly claimed_at: string;
}

/** One key of one caller at one endpoint. */
interface Name {
  readonly scope: string;
  readonly key: Buffer;
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
    const name = { scope: scopeOf(request), key: sha256(request.key) };
    const hash = sha256(JSON.stringify(request.parts));
    const { clock } = this.#options;
    const giveUpAtMs = clock.monotonic() + waitMaxMs;
    for (let pauseMs = 10; ; pauseMs = Math.min(250, pauseMs * 2)) {
      const claim = await this.#claim(name, hash);
      if (claim) return this.#execute(request, { ...name, ...claim }, execute);
      const row = await this.#find(name);
      if (row && !row.request_hash.equals(hash)) throw new Fault("idempotency_conflict");
      if (row && row.status !== null) {
        return { status: row.status, body: row.answer && openAnswer(row.answer, request.key) };
      }
      if (row && clock.monotonic() > giveUpAtMs) {
        const leftMs = Date.parse(row.claimed_at) + claimLifeMs - clock.now();
        throw new Fault("idempotency_in_progress", { retry_after_s: Math.max(1, Math.ceil(leftMs / 1_000)) });
      }
      await clock.sleep(pauseMs);
    }
  }

  /** Forgets keys whose life is over. */
  async trim(): Promise<void> {
    const oldest = toInstant(this.#options.clock.now() - keyLifeMs);
    await this.#options.db.execute(sql`delete from idempotency_key where claimed_at < ${oldest}`);
  }

  /** Answers the claim when this request is the one to execute. */
  async #claim({ scope, key }: Name, hash: Buffer): Promise<Claim | null> {
    const { db, clock, newId } = this.#options;
    const now = toInstant(clock.now());
    const { rows } = await db.execute<Claim>(sql`
      insert into idempotency_key as held (scope, key, request_hash, operation_id, claimed_at)
      select ${scope}, ${key}, ${hash}, ${newId()}::uuid, ${now}::timestamptz
      from (select set_config('synchronous_commit', 'off', true)) as lazily
      on conflict (scope, key) do update set claimed_at = excluded.claimed_at
        where held.status is null and held.claimed_at < ${toInstant(clock.now() - claimLifeMs)}::timestamptz
          and held.request_hash = excluded.request_hash
      returning operation_id, claimed_at`);
    return rows[0] ?? null;
  }

  async #find({ scope, key }: Name): Promise<Row | null> {
    const { rows } = await this.#options.db.execute<Row>(
      sql`select request_hash, claimed_at, status, answer from idempotency_key where scope = ${scope} and key = ${key}`,
    );
    return rows[0] ?? null;
  }

  async #execute(
    request: KeyedRequest,
    claim: Name & Claim,
    execute: (operationId: string) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const answer = await execute(claim.operation_id);
      await this.#remember(request, claim, answer);
      return answer;
    } catch (error) {
      if (error instanceof Fault && !error.meaning.retry) {
        const problem = toProblem(error, request.requestId);
        await this.#remember(request, claim, { status: problem.status, body: JSON.stringify(problem) });
      } else {
        await this.#release(claim);
      }
      throw error;
    }
  }

  async #remember({ key }: KeyedRequest, claim: Name & Claim, { status, body }: Answer): Promise<void> {
    await this.#options.db.execute(sql`
      update idempotency_key set status = ${status}, answer = ${body === null ? null : sealAnswer(body, key)}
      from (select set_config('synchronous_commit', 'off', true)) as lazily
      where ${held(claim)}`);
  }

  /** Leaves it to the next try, at once and under the same operation id: this one may have committed before it failed. */
  async #release(claim: Name & Claim): Promise<void> {
    const before = toInstant(this.#options.clock.now() - claimLifeMs - 1);
    await this.#options.db.execute(
      sql`update idempotency_key set claimed_at = ${before}::timestamptz where ${held(claim)}`,
    );
  }
}

/** Whose key it is. A partner's test key and its live key may use the same word for two orders. */
function scopeOf({ principal, endpoint }: KeyedRequest): string {
  const isTest = principal.kind === "partner" && !principal.live;
  return `${principal.kind}:${principal.id}:${isTest ? "test:" : ""}${endpoint}`;
}

/** Whoever lost a claim to another request changes nothing any more. */
function held({ scope, key, claimed_at }: Name & Claim): SQL {
  return sql`scope = ${scope} and key = ${key} and status is null and claimed_at = ${claimed_at}::timestamptz`;
}
