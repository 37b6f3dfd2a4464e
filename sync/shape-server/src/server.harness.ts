import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestDatabase } from "./database.harness.ts";
import { type ShapeServer, type ShapeServerOptions, startShapeServer } from "./server.ts";

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: readonly Wire[];
}

/** A message as it is on the wire. */
export interface Wire {
  readonly key?: string;
  readonly value?: Record<string, string | null>;
  readonly old_value?: Record<string, string | null>;
  readonly headers: Record<string, unknown>;
}

/** A shape server on a database and a folder of its own; can be stopped and started again. */
export class TestServer implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly events: string[] = [];
  readonly #folder: string;
  readonly #options: Partial<ShapeServerOptions>;
  #server: ShapeServer | null = null;

  private constructor(database: TestDatabase, folder: string, options: Partial<ShapeServerOptions>) {
    this.database = database;
    this.#folder = folder;
    this.#options = options;
  }

  static async make(serverUrl: string, prefix: string, options: Partial<ShapeServerOptions> = {}): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), "shapes-"));
    const server = new TestServer(await TestDatabase.make(serverUrl, prefix), folder, options);
    await server.start();
    return server;
  }

  get options(): ShapeServerOptions {
    const { url, publication, slot } = this.database;
    const onEvent: ShapeServerOptions["onEvent"] = (event) => this.events.push(JSON.stringify(event));
    return {
      databaseUrl: url,
      storageDir: this.#folder,
      publication,
      slot,
      longPollMs: 1_500,
      onEvent,
      ...this.#options,
    };
  }

  get running(): ShapeServer {
    if (!this.#server) throw new Error("the server is not running");
    return this.#server;
  }

  async start(options: Partial<ShapeServerOptions> = {}): Promise<void> {
    this.#server = await startShapeServer({ ...this.options, ...options });
  }

  /** Resolves when Postgres has noticed, too. */
  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = null;
    await this.database.untilSlotIsFree();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.database[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** For the public client: answers 503 while the server is down. */
  readonly fetch = (request: Request): Promise<Response> => {
    if (this.#server) return this.#server.fetch(request);
    return Promise.resolve(new Response("down", { status: 503 }));
  };

  async ask(query: string, init: RequestInit = {}): Promise<Asked> {
    const response = await this.fetch(new Request(`http://shapes/v1/shape?${query}`, init));
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? [] : JSON.parse(text) };
  }

  /** The whole snapshot: where a client stands when it begins to wait. */
  async catchUp(definition: string): Promise<Standing> {
    const rows: Wire[] = [];
    let at = { handle: "", offset: "-1" };
    for (;;) {
      const { status, headers, body } = await this.ask(`${definition}&offset=${at.offset}&handle=${at.handle}`);
      if (status !== 200) throw new Error(`${definition} answered ${status}: ${JSON.stringify(body)}`);
      rows.push(...body);
      at = { handle: headers.get("electric-handle") ?? "", offset: headers.get("electric-offset") ?? "" };
      if (headers.has("electric-up-to-date")) return { ...at, definition, rows };
    }
  }

  /** One live request. */
  live({ definition, handle, offset }: Omit<Standing, "rows">, signal?: AbortSignal): Promise<Asked> {
    const query = `${definition}&handle=${handle}&offset=${offset}&live=true`;
    return this.ask(query, signal ? { signal } : {});
  }

  /** What SQL sent while a live request waited made of it. */
  async liveDuring(standing: Standing, ...sql: readonly string[]): Promise<Asked & { readonly standing: Standing }> {
    const waiting = this.running.status().waiting;
    const live = this.live(standing);
    while (this.running.status().waiting <= waiting) await new Promise((resolve) => setTimeout(resolve, 2));
    for (const text of sql) await this.database.sql(text);
    const answer = await live;
    const offset = answer.headers.get("electric-offset") ?? "";
    return { ...answer, standing: { ...standing, offset } };
  }
}

export interface Standing {
  readonly definition: string;
  readonly handle: string;
  readonly offset: string;
  readonly rows: readonly Wire[];
}

/** The changes of an answer, without what varies from run to run. */
export function changes(body: readonly Wire[]): unknown[] {
  return body
    .filter((message) => message.key !== undefined)
    .map(({ key, value, old_value: old, headers }) => {
      const { lsn: _, txids: __, relation: ___, ...stable } = headers;
      return { key, value, ...(old && { old_value: old }), headers: stable };
    });
}
