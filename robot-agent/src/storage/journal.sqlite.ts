import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Fact } from "@kerbside/proto/robot/journal";
import type { GapRecord } from "@kerbside/proto/robot/uplink";
import type { Database, Statement } from "better-sqlite3";
import { changedRecords, safetyFromRecords } from "../core/records.ts";
import type { Safety } from "../core/safety-state.ts";
import { EntryLog } from "./entry-log.sqlite.ts";
import { isDiskFull, openChecked, openOrMoveAside, UnreadableRecord } from "./open.sqlite.ts";

export interface JournalOptions {
  readonly dataDir: string;
  readonly nowMs: number;
  /** The epoch that a new journal takes; never lower than one that was in force before. */
  readonly newEpoch: () => number;
  /** What the journal may take of the disk; beyond it a commit fails as on a full disk. */
  readonly bytesMax?: number;
  readonly sign: (gap: Pick<GapRecord, "from_seq" | "to_seq" | "reason">, epoch: number) => string;
}

/** How the journal was found at the start. */
export interface JournalCondition {
  readonly reason: "first_start" | "restart" | "repaired";
  /** Numbers whose entries were damaged and are declared lost. */
  readonly lost: readonly number[];
  /** Where an unreadable journal was put. */
  readonly movedTo: string | null;
}

/** Room that is given back when the disk is full, so that what must be written still can. */
const ballastBytes = 256 * 1024;

const schema = "create table if not exists record (key text primary key, value text not null) without rowid";

/** The P0 journal: facts and the state they lead to, in one transaction that has reached the disk when `commit` returns. */
export class Journal implements Disposable {
  readonly condition: JournalCondition;
  readonly entries: EntryLog;
  readonly #db: Database;
  readonly #ballast: string;
  readonly #put: Statement<[string, string]>;
  readonly #remove: Statement<[string]>;
  readonly #commit: (work: () => () => void) => () => void;
  #saved: Safety | null;
  #savedFloorMs: number;

  constructor(options: JournalOptions) {
    const file = join(options.dataDir, "p0.sqlite");
    const { opened, movedTo } = openOrMoveAside(file, options.nowMs, () => open(file, options));
    this.#db = opened.db;
    this.entries = opened.entries;
    this.#saved = opened.safety;
    this.#savedFloorMs = opened.floorMs;
    const isRepaired = movedTo !== null || opened.lost.length > 0;
    const reason = isRepaired ? "repaired" : opened.entries.isNew ? "first_start" : "restart";
    this.condition = { reason, lost: opened.lost, movedTo };
    this.#put = this.#db.prepare("insert or replace into record (key, value) values (?, ?)");
    this.#remove = this.#db.prepare("delete from record where key = ?");
    this.#commit = this.#db.transaction((work: () => () => void) => work());
    this.#ballast = join(options.dataDir, "ballast");
    this.#layBallast();
  }

  /** What the disk remembers; null in a new journal. */
  get safety(): Safety | null {
    return this.#saved;
  }

  /** The highest certain time that was written. */
  get floorMs(): number {
    return this.#savedFloorMs;
  }

  /** Writes facts and what changed of the state. Throws when the disk will not have it; then nothing was written. */
  commit(facts: readonly Fact[], safety: Safety, time: { readonly eventMs: number; readonly floorMs: number }): void {
    const changed = changedRecords(this.#saved, safety);
    if (facts.length === 0 && changed.size === 0) return;
    this.#write(() => {
      for (const [key, value] of changed) {
        if (value === null) this.#remove.run(key);
        else this.#put.run(key, value);
      }
      return this.#stamp(facts, time);
    });
    this.#saved = safety;
  }

  /** Keeps the certain time from falling far behind, and carries out waiting trims. Also shows whether writing works. */
  touch(time: { readonly eventMs: number; readonly floorMs: number }): void {
    this.#write(() => this.#stamp([], time));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #stamp(facts: readonly Fact[], time: { readonly eventMs: number; readonly floorMs: number }): () => void {
    this.#put.run("floor", String(Math.round(time.floorMs)));
    const committed = this.entries.append(facts.map((fact) => ({ fact, eventMs: time.eventMs })));
    return () => {
      committed();
      this.#savedFloorMs = time.floorMs;
    };
  }

  #write(work: () => () => void): void {
    try {
      this.#commit(work)();
    } catch (problem) {
      if (!isDiskFull(problem) || !existsSync(this.#ballast)) throw problem;
      rmSync(this.#ballast);
      this.#commit(work)();
    }
  }

  #layBallast(): void {
    if (existsSync(this.#ballast)) return;
    try {
      const file = openSync(this.#ballast, "w", 0o600);
      writeSync(file, Buffer.alloc(ballastBytes, 1));
      fsyncSync(file);
      closeSync(file);
    } catch {
      // A disk without room for ballast is a disk without ballast; the journal itself says when it is full.
      rmSync(this.#ballast, { force: true });
    }
  }
}

interface Opened {
  readonly db: Database;
  readonly entries: EntryLog;
  readonly safety: Safety | null;
  readonly floorMs: number;
  readonly lost: readonly number[];
}

function open(file: string, options: JournalOptions): Opened {
  const db = openChecked(file, schema, options.bytesMax);
  try {
    const entries = new EntryLog(db, { stream: "p0", newEpoch: options.newEpoch, isChained: true });
    const rows = db.prepare<[], { key: string; value: string }>("select key, value from record").all();
    const records = new Map(rows.map(({ key, value }) => [key, value]));
    const lost = entries.repair((gap) => options.sign(gap, entries.epoch), options.nowMs);
    const safety = records.has("lid") ? readSafety(file, records) : null;
    return { db, entries, safety, floorMs: Number(records.get("floor") ?? 0), lost };
  } catch (problem) {
    db.close();
    throw problem;
  }
}

function readSafety(file: string, records: ReadonlyMap<string, string>): Safety {
  try {
    return safetyFromRecords(records);
  } catch (problem) {
    throw new UnreadableRecord(file, problem);
  }
}
