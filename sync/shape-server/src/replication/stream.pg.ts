import { Session } from "./session.pg.ts";
import type { StreamOptions } from "./sink.ts";

const retryMs = { first: 50, max: 5_000 } as const;

/** Follows one replication slot for ever, over any number of connections. */
export class ReplicationStream implements AsyncDisposable {
  readonly #options: StreamOptions;
  readonly #end = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isConnected = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Resolves when the first session streams; rejects when it cannot. Later sessions are retried for ever. */
  async start(): Promise<void> {
    const first = await this.#connect();
    this.#running = this.#run(first);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(first: Session): Promise<void> {
    let session: Session | null = first;
    let pauseMs: number = retryMs.first;
    while (!this.#end.signal.aborted) {
      const startedMs = this.#options.clock.monotonic();
      try {
        session ??= await this.#connect();
        await session.over;
      } catch (problem) {
        if (!this.#end.signal.aborted)
          this.#options.onTrouble(problem instanceof Error ? problem : new Error(String(problem)));
      }
      this.#isConnected = false;
      await session?.close();
      session = null;
      // A session that ends at once, again and again, is no reason to hurry.
      if (this.#options.clock.monotonic() - startedMs > retryMs.max) pauseMs = retryMs.first;
      await this.#options.clock.sleep(pauseMs, this.#end.signal).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, retryMs.max);
    }
  }

  async #connect(): Promise<Session> {
    const session = new Session(this.#options, this.#end.signal);
    try {
      await session.open();
    } catch (problem) {
      await session.close();
      throw problem;
    }
    this.#isConnected = true;
    return session;
  }
}
