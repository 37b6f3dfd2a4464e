import {
  FetchError,
  isChangeMessage,
  isControlMessage,
  type Message,
  type Offset,
  ShapeStream,
} from "@electric-sql/client";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Rng, unit } from "@kerbside/proto/base/rng";
import { fetchWithin } from "./fetch-within.electric.ts";
import type { MirrorEntry } from "./mirror.ts";
import { changedRows, type ShapeMessage, type Staging, stage, startStaging, upToDate } from "./staging.ts";
import type { MirrorStore } from "./store.ts";

export interface FollowerOptions {
  /** The gatekeeper's address of this robot's mirror: `{httpUrl}/shapes/robot:{robot_id}/mirror`. */
  readonly url: string;
  /** Asked before every request. */
  readonly token: () => Promise<string>;
  readonly store: MirrorStore;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Rows that changed, after they are safe in the store; those that are gone come as tombstones. */
  readonly onChange: (changed: readonly MirrorEntry[]) => void;
  readonly onProblem?: (problem: FollowerProblem) => void;
  /** A request without an answer for so long hangs on a dead connection; 45 s when left out. */
  readonly silenceMs?: number;
}

export type FollowerProblem =
  /** The server cannot be reached, refuses, or answers what makes no sense; it is tried again for ever. */
  | { readonly kind: "stream_failed"; readonly message: string; readonly status: number | null }
  | { readonly kind: "row_refused"; readonly message: string }
  /** Again and again the log had to be fetched from its beginning. */
  | { readonly kind: "refetching"; readonly times: number };

export interface FollowerStatus {
  /** Monotonic milliseconds of the last word that everything is here; null before the first. */
  readonly upToDateAtMs: number | null;
  readonly rows: number;
  readonly offset: string | null;
}

const backoffMs = { first: 500, max: 15_000 } as const;
/** A server that has no news says so within 20 s. */
const silenceMsDefault = 45_000;
/** Refetches within this time count as one trouble. */
const refetchWindowMs = 10 * 60_000;

/**
 * Follows the robot's mirror with the official client. Restarts from the stored position; whatever the server answers,
 * the stored rows serve until a complete new state is written in one transaction.
 */
