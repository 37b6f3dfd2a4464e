import {
  type ChangeMessage,
  FetchError,
  isChangeMessage,
  isControlMessage,
  type Message,
  type Offset,
  type Row,
  ShapeStream,
} from "@electric-sql/client";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Position, RowChange, ShapeSink, ShapeSource } from "./source.ts";
import type { ShapeAddress } from "./wire.ts";

export interface ElectricSourceOptions {
  /** Where the gatekeeper is: the page's own origin. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

const backoff = { initialDelay: 300, maxDelay: 5_000, multiplier: 2 } as const;
/** A live request is answered within 20 s; one that takes longer hangs. */
const requestLimitMs = 30_000;
/** A refusal will not change soon; a person may sign in again, though. */
const refusedPauseMs = 10_000;
const againPauseMs = 1_000;

/** Shapes through the gatekeeper with the public client. */
export class ElectricSource implements ShapeSource {
  readonly #options: ElectricSourceOptions;

  constructor(options: ElectricSourceOptions) {
    this.#options = options;
  }

  follow(address: ShapeAddress, from: Position | null, sink: ShapeSink): Disposable {
    const following = new Following(this.#options, { address, sink });
    void following.run(from);
    return following;
  }
}

/** Where a position comes from the wire as text, and the client wants its own type. */
function isOffset(text: string): text is Offset {
  return /^(-1|now|\d+_(\d+|inf))$/.test(text);
}

class Following implements Disposable {
  readonly #options: ElectricSourceOptions;
  readonly #address: ShapeAddress;
  readonly #sink: ShapeSink;
  readonly #end = new AbortController();

  constructor(options: ElectricSourceOptions, { address, sink }: { address: ShapeAddress; sink: ShapeSink }) {
    this.#options = options;
    this.#address = address;
    this.#sink = sink;
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  /** The client gives a stream up for good after some kinds of trouble; then another one begins anew. */
  async run(from: Position | null): Promise<void> {
    let position = from;
    while (!this.#end.signal.aborted) {
      await this.#stream(position);
      if (this.#end.signal.aborted) return;
      position = null;
      this.#sink.restart();
      await this.#pause(againPauseMs);
    }
  }

  #stream(from: Position | null): Promise<void> {
    const over = Promise.withResolvers<void>();
    const { principal, name, token } = this.#address;
    const stream = new ShapeStream({
      url: new URL(`/shapes/${principal}/${name}`, this.#options.baseUrl).href,
      ...(from && isOffset(from.offset) && { offset: from.offset, handle: from.handle }),
      ...(token !== null && { headers: { authorization: `Bearer ${token}` } }),
      signal: this.#end.signal,
      fetchClient: (input: string | URL | Request, init?: RequestInit) => this.#fetch(input, init),
      backoffOptions: backoff,
      liveRequestTimeoutMs: requestLimitMs,
      onError: (problem: Error) => this.#judge(problem),
    });
    stream.subscribe(
      (messages) => this.#take(stream, messages),
      () => over.resolve(),
    );
    this.#end.signal.addEventListener("abort", () => over.resolve(), { once: true });
    return over.promise;
  }

  /** The client retries most troubles without a word; a page has to know. */
  async #fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { clock, fetch: ask = fetch } = this.#options;
    const startedMs = clock.monotonic();
    try {
      const response = await ask(input, init);
      if (response.status >= 400 && response.status !== 409) this.#lost(response.status);
      return response;
    } catch (problem) {
      // The client itself breaks off what hangs; then nobody is heard either.
      const hasHung = clock.monotonic() - startedMs >= requestLimitMs;
      if (!init?.signal?.aborted || hasHung) this.#lost(0);
      throw problem;
    }
  }

  #lost(status: number): void {
    if (this.#end.signal.aborted) return;
    this.#sink.lost(status >= 400 && status < 500 && status !== 429 ? "refused" : "unreachable");
  }

  /** Whoever was refused asks again later, for a session may come back; what makes no sense ends the stream. */
  async #judge(problem: Error): Promise<{ headers: Record<string, never> } | undefined> {
    const status = problem instanceof FetchError ? problem.status : 0;
    const mayChange = status === 401 || status === 403 || status === 404;
    await this.#pause(mayChange ? refusedPauseMs : againPauseMs);
    return mayChange && !this.#end.signal.aborted ? { headers: {} } : undefined;
  }

  #take(stream: ShapeStream<Row>, messages: readonly Message<Row>[]): void {
    if (this.#end.signal.aborted) return;
    let changes: RowChange[] = [];
    for (const message of messages) {
      if (isChangeMessage(message)) changes.push(toChange(message));
      else if (isControlMessage(message) && message.headers.control === "must-refetch") {
        changes = [];
        this.#sink.restart();
      } else if (isControlMessage(message) && message.headers.control === "up-to-date") {
        this.#sink.change(changes);
        changes = [];
        const { lastOffset: offset, shapeHandle: handle } = stream;
        if (handle !== undefined) this.#sink.upToDate({ offset, handle });
      }
    }
    if (changes.length > 0) this.#sink.change(changes);
  }

  async #pause(durationMs: number): Promise<void> {
    await this.#options.clock.sleep(durationMs, this.#end.signal).catch(() => undefined);
  }
}

function toChange({ key, value, headers }: ChangeMessage<Row>): RowChange {
  return { operation: headers.operation, key, value };
}
