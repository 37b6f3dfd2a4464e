import { Client, type ClientConfig, type Connection } from "pg";
import { displaySettings } from "../catalog/display-settings.ts";
import { quoteName, quoteText } from "../catalog/names.ts";
import type { Lsn } from "./lsn.ts";
import { parsePgOutput } from "./pgoutput.ts";
import type { StreamOptions } from "./sink.ts";
import { Slot } from "./slot.pg.ts";
import { parseWalMessage, standbyStatus } from "./wire.ts";

/** Less than a third of `wal_sender_timeout`. */
const statusEveryMs = 10_000;
/** Acknowledging costs an fsync; Postgres only wants to know now and then. */
const durableEveryMs = 1_000;
const askAfterMs = 15_000;
const silenceMaxMs = 60_000;

/** One replication connection. */
export class Session {
  readonly #options: StreamOptions;
  readonly #client: Client;
  readonly #over = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #received: Lsn = 0n;
  #durable: Lsn = 0n;
  #heardAtMs: number;
  #isFlushPlanned = false;
  #saving: Promise<void> | null = null;

  constructor(options: StreamOptions, signal: AbortSignal) {
    this.#options = options;
    this.#heardAtMs = options.clock.monotonic();
    const replication: ClientConfig & { replication: string } = {
      connectionString: options.databaseUrl,
      replication: "database",
      options: displaySettings,
      keepAlive: true,
      application_name: options.slot,
    };
    this.#client = new Client(replication);
    this.#client.on("error", (problem) => this.#fail(problem));
    this.#client.on("end", () => this.#fail(new Error("the replication connection ended")));
    this.#over.promise.catch(() => undefined);
    signal.addEventListener("abort", () => void this.close(), { once: true, signal: this.#stop.signal });
  }

  /** Rejects when the connection is lost or its stream makes no sense. Resolves when it was closed. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  async open(): Promise<void> {
    const { publication, sink } = this.#options;
    await this.#client.connect();
    const slot = new Slot(this.#client, this.#options);
    await slot.lock(this.#stop.signal);
    const start = await slot.prepare();
    this.#durable = start.confirmed;
    this.#received = start.confirmed;
    await sink.start(start);
    const names = quoteText(quoteName(publication));
    const command = `START_REPLICATION SLOT ${quoteName(this.#options.slot)} LOGICAL 0/0 (proto_version '1', messages 'true', publication_names ${names})`;
    await this.#begin(command);
    void this.#report();
  }

  async close(): Promise<void> {
    this.#over.resolve();
    this.#stop.abort();
    await this.#client.end().catch(() => undefined);
  }

  #begin(command: string): Promise<void> {
    const { connection } = this.#client;
    return new Promise((resolve, reject) => {
      connection.once("replicationStart", () => resolve());
      connection.on("copyData", ({ chunk }: { chunk: Buffer }) => this.#take(chunk));
      // Answers only when the stream ends.
      this.#client.query(command).then(
        () => this.#fail(new Error("Postgres ended the stream")),
        (problem: Error) => {
          reject(problem);
          this.#fail(problem);
        },
      );
    });
  }

  #take(chunk: Buffer): void {
    if (this.#stop.signal.aborted) return;
    this.#heardAtMs = this.#options.clock.monotonic();
    try {
      const message = parseWalMessage(chunk);
      const { sink } = this.#options;
      if (message.kind === "data") sink.take(parsePgOutput(message.payload, (oid) => sink.isWatched(oid)));
      else this.#keepalive(message.walEnd, message.wantsReply);
      this.#planFlush();
    } catch (problem) {
      this.#fail(problem);
    }
  }

  #keepalive(walEnd: Lsn, wantsReply: boolean): void {
    this.#options.sink.keepalive(walEnd);
    if (walEnd > this.#received) this.#received = walEnd;
    if (!wantsReply) return;
    this.#send();
    void this.#save();
  }

  /** The parser hands over everything that one read brought before any microtask runs. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      if (this.#stop.signal.aborted) return;
      try {
        const settling = this.#options.sink.flush();
        if (settling) void this.#pauseFor(settling);
      } catch (problem) {
        this.#fail(problem);
      }
    });
  }

  async #pauseFor(settling: Promise<void>): Promise<void> {
    const { stream } = this.#client.connection;
    stream.pause();
    try {
      await settling;
    } catch (problem) {
      this.#fail(problem);
    } finally {
      // Also when it failed: a paused socket never ends.
      stream.resume();
    }
  }

  /** Tells Postgres regularly what it may forget, and notices when it fell silent. */
  async #report(): Promise<void> {
    const { clock } = this.#options;
    let statusAtMs = clock.monotonic();
    while (!this.#stop.signal.aborted) {
      await clock.sleep(durableEveryMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      await this.#save();
      if (clock.monotonic() - statusAtMs >= statusEveryMs) {
        this.#send();
        statusAtMs = clock.monotonic();
      }
      if (clock.monotonic() - this.#heardAtMs > silenceMaxMs) this.#fail(new Error("Postgres fell silent"));
    }
  }

  /** One fsync at a time; then Postgres hears of it, if it is news. */
  #save(): Promise<void> {
    this.#saving ??= this.#saveOnce().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #saveOnce(): Promise<void> {
    try {
      const durable = await this.#options.sink.makeDurable();
      if (durable <= this.#durable) return;
      this.#durable = durable;
      this.#send();
    } catch (problem) {
      this.#fail(problem);
    }
  }

  #send(): void {
    if (this.#stop.signal.aborted) return;
    const received = this.#received > this.#durable ? this.#received : this.#durable;
    const connection: Connection & { sendCopyFromChunk?: (chunk: Buffer) => void } = this.#client.connection;
    const nowMs = this.#options.clock.now();
    // Postgres has no reason of its own to speak while nothing is written.
    const wantsReply = this.#options.clock.monotonic() - this.#heardAtMs > askAfterMs;
    connection.sendCopyFromChunk?.(standbyStatus({ received, durable: this.#durable, nowMs, wantsReply }));
  }

  #fail(problem: unknown): void {
    this.#over.reject(problem);
    void this.close();
  }
}
