import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import { schemaHeader } from "../catalog/table.ts";
import { afterSnapshot, comparePositions, formatPosition, lastCommit, type Position } from "../log/position.ts";
import type { Reading } from "../log/reading.ts";
import type { Progress, SqliteLog } from "../log/store.sqlite.ts";
import { later, type Lsn } from "../replication/lsn.ts";
import { isDataError } from "../shapes/judge.pg.ts";
import type { Registry } from "../shapes/registry.ts";
import { InvalidRequest, type Resolver } from "../shapes/resolve.ts";
import type { Shape } from "../shapes/shape.ts";
import type { RequestedSubset } from "../shapes/subset.ts";
import type { PgSubsets } from "../shapes/subsets.pg.ts";
import { type Answer, found, mustRefetch, streaming, unavailable } from "./answer.ts";
import type { Caching } from "./caching.ts";
import { nextCursor } from "./cursor.ts";
import { eventsAfter } from "./event-stream.ts";
import { upToDate } from "./messages.ts";
import type { ShapeRequest } from "./request.ts";
import { answerSubset, readableColumns } from "./serve-subset.ts";
import { untilChanged } from "./wait.ts";

export interface ServeOptions {
  readonly resolver: Resolver;
  readonly registry: Registry;
  readonly log: SqliteLog;
  readonly progress: () => Progress;
  /** Whether everything that was in the WAL when the stream connected has arrived. */
  readonly isCaughtUp: () => boolean;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly caching: Caching;
  readonly chunkBytes: number;
  readonly longPollMs: number;
  readonly subsets: PgSubsets;
  readonly keepAliveMs: number;
  readonly streamLifeMs: number;
}

interface Asked {
  readonly request: ShapeRequest;
  readonly shape: Shape;
  readonly readable: ReadonlySet<number> | null;
  readonly signal: AbortSignal;
}

/** A table that is altered again and again while its shape is made. */
const attemptsMax = 5;
/** An offset ahead of us right after a restart: what it knows is on its way again. */
const catchUpLimitMs = 5_000;
const catchUpPauseMs = 20;
const answersMax = 16;

