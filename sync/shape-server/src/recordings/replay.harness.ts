import { readFileSync } from "node:fs";
import { vi } from "vitest";
import type { TestServer, Wire } from "../server.harness.ts";

/** One exchange with the real service, or what happened in between. */
export interface RecordedStep {
  readonly label?: string;
  readonly url?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Wire[] | Subset;
  /** `GET` where it is absent. */
  readonly method?: string;
  /** What was sent. */
  readonly sent?: string;
  /** A request of this label was sent here; its answer comes later. */
  readonly start?: string;
  readonly isAborted?: boolean;
  readonly sql?: string;
  readonly note?: string;
}

/** A subset's answer. */
interface Subset {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: readonly Wire[];
}

export function recording(name: string): readonly RecordedStep[] {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")).steps;
}

/** The same exchange with ours beside it, both without what differs from run to run. */
export interface Compared {
  readonly label: string;
  readonly theirs: unknown;
  readonly ours: unknown;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Wire[] | Subset;
}

interface Sent {
  readonly answer: Promise<Answered | null>;
  readonly abort: () => void;
  isAnswered: boolean;
}

/** Long enough for a change to travel; a live request that none concerns goes on waiting. */
const travelMs = 250;

/** Sends a recorded conversation to our server. Handles and LSNs of theirs become ours wherever they come up again. */
export class Replay {
  readonly #server: TestServer;
  readonly #handles = new Map<string, string>();
  readonly #lsns = new Map<string, string>();
  readonly #sent = new Map<string, Sent[]>();

  constructor(server: TestServer) {
    this.#server = server;
  }

  async run(steps: readonly RecordedStep[]): Promise<readonly Compared[]> {
    const compared: Compared[] = [];
    for (const [index, step] of steps.entries()) {
      if (step.start !== undefined) await this.#start(step.start, steps.slice(index));
      if (step.sql !== undefined) await this.#query(step.sql);
      if (step.label !== undefined) compared.push(...(await this.#compare(step.label, step)));
    }
    return compared;
  }

  async #start(label: string, following: readonly RecordedStep[]): Promise<void> {
    const before = this.#server.running.status().waiting;
    const sent = this.#send(following.find((step) => step.label === label) ?? {});
    this.#sent.set(label, [...(this.#sent.get(label) ?? []), sent]);
    await vi.waitUntil(() => sent.isAnswered || this.#server.running.status().waiting > before, { interval: 2 });
  }

  async #query(sql: string): Promise<void> {
    await this.#server.database.sql(sql);
    const open = [...this.#sent.values()].flat().filter(({ isAnswered }) => !isAnswered);
    await vi
      .waitUntil(() => open.some(({ isAnswered }) => isAnswered), { timeout: travelMs, interval: 2 })
      .catch(() => false);
  }

  #send({ url = "", method = "GET", sent: body }: RecordedStep): Sent {
    const gone = new AbortController();
    const ask = async (): Promise<Answered | null> => {
      try {
        const query = this.#translate(url.slice(url.indexOf("?") + 1));
        const init = { signal: gone.signal, method, ...(body !== undefined && { body }) };
        const answer = await this.#server.ask(query, init);
        return { ...answer, headers: Object.fromEntries(answer.headers) };
      } catch (problem) {
        if (gone.signal.aborted) return null;
        throw problem;
      } finally {
        sent.isAnswered = true;
      }
    };
    const sent: Sent = { answer: Promise.resolve(null), abort: () => gone.abort(), isAnswered: false };
    return Object.assign(sent, { answer: ask() });
  }

  async #compare(label: string, step: RecordedStep): Promise<readonly Compared[]> {
    const sent = this.#sent.get(label)?.shift() ?? this.#send(step);
    if (step.isAborted) sent.abort();
    const ours = await sent.answer;
    if (step.isAborted) return [{ label, theirs: null, ours }];
    const theirs: Answered = { status: step.status ?? 0, headers: step.headers ?? {}, body: step.body ?? [] };
    if (ours) this.#learn(theirs, ours);
    return [{ label, theirs: this.#plain(theirs), ours: ours && plain(ours) }];
  }

  /** Theirs in our handles and LSNs, as far as they are known. */
  #translate(text: string): string {
    let translated = text;
    for (const [theirs, ours] of [...this.#handles, ...this.#lsns]) translated = translated.replaceAll(theirs, ours);
    return translated;
  }

  #learn(theirs: Answered, ours: Answered): void {
    pair(this.#handles, theirs.headers["electric-handle"], ours.headers["electric-handle"]);
    if (theirs.status >= 400) return;
    for (const [index, message] of messagesOf(theirs).entries()) {
      const other = messagesOf(ours)[index]?.headers;
      pair(this.#lsns, text(message.headers["lsn"]), text(other?.["lsn"]));
    }
  }

  #plain(answered: Answered): unknown {
    return JSON.parse(this.#translate(JSON.stringify(plain(answered))));
  }
}

function pair(known: Map<string, string>, theirs: string | undefined, ours: string | undefined): void {
  if (theirs && ours && !known.has(theirs)) known.set(theirs, ours);
}

function messagesOf({ body }: Answered): readonly Wire[] {
  return "metadata" in body ? body.data : body;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Without what no two runs share, and what we do better on purpose. */
function plain(answered: Answered): object {
  const { status, headers, body } = answered;
  if (status >= 400) return { status, body };
  const isSnapshot = headers["electric-offset"] === "0_0";
  const messages = messagesOf(answered).map((message) => plainMessage(message, headers["electric-schema"]));
  const { "electric-schema": schema, "cache-control": caching } = headers;
  return {
    status,
    handle: headers["electric-handle"],
    offset: headers["electric-offset"],
    schema: schema ? JSON.parse(schema) : null,
    isUpToDate: headers["electric-up-to-date"],
    hasData: headers["electric-has-data"],
    hasCursor: "electric-cursor" in headers,
    isSubset: headers["electric-snapshot"],
    metadata: "metadata" in body ? Object.keys(body.metadata).sort() : [],
    contentType: headers["content-type"],
    caching,
    etag: headers["etag"]?.split(":").slice(0, 3).join(":").replace(/"?$/, '"'),
    body: isSnapshot ? messages.toSorted((a, b) => (a.key ?? "~").localeCompare(b.key ?? "~")) : messages,
  };
}

function plainMessage({ key, value, old_value: old, headers }: Wire, schema: string | undefined): Partial<Wire> {
  const { txids, xmin, xmax, xip_list: running, global_last_seen_lsn: seen, snapshot_mark: mark, ...rest } = headers;
  const present = { txids, xmin, xmax, running, seen, mark };
  return {
    ...(key !== undefined && { key }),
    ...(value && { value: oneSpelling(value, schema) }),
    ...(old && { old_value: old }),
    headers: { ...rest, has: Object.entries(present).flatMap(([name, each]) => (each === undefined ? [] : [name])) },
  };
}

/** Electric spells booleans `true` in snapshots and `t` in the log. */
function oneSpelling(value: Record<string, string | null>, schema: string | undefined): Record<string, string | null> {
  const columns = schema ? JSON.parse(schema) : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      columns[name]?.type === "bool" && !columns[name].dims ? (each?.[0] ?? null) : each,
    ]),
  );
}
