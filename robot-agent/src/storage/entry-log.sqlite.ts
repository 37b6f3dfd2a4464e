import type { Fact } from "@kerbside/proto/robot/journal";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { GapRecord } from "@kerbside/proto/robot/uplink";
import { chainNext, chainStart, type Outbox, type OutboxLimits, type OutboxRun } from "@kerbside/sync/uplink";
import type { Database, Statement } from "better-sqlite3";

const schema = `
  create table if not exists entry (seq integer primary key, json text not null, chain text not null);
  create table if not exists log (
    one integer primary key check (one = 1), epoch integer not null, acked integer not null, chain text not null
  );
`;

interface EntryRow {
  readonly seq: number;
  readonly json: string;
  readonly chain: string;
}
interface LogRow {
  readonly epoch: number;
  readonly acked: number;
  /** The chain's value at `acked`, where the first kept entry hangs on. */
  readonly chain: string;
}

/** A fact and when it happened, in the robot's trusted time. */
export interface DatedFact {
  readonly fact: Fact;
  readonly eventMs: number;
}

export interface EntryLogOptions {
  readonly stream: Stream;
  /** Taken when there is no log yet. Grows from journal to journal. */
  readonly newEpoch: () => number;
  readonly isChained: boolean;
}

/**
 * A stream's entries in the database of the state that they belong to: `append` runs inside the caller's transaction.
 * Entries at or below the acknowledged cursor are deleted with the next write, so that trimming costs no fsync of its own.
 */
export class EntryLog implements Outbox {
  readonly stream: Stream;
  readonly isNew: boolean;
  readonly #isChained: boolean;
  readonly #insert: Statement<[number, string, string]>;
  readonly #from: Statement<[number, number], EntryRow>;
  readonly #trim: Statement<[number]>;
  readonly #remove: Statement<[number]>;
  readonly #chainAt: Statement<[number], { readonly chain: string }>;
  readonly #save: Statement<[number, number, string]>;
  readonly #transaction: (work: () => void) => void;
  #log: LogRow;
  #head: number;
  #chain: string;
  #pendingAck: number;

  constructor(db: Database, options: EntryLogOptions) {
    db.exec(schema);
    this.stream = options.stream;
    this.#isChained = options.isChained;
    this.#insert = db.prepare("insert into entry (seq, json, chain) values (?, ?, ?)");
    this.#from = db.prepare("select seq, json, chain from entry where seq >= ? order by seq limit ?");
    this.#trim = db.prepare("delete from entry where seq <= ?");
    this.#remove = db.prepare("delete from entry where seq = ?");
    this.#chainAt = db.prepare("select chain from entry where seq = ?");
    this.#save = db.prepare("insert or replace into log (one, epoch, acked, chain) values (1, ?, ?, ?)");
    this.#transaction = db.transaction((work: () => void) => work());
    const kept = db.prepare<[], LogRow>("select epoch, acked, chain from log").get();
    this.isNew = !kept;
    this.#log = kept ?? { epoch: options.newEpoch(), acked: 0, chain: options.isChained ? chainStart : "" };
    if (!kept) this.#save.run(this.#log.epoch, 0, this.#log.chain);
    const last = db.prepare<[], EntryRow>("select seq, json, chain from entry order by seq desc limit 1").get();
    this.#head = last?.seq ?? this.#log.acked;
    this.#chain = last?.chain ?? this.#log.chain;
    this.#pendingAck = this.#log.acked;
  }

  get epoch(): number {
    return this.#log.epoch;
  }

  get acked(): number {
    return this.#log.acked;
  }

  get head(): number {
    return this.#head;
  }

  get chainHead(): string {
    return this.#chain;
  }

  /** Whether an acknowledgement waits for the next write to carry it. */
  get hasPendingTrim(): boolean {
    return this.#pendingAck > this.#log.acked;
  }

