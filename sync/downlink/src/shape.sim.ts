import type { IncomingMessage, ServerResponse } from "node:http";
import type { MirrorEntry } from "./mirror.ts";

const schema = JSON.stringify({
  robot_id: { type: "uuid", pk_index: 0, not_null: true },
  kind: { type: "text", pk_index: 1, not_null: true },
  id: { type: "text", pk_index: 2, not_null: true },
  version: { type: "int8", not_null: true },
  body: { type: "text" },
});

/** As much of the shape protocol as one robot's mirror needs, with answers that go wrong on demand. */
export class SimulatedShape {
  handle = "h1";
  rows = new Map<string, MirrorEntry>();
  log: { readonly offset: string; readonly message: unknown }[] = [];
  /** Answers that come first, before any sensible one. */
  readonly trouble: { readonly status: number; readonly body?: string }[] = [];
  readonly requests: URL[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly #robotId: string;
  #waiting: (() => void)[] = [];

  constructor(robotId: string) {
    this.#robotId = robotId;
  }

  put(entry: MirrorEntry, changed: readonly (keyof MirrorEntry)[] = ["version", "body"]): void {
    const key = `${entry.kind}/${entry.id}`;
    const isNew = !this.rows.has(key);
    this.rows.set(key, entry);
    const full = this.#asText(entry);
    const value = isNew ? full : Object.fromEntries(Object.entries(full).filter(([name]) => isSent(name, changed)));
    const offset = `${100 + this.log.length}_0`;
    this.log.push({ offset, message: { key, value, headers: { operation: isNew ? "insert" : "update" } } });
    this.wake();
  }

  /** The server lost its log: every follower must begin anew. */
  forget(): void {
    this.handle = `h${Number(this.handle.slice(1)) + 1}`;
    this.log = [];
    this.wake();
  }

  /** Answers those who wait for news, with what there is. */
  wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting = [];
  }

  /** Those who wait for news wait for ever, as on a connection whose other end is gone without a word. */
  strand(): void {
    this.#waiting = [];
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://x");
    this.requests.push(url);
    this.tokens.push(request.headers.authorization);
    const trouble = this.trouble.shift();
    if (trouble) return void response.writeHead(trouble.status).end(trouble.body ?? "");
    const offset = url.searchParams.get("offset") ?? "";
    const headers = {
      "electric-handle": this.handle,
      "electric-schema": schema,
      "electric-cursor": String(this.requests.length),
    };
    if (offset === "-1") {
      const end = this.log.at(-1)?.offset ?? "0_inf";
      const rows = [...this.rows].map(([key, row]) => {
        return { key, value: this.#asText(row), headers: { operation: "insert" } };
      });
      return send(response, { ...headers, "electric-offset": end }, rows);
    }
    if (url.searchParams.get("handle") !== this.handle) return refetch(response, this.handle);
    if (url.searchParams.has("live") && !this.#after(offset).length) {
      const woken = Promise.withResolvers<void>();
      this.#waiting.push(woken.resolve);
      await woken.promise;
      if (url.searchParams.get("handle") !== this.handle) return refetch(response, this.handle);
    }
    const entries = this.#after(offset);
    const upToDate = { headers: { control: "up-to-date", global_last_seen_lsn: "1" } };
    send(response, { ...headers, "electric-offset": entries.at(-1)?.offset ?? offset, "electric-up-to-date": "" }, [
      ...entries.map((entry) => entry.message),
      upToDate,
    ]);
  }

  #after(offset: string) {
    return this.log.slice(this.log.findIndex((entry) => entry.offset === offset) + 1);
  }

  #asText(entry: MirrorEntry): Readonly<Record<string, string | null>> {
    return { robot_id: this.#robotId, ...entry, version: String(entry.version) };
  }
}

function isSent(name: string, changed: readonly string[]): boolean {
  return ["robot_id", "kind", "id"].includes(name) || changed.includes(name);
}

function send(response: ServerResponse, headers: Readonly<Record<string, string>>, body: readonly unknown[]): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function refetch(response: ServerResponse, handle: string): void {
  response.writeHead(409, { "electric-handle": handle }).end('[{"headers":{"control":"must-refetch"}}]');
}