/** Answers `GET /v1/shape`. */
export class ShapeServing {
  readonly #options: ServeOptions;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  async answer(request: ShapeRequest, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const definition = await this.#options.resolver.resolve(request.definition);
      const readable = readableColumns(request.queryable, definition);
      const shape = this.#options.registry.findOrBegin(definition);
      shape.usedAtMs = this.#options.clock.monotonic();
      if (request.handle !== null && request.handle !== shape.handle) {
        return mustRefetch(shape.handle, this.#options.caching.refetch);
      }
      const answer = await this.#answerFrom({ request, shape, readable, signal });
      if (answer) return answer;
      if (shape.ended?.cause !== undefined) return failed(shape.ended.cause);
      if (attempt >= attemptsMax) return unavailable("the table keeps changing", 5);
      // The shape ended meanwhile. Whoever had its handle is sent to its replacement, whoever had none gets that one.
    }
  }

  /** Null when the shape ended before there was an answer. */
  async #answerFrom(asked: Asked): Promise<Answer | null> {
    const { request, shape } = asked;
    if (request.subset) return this.#subset(asked, request.subset);
    if (request.offset === "now") return this.#atEnd(asked);
    if (request.offset === "-1") return this.#chunk(asked, 0);
    if (request.isStream) return this.#events(asked, request.offset);
    if (comparePositions(request.offset, afterSnapshot) < 0) {
      const next = request.offset.op + 1;
      const hasNext = await this.#until(asked, () => shape.chunks > next || shape.isComplete);
      if (!hasNext) return null;
      if (shape.chunks > next) return this.#chunk(asked, next);
      return this.#logFrom(asked, afterSnapshot);
    }
    return this.#logFrom(asked, request.offset);
  }

  async #subset(asked: Asked, subset: RequestedSubset): Promise<Answer | null> {
    const { request, shape, readable, signal } = asked;
    if (request.offset === "now" && !(await this.#until(asked, () => shape.isComplete))) return null;
    const answer = await answerSubset({ shape, offset: request.offset, subset, readable, signal }, this.#options);
    if (answer === null) this.#options.registry.end(shape, { reason: "its table was altered" });
    return answer;
  }

  async #chunk(asked: Asked, n: number): Promise<Answer | null> {
    const { shape } = asked;
    if (!(await this.#until(asked, () => shape.chunks > n))) return null;
    const body = this.#options.log.chunk(shape.id, n);
    if (!body) throw new Error(`chunk ${n} of shape ${shape.handle} is not in the log`);
    const reading = { body, end: { tx: 0n, op: n }, isUpToDate: false, hasEntries: true };
    const { caching } = this.#options;
    if (asked.request.isLive) return this.#found(asked, reading, caching.live);
    return this.#found(asked, reading, asked.request.offset === "-1" ? caching.initial : caching.catchUp);
  }

  async #atEnd(asked: Asked): Promise<Answer | null> {
    const { shape } = asked;
    if (!(await this.#until(asked, () => shape.isComplete))) return null;
    return this.#found(asked, this.#nothing(shape.end), this.#options.caching.catchUp);
  }

  async #logFrom(asked: Asked, after: Position): Promise<Answer | null> {
    const { shape, request } = asked;
    if (!(await this.#isReadable(asked, after))) return null;
    const { caching } = this.#options;
    if (!request.isLive) {
      return this.#found(asked, this.#readLog(shape, after, this.#options.progress().processed), caching.catchUp);
    }
    if (comparePositions(shape.end, after) <= 0) {
      await untilChanged(shape, { ...this.#options, limitMs: this.#options.longPollMs, signal: asked.signal });
      if (shape.ended) return null;
    }
    return this.#found(asked, this.#read(shape, after), caching.live);
  }

  async #events(asked: Asked, after: Position): Promise<Answer | null> {
    const { shape } = asked;
    if (!(await this.#isReadable(asked, after))) return null;
    const { streamLifeMs: lifeMs, caching } = this.#options;
    const reading = this.#nothing(after);
    // The client believes this header before it has read anything: where it stands, and no further.
    const headers = { ...this.#headers(asked, reading, caching.events), "electric-has-data": "true" };
    const options = { ...this.#options, lifeMs };
    return streaming((signal) => eventsAfter({ shape, after }, options, signal), headers);
  }

  /** Waits until there is a log to read from here; false when there will be none. */
  async #isReadable(asked: Asked, after: Position): Promise<boolean> {
    const { shape } = asked;
    if (!(await this.#until(asked, () => shape.isComplete))) return false;
    if (await this.#isWithinLog(asked, after)) return true;
    this.#options.registry.end(shape, { reason: `a client is ahead of its log, at ${formatPosition(after)}` });
    return false;
  }

  /** Waits for the shape; false when it ended. */
  async #until({ shape, signal }: Asked, isReady: () => boolean): Promise<boolean> {
    while (!isReady()) {
      if (shape.ended) return false;
      await untilChanged(shape, { ...this.#options, limitMs: this.#options.longPollMs, signal });
    }
    return shape.ended === null;
  }

  async #isWithinLog({ signal }: Asked, after: Position): Promise<boolean> {
    const { clock, progress, isCaughtUp } = this.#options;
    const deadlineMs = clock.monotonic() + catchUpLimitMs;
    while (lastCommit(after) > progress().processed) {
      if (isCaughtUp() || clock.monotonic() > deadlineMs) return false;
      await clock.sleep(catchUpPauseMs, signal);
    }
    return true;
  }

  /**
   * Many wait at the same place: they get the same bytes, whose promise is about the answer itself. Where nobody waits it
   * reaches as far as the server has read.
   */
  #read(shape: Shape, after: Position): Reading {
    const key = formatPosition(after);
    const reading = shape.answers.get(key) ?? this.#readLog(shape, after, 0n);
    if (reading.hasEntries && shape.answers.size < answersMax) shape.answers.set(key, reading);
    return reading;
  }

  #readLog(shape: Shape, after: Position, processed: Lsn): Reading {
    const entries = this.#options.log.read(shape.id, { after, upTo: shape.end, bytesMax: this.#options.chunkBytes });
    const last = entries.at(-1);
    if (!last) return this.#nothing(after);
    const end = { tx: last.tx, op: last.op };
    const isUpToDate = comparePositions(end, shape.end) >= 0;
    const messages = entries.map(({ json }) => json);
    if (isUpToDate) messages.push(upToDate(later(end.tx, processed)));
    return { body: Buffer.from(`[${messages.join(",")}]`), end, isUpToDate, hasEntries: true };
  }

  #nothing(at: Position): Reading {
    const body = Buffer.from(`[${upToDate(later(at.tx, this.#options.progress().processed))}]`);
    return { body, end: at, isUpToDate: true, hasEntries: false };
  }

  #found(asked: Asked, reading: Reading, cacheControl: string): Answer {
    return found(reading.body, this.#headers(asked, reading, cacheControl));
  }

  #headers({ request, shape }: Asked, reading: Reading, cacheControl: string): Readonly<Record<string, string>> {
    const from = typeof request.offset === "string" ? request.offset : formatPosition(request.offset);
    const to = formatPosition(reading.end);
    const { clock, rng, longPollMs } = this.#options;
    const isNews = reading.hasEntries || !(request.isLive || request.offset === "now");
    // An answer without news must never be taken for the next one.
    const unique = isNews ? "" : `:${clock.monotonic()}`;
    return {
      "cache-control": cacheControl,
      "electric-handle": shape.handle,
      "electric-offset": to,
      "electric-has-data": String(isNews),
      etag: `"${shape.handle}:${from}:${to}${unique}"`,
      ...(reading.isUpToDate && { "electric-up-to-date": "" }),
      ...(request.isLive
        ? { "electric-cursor": nextCursor(request.cursor, clock.now(), { pollMs: longPollMs, rng }) }
        : { "electric-schema": schemaHeader(shape.definition.table, shape.definition.columns) }),
    };
  }
}

/** What Postgres said no to: a refusal of the request, or trouble of ours. */
function failed(cause: unknown): Answer {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const message = cause instanceof Error ? cause.message : String(cause);
  if (code === "42501" || code === "42P01") throw new InvalidRequest("table", message);
  if (cause instanceof Error && isDataError(cause)) throw new InvalidRequest("where", message);
  if (code === "55P03") return unavailable("Snapshot timed out while waiting for a table lock", 10);
  return unavailable(`the snapshot could not be taken: ${message}`, 10);
}