  /**
   * Inside the caller's transaction. Returns what to call when that transaction was committed: until then this object
   * does not count the entries as written.
   */
  append(facts: readonly DatedFact[]): () => void {
    let seq = this.#head;
    let chain = this.#chain;
    for (const { fact, eventMs } of facts) {
      seq += 1;
      const json = JSON.stringify({
        type: fact.type,
        seq,
        event_time: eventMs,
        actor: fact.actor,
        body: fact.body,
      });
      if (this.#isChained) chain = chainNext(chain, json);
      this.#insert.run(seq, json, chain);
    }
    const log = this.#applyTrim();
    return () => {
      this.#head = seq;
      this.#chain = chain;
      this.#log = log;
    };
  }

  read(fromSeq: number, limits: OutboxLimits): OutboxRun | null {
    const rows = this.#from.all(Math.max(fromSeq, this.#log.acked + 1), limits.entriesMax);
    const run: EntryRow[] = [];
    let bytes = 0;
    for (const row of rows) {
      // JSON is never shorter than the msgpack of the same entry.
      bytes += row.json.length;
      if (run.length > 0 && bytes > limits.bytesMax) break;
      run.push(row);
    }
    const first = run[0];
    const last = run.at(-1);
    if (!first || !last) return null;
    const entries = run.map((row): unknown => JSON.parse(row.json));
    return { firstSeq: first.seq, lastSeq: last.seq, chainHead: last.chain, entries };
  }

  trim(upTo: number): void {
    this.#pendingAck = Math.max(this.#pendingAck, Math.min(upTo, this.#head));
  }

  /** Carries out what is waiting to be trimmed, when nothing else is written for long. */
  settle(): void {
    if (!this.hasPendingTrim) return;
    let committed = (): void => undefined;
    this.#transaction(() => {
      committed = this.append([]);
    });
    committed();
  }

  /**
   * Walks the chain. An entry that is not what was hashed is taken out and its number declared lost over the robot's
   * signature; a damaged chain value beside a sound entry is put right.
   */
  repair(
    sign: (gap: Pick<GapRecord, "from_seq" | "to_seq" | "reason">) => string,
    eventTimeMs: number,
  ): readonly number[] {
    const rows = this.#from.all(0, Number.MAX_SAFE_INTEGER);
    const lost: number[] = [];
    let before = this.#log.chain;
    this.#transaction(() => {
      for (const [index, row] of rows.entries()) {
        const computed = chainNext(before, row.json);
        const next = rows[index + 1];
        before = row.chain;
        if (computed === row.chain || isGap(row.json)) continue;
        this.#remove.run(row.seq);
        if (next && chainNext(computed, next.json) === next.chain) {
          this.#insert.run(row.seq, row.json, computed);
          before = computed;
          continue;
        }
        lost.push(row.seq);
        const range = { from_seq: row.seq, to_seq: row.seq, reason: "damaged" } as const;
        const gap: GapRecord = { type: "gap", ...range, event_time: eventTimeMs, signature: sign(range) };
        this.#insert.run(row.seq, JSON.stringify(gap), row.chain);
      }
    });
    return lost;
  }

  /** Begins a new epoch: what the cloud does not have yet is carried over and counted from one again. */
  beginEpoch(epoch: number): void {
    const rows = this.#from.all(this.#log.acked + 1, Number.MAX_SAFE_INTEGER).filter((row) => !isGap(row.json));
    const start = this.#isChained ? chainStart : "";
    let chain = start;
    this.#transaction(() => {
      this.#trim.run(Number.MAX_SAFE_INTEGER);
      this.#save.run(epoch, 0, start);
      for (const [index, row] of rows.entries()) {
        const json = renumbered(row.json, index + 1);
        if (this.#isChained) chain = chainNext(chain, json);
        this.#insert.run(index + 1, json, chain);
      }
    });
    this.#log = { epoch, acked: 0, chain: start };
    this.#head = rows.length;
    this.#chain = chain;
    this.#pendingAck = 0;
  }

  #applyTrim(): LogRow {
    if (!this.hasPendingTrim) return this.#log;
    const acked = this.#pendingAck;
    const chain = this.#isChained ? (this.#chainAt.get(acked)?.chain ?? this.#chain) : "";
    this.#trim.run(acked);
    this.#save.run(this.#log.epoch, acked, chain);
    return { epoch: this.#log.epoch, acked, chain };
  }
}

function isGap(json: string): boolean {
  return json.startsWith('{"type":"gap"');
}

function renumbered(json: string, seq: number): string {
  const entry: unknown = JSON.parse(json);
  return JSON.stringify(typeof entry === "object" ? { ...entry, seq } : entry);
}