export class Follower implements AsyncDisposable {
  readonly #options: FollowerOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  /** Aborted to end what hangs or waits now. */
  #nap = new AbortController();
  #staging: Staging;
  #upToDateAtMs: number | null = null;
  #refetchedAtMs: readonly number[] = [];
  #streams = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#staging = startStaging(options.store.rows(), options.store.position() === null);
    this.#running = this.#run();
  }

  status(): FollowerStatus {
    return {
      upToDateAtMs: this.#upToDateAtMs,
      rows: this.#staging.committed.size,
      offset: this.#options.store.position()?.offset ?? null,
    };
  }

  /** The network is back: what hangs on the old one, or waits for its next try, is begun anew at once. */
  wake(): void {
    this.#nap.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#end.signal.aborted; attempt += 1) {
      const startedMs = this.#options.clock.monotonic();
      await this.#follow();
      if (this.#options.clock.monotonic() - startedMs > refetchWindowMs) attempt = 0;
      await this.#pause(attempt);
      if (!this.#nap.signal.aborted) continue;
      this.#nap = new AbortController();
      attempt = 0;
    }
  }

  /** One stream, until it ends or is of no more use. */
  async #follow(): Promise<void> {
    const { store } = this.#options;
    const position = this.#staging.isSnapshot ? null : store.position();
    this.#staging = startStaging([...this.#staging.committed.values()], position === null);
    const over = Promise.withResolvers<void>();
    const stop = new AbortController();
    const finish = (): void => {
      stop.abort();
      over.resolve();
    };
    const given = AbortSignal.any([this.#end.signal, this.#nap.signal]);
    given.addEventListener("abort", finish, { once: true });
    const { clock, silenceMs = silenceMsDefault } = this.#options;
    const stream = new ShapeStream({
      url: this.#ownUrl(),
      ...(position && isOffset(position.offset) && { offset: position.offset, handle: position.handle }),
      headers: { authorization: async () => `Bearer ${await this.#options.token()}` },
      parser: { int8: Number },
      signal: stop.signal,
      fetchClient: (input, init = {}) => fetchWithin({ clock, silenceMs }, withoutMark(input), init),
      backoffOptions: { initialDelay: backoffMs.first, maxDelay: backoffMs.max, multiplier: 2 },
      onError: (problem) => this.#judge(problem, finish),
    });
    stream.subscribe(
      (messages) => this.#take(stream, messages, finish),
      (problem) => {
        this.#tell({ kind: "stream_failed", message: problem.message, status: statusOf(problem) });
        finish();
      },
    );
    await over.promise;
    given.removeEventListener("abort", finish);
  }

  /** Never lets the stream stop: a refused credential is tried again, any other answer of no sense begins anew. */
  async #judge(problem: Error, finish: () => void): Promise<{ headers: Record<string, never> } | void> {
    if (this.#end.signal.aborted) return;
    const status = statusOf(problem);
    this.#tell({ kind: "stream_failed", message: problem.message, status });
    const isRefusal = status === 401 || status === 403;
    if (status !== null && status >= 400 && status < 500 && !isRefusal) {
      this.#staging = { ...this.#staging, isSnapshot: true };
      return finish();
    }
    await this.#pause(2);
    return { headers: {} };
  }

  async #take(stream: ShapeStream, messages: readonly Message[], finish: () => void): Promise<void> {
    try {
      const isRefetch = messages.some((message) => isControl(message, "must-refetch"));
      this.#staging = stage(this.#staging, messages.flatMap(toShapeMessage));
      for (const message of this.#staging.refused) this.#tell({ kind: "row_refused", message });
      this.#staging = { ...this.#staging, refused: [] };
      if (messages.some((message) => isControl(message, "up-to-date"))) this.#commit(stream);
      if (isRefetch) await this.#slowDown();
    } catch (problem) {
      // The disk would not take it. The client must not move on as if it had: a new stream begins where the disk is.
      const message = problem instanceof Error ? problem.message : String(problem);
      this.#tell({ kind: "stream_failed", message, status: null });
      this.#staging = startStaging(this.#options.store.rows(), this.#options.store.position() === null);
      finish();
    }
  }

  #commit(stream: ShapeStream): void {
    const position = { handle: stream.shapeHandle ?? "", offset: stream.lastOffset };
    const { staging, write } = upToDate(this.#staging, position);
    if (write) this.#options.store.write(write);
    const changed = changedRows(this.#staging.committed, staging.committed);
    this.#staging = staging;
    this.#upToDateAtMs = this.#options.clock.monotonic();
    if (changed.length > 0) this.#options.onChange(changed);
  }

  async #slowDown(): Promise<void> {
    const nowMs = this.#options.clock.monotonic();
    this.#refetchedAtMs = [...this.#refetchedAtMs.filter((at) => nowMs - at < refetchWindowMs), nowMs].slice(-10);
    const times = this.#refetchedAtMs.length;
    if (times < 3) return;
    this.#tell({ kind: "refetching", times });
    await this.#pause(times);
  }

  /**
   * The client remembers by address how far earlier streams came, in module-level caches, and holds back an up-to-date
   * that it takes for a replay. Each stream therefore has an address of its own; the mark never leaves the process.
   */
  #ownUrl(): string {
    this.#streams += 1;
    const url = new URL(this.#options.url);
    url.searchParams.set(mark, `${this.#options.rng.uint32().toString(36)}-${this.#streams}`);
    return url.toString();
  }

  async #pause(attempt: number): Promise<void> {
    const waitMs = Math.min(backoffMs.max, backoffMs.first * 2 ** attempt) * (0.5 + unit(this.#options.rng) / 2);
    const signal = AbortSignal.any([this.#end.signal, this.#nap.signal]);
    await this.#options.clock.sleep(waitMs, signal).catch(() => undefined);
  }

  #tell(problem: FollowerProblem): void {
    this.#options.onProblem?.(problem);
  }
}

const mark = "stream";

/** Where a request goes: the mark only tells the client's own requests apart. */
function withoutMark(input: Parameters<typeof fetch>[0]): URL {
  const url = new URL(input instanceof Request ? input.url : input);
  url.searchParams.delete(mark);
  return url;
}

function toShapeMessage(message: Message): readonly ShapeMessage[] {
  if (isChangeMessage(message)) return [{ type: message.headers.operation, value: message.value }];
  return isControl(message, "must-refetch") ? [{ type: "must_refetch" }] : [];
}

function isControl(message: Message, control: "up-to-date" | "must-refetch"): boolean {
  return isControlMessage(message) && message.headers.control === control;
}

/** What the server answered, where the trouble is an answer. */
function statusOf(problem: Error): number | null {
  return problem instanceof FetchError ? problem.status : null;
}

function isOffset(offset: string): offset is Offset {
  return /^(-1|now|\d+_\d+|\d+_inf)$/.test(offset);
}
