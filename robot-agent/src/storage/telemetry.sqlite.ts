import { join } from "node:path";
import type { GapRecord, HeartbeatEntry } from "@kerbside/proto/robot/uplink";
import type { Outbox, OutboxLimits, OutboxRun } from "@kerbside/sync/uplink";
import type { Database, Statement } from "better-sqlite3";
import { LogSync } from "./log-sync.sqlite.ts";
import { openChecked, openOrMoveAside } from "./open.sqlite.ts";

const schema = `
  create table if not exists beat (
    seq integer primary key, to_seq integer not null, from_time integer not null, to_time integer not null,
    next_in integer not null, samples integer not null, data blob not null
  );
  create table if not exists log (one integer primary key check (one = 1), epoch integer not null);
`;

interface Row {
  readonly seq: number;
  /** Beyond `seq` in a gap record only. */
  readonly to_seq: number;
  readonly from_time: number;
  readonly to_time: number;
  readonly next_in: number;
  /** None in a gap record, whose `data` is the robot's signature. */
  readonly samples: number;
  readonly data: Buffer<ArrayBuffer>;
}

/** One packed run of heartbeats. */
export interface BeatBatch {
  readonly fromMs: number;
  readonly toMs: number;
  /** When the next batch is due, from this one. */
  readonly nextInMs: number;
  readonly samples: number;
  readonly data: Uint8Array;
}

export interface TelemetryOptions {
  readonly dataDir: string;
  readonly nowMs: number;
  readonly newEpoch: () => number;
  readonly signGap: (gap: Pick<GapRecord, "from_seq" | "to_seq" | "reason">, epoch: number) => string;
  /** What telemetry may take of the disk; beyond it the oldest is thinned. */
  readonly bytesMax?: number;
  /** Makes what was written to an open file survive a power cut; throws where the disk does not. */
  readonly sync?: (file: number) => void;
}

/** Two weeks at one heartbeat a second. */
const defaultBytesMax = 8 * 1024 * 1024;
/** What a row takes beside its data. */
const rowBytes = 48;

/**
 * The P2 file. A batch is one row, and what the cloud acknowledged leaves in the same transaction; so a steady state
 * writes two rows and nothing else, and waits for the disk once. The last row always stays, it keeps the numbering.
 */
