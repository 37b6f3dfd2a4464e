import {
  type ChangeMessage,
  isChangeMessage,
  isControlMessage,
  type Message,
  ShapeStream,
  type ShapeStreamOptions,
} from "@electric-sql/client";

export type Fetch = (request: Request) => Promise<Response>;

/** Rows as Postgres' own texts. */
export type TextRow = Record<string, string | null>;

const asText = (value: string): string => value;
const parser = {
  bool: (value: string): string => (value === "true" || value === "t" ? "t" : "f"),
  int2: asText,
  int4: asText,
  int8: asText,
  float4: asText,
  float8: asText,
  json: asText,
  jsonb: asText,
};

export interface TestFollowerOptions {
  readonly fetch: Fetch;
  readonly params?: NonNullable<ShapeStreamOptions["params"]>;
  readonly url?: string;
  readonly from?: Pick<ShapeStreamOptions, "offset" | "handle">;
  /** Live by server-sent events rather than by long polling. */
  readonly liveSse?: boolean;
}

/** The unmodified public client, following one shape into a map by key. */
export class TestFollower implements Disposable {
  readonly stream: ShapeStream<TextRow>;
  readonly rows = new Map<string, TextRow>();
  readonly messages: Message<TextRow>[] = [];
  readonly problems: Error[] = [];
  refetches = 0;
  /** The last promise of the server that nothing at or before this LSN will come. */
  seenLsn = 0n;
  readonly #end = new AbortController();

  constructor({ fetch, params, url, from, liveSse = false }: TestFollowerOptions) {
    this.stream = new ShapeStream<TextRow>({
      url: url ?? "http://shapes/v1/shape",
      ...(params && { params }),
      parser,
      liveSse,
      signal: this.#end.signal,
      fetchClient: (input: string | URL | Request, init?: RequestInit) => fetch(new Request(input, init)),
      backoffOptions: { initialDelay: 20, maxDelay: 200, multiplier: 2 },
      onError: (problem: Error) => {
        this.problems.push(problem);
        return {};
      },
      ...from,
    });
    this.stream.subscribe(
      (messages) => this.#take(messages),
      (problem) => this.problems.push(problem),
    );
  }

  /** Rows in the order of their keys. */
  sorted(): readonly TextRow[] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  #take(messages: readonly Message<TextRow>[]): void {
    for (const message of messages) {
      this.messages.push(message);
      if (isChangeMessage(message)) this.#apply(message);
      else if (isControlMessage(message)) this.#control(message.headers);
    }
  }

  #control(headers: { readonly control: string; readonly global_last_seen_lsn?: string }): void {
    if (headers.control === "must-refetch") {
      this.refetches += 1;
      this.rows.clear();
    }
    if (headers.global_last_seen_lsn) this.seenLsn = BigInt(headers.global_last_seen_lsn);
  }

  /** Strict: an insert of what is there, or an update of what is not, is a fault of the server. */
  #apply({ key, value, headers }: ChangeMessage<TextRow>): void {
    const known = this.rows.get(key);
    const { operation, lsn } = headers;
    if ((operation === "insert") !== (known === undefined)) {
      this.problems.push(new Error(`${operation} of ${key} made no sense`));
    }
    if (typeof lsn === "string" && BigInt(lsn) <= this.seenLsn) {
      this.problems.push(new Error(`${key} at ${lsn} came after the promise of ${this.seenLsn}`));
    }
    if (operation === "delete") this.rows.delete(key);
    else this.rows.set(key, { ...known, ...value });
  }
}