export class TelemetryStore implements Outbox, Disposable {
  readonly stream = "p2";
  readonly #db: Database;
  readonly #log: LogSync;
  readonly #options: TelemetryOptions;
  readonly #insert: Statement<[number, number, number, number, number, number, Uint8Array]>;
  readonly #from: Statement<[number, number], Row>;
  readonly #delete: Statement<[number]>;
  readonly #remove: Statement<[number]>;
  readonly #oldest: Statement<[number, number], Row>;
  readonly #transaction: (work: () => void) => void;
  #epoch: number;
  #head: number;
  #acked: number;
  #bytes: number;
  #pendingAck: number;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    const file = join(options.dataDir, "p2.sqlite");
    this.#db = openOrMoveAside(file, options.nowMs, () => openChecked(file, schema)).opened;
    this.#log = new LogSync(this.#db, options.sync);
    this.#insert = this.#db.prepare(
      "insert into beat (seq, to_seq, from_time, to_time, next_in, samples, data) values (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#from = this.#db.prepare("select * from beat where to_seq >= ? order by seq limit ?");
    this.#delete = this.#db.prepare("delete from beat where to_seq <= ?");
    this.#remove = this.#db.prepare("delete from beat where seq = ?");
    this.#oldest = this.#db.prepare("select * from beat where seq > ? order by seq limit ?");
    this.#transaction = this.#db.transaction((work: () => void) => work());
    const kept = this.#db.prepare<[], { epoch: number }>("select epoch from log").get();
    this.#epoch = kept?.epoch ?? options.newEpoch();
    if (!kept) this.#db.prepare("insert into log (one, epoch) values (1, ?)").run(this.#epoch);
    const span = this.#db
      .prepare<[], { first: number | null; last: number | null; bytes: number }>(
        `select min(seq) as first, max(to_seq) as last, coalesce(sum(length(data) + ${rowBytes}), 0) as bytes from beat`,
      )
      .get();
    this.#acked = (span?.first ?? 1) - 1;
    this.#head = span?.last ?? 0;
    this.#bytes = span?.bytes ?? 0;
    this.#pendingAck = this.#acked;
    this.#log.sync();
  }

  get epoch(): number {
    return this.#epoch;
  }

  get acked(): number {
    return this.#acked;
  }

  get head(): number {
    return this.#head;
  }

  /** Writes a batch, lets go of what was acknowledged and thins the oldest when there is too much. */
  append(batch: BeatBatch): void {
    const seq = this.#head + 1;
    const acked = this.#pendingAck;
    this.#transaction(() => {
      this.#insert.run(seq, seq, batch.fromMs, batch.toMs, batch.nextInMs, batch.samples, batch.data);
      if (acked > this.#acked) this.#delete.run(acked);
    });
    this.#head = seq;
    this.#bytes += batch.data.length + rowBytes;
    if (acked > this.#acked) this.#recount(acked);
    this.#syncOrForget(seq);
    if (this.#bytes > (this.#options.bytesMax ?? defaultBytesMax)) this.#thin();
  }

  read(fromSeq: number, limits: OutboxLimits): OutboxRun | null {
    const rows = this.#from.all(fromSeq, limits.entriesMax);
    const run: Row[] = [];
    let bytes = 0;
    for (const row of rows) {
      bytes += row.data.length + 128;
      if (run.length > 0 && bytes > limits.bytesMax) break;
      run.push(row);
    }
    const first = run[0];
    const last = run.at(-1);
    if (!first || !last) return null;
    return { firstSeq: first.seq, lastSeq: last.to_seq, chainHead: "", entries: run.map(toEntry) };
  }

  trim(upTo: number): void {
    this.#pendingAck = Math.max(this.#pendingAck, Math.min(upTo, this.#head));
  }

  /** Begins a new epoch: what waits is counted from one again. Gaps are not carried over, the numbering has none. */
  beginEpoch(epoch: number): void {
    const rows = this.#oldest.all(this.#acked, Number.MAX_SAFE_INTEGER).filter((row) => row.samples > 0);
    this.#transaction(() => {
      this.#delete.run(Number.MAX_SAFE_INTEGER);
      for (const [index, row] of rows.entries()) {
        this.#insert.run(index + 1, index + 1, row.from_time, row.to_time, row.next_in, row.samples, row.data);
      }
      this.#db.prepare("update log set epoch = ?").run(epoch);
    });
    this.#epoch = epoch;
    this.#head = rows.length;
    this.#pendingAck = 0;
    this.#recount(0);
    this.#log.sync();
  }

  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]();
    this.#db.close();
  }

  /** A batch that the disk did not take is still its sender's, and must not be sent from here too. */
  #syncOrForget(seq: number): void {
    try {
      this.#log.sync();
    } catch (problem) {
      this.#remove.run(seq);
      this.#head = seq - 1;
      this.#recount(this.#acked);
      throw problem;
    }
  }

  #recount(acked: number): void {
    this.#acked = acked;
    const left = this.#db
      .prepare<[], { bytes: number }>(`select coalesce(sum(length(data) + ${rowBytes}), 0) as bytes from beat`)
      .get();
    this.#bytes = left?.bytes ?? 0;
  }

  /** The oldest quarter of what waits becomes one signed gap. */
  #thin(): void {
    const count = this.#db.prepare<[], { rows: number }>("select count(*) as rows from beat").get()?.rows ?? 0;
    const rows = this.#oldest.all(this.#acked, Math.max(2, Math.floor(count / 4)));
    const first = rows[0];
    const last = rows.at(-1);
    if (!first || !last || first === last) return;
    const range = { from_seq: first.seq, to_seq: last.to_seq, reason: "thinned" } as const;
    const signature = Buffer.from(this.#options.signGap(range, this.#epoch));
    this.#transaction(() => {
      this.#delete.run(last.to_seq);
      this.#insert.run(range.from_seq, range.to_seq, first.from_time, last.to_time, 0, 0, signature);
    });
    this.#recount(this.#acked);
    this.#log.sync();
  }
}

function toEntry(row: Row): HeartbeatEntry | GapRecord {
  if (row.samples > 0) {
    return {
      type: "heartbeats",
      seq: row.seq,
      event_time: row.to_time,
      from_time: row.from_time,
      to_time: row.to_time,
      samples: row.samples,
      data: row.data,
      next_in_ms: row.next_in,
    };
  }
  return {
    type: "gap",
    from_seq: row.seq,
    to_seq: row.to_seq,
    reason: "thinned",
    event_time: row.to_time,
    signature: row.data.toString(),
  };
}
