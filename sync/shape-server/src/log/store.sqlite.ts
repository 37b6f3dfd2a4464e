import { closeSync, fdatasync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import type { Lsn } from "../replication/lsn.ts";
import type { Position } from "./position.ts";

/** Which history of which database the log continues. Any difference at start means that the log is worthless. */
export interface Source {
  readonly systemId: string;
  readonly timeline: string;
  readonly database: string;
  readonly slot: string;
  readonly publicationOid: string;
}

export interface Progress {
  /** Commit LSN of the last transaction in the log. */
  readonly processed: Lsn;
  /** End of the last WAL that needs no resending: what may be acknowledged once it is durable. */
  readonly received: Lsn;
}

export interface StoredShape {
  readonly id: number;
  readonly handle: string;
  /** Definition and snapshot mark as JSON; the shapes' own business. */
  readonly body: string;
  readonly chunks: number;
  readonly bytes: number;
  readonly end: Position | null;
}

export interface LogEntry {
  readonly shapeId: number;
  readonly tx: Lsn;
  readonly op: number;
  readonly json: string;
}

export interface LogRange {
  readonly after: Position;
  readonly upTo: Position;
  readonly bytesMax: number;
}

const schemaVersion = 2;
const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS shape (
    id INTEGER PRIMARY KEY AUTOINCREMENT, handle TEXT NOT NULL UNIQUE, body TEXT NOT NULL, chunks INTEGER);
  CREATE TABLE IF NOT EXISTS chunk (shape INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS chunk_of_shape ON chunk (shape, n);
  CREATE TABLE IF NOT EXISTS entry (shape INTEGER NOT NULL, tx INTEGER NOT NULL, op INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS entry_of_shape ON entry (shape, tx, op);`;

/**
 * The logs of all shapes in one SQLite file. Commits survive the death of the process at once (WAL mode, NORMAL) and a
 * power cut after `sync`; the replication slot re-sends whatever was not acknowledged before.
 */
export class SqliteLog implements Disposable {
  readonly #db: Database.Database;
  readonly #walFile: number;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#db = new Database(path);
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("synchronous = NORMAL");
    if (Number(this.#db.pragma("user_version", { simple: true })) !== schemaVersion) this.#rebuild();
    this.#db.exec(schema);
    this.#statements = prepare(this.#db);
    this.#db.prepare("INSERT OR REPLACE INTO meta VALUES ('opened', '1')").run();
    this.#walFile = openSync(`${path}-wal`, "r+");
  }

  [Symbol.dispose](): void {
    closeSync(this.#walFile);
    this.#db.close();
  }

  source(): Source | null {
    const text = this.#meta("source");
    return text === null ? null : JSON.parse(text);
  }

  progress(): Progress {
    return { processed: BigInt(this.#meta("processed") ?? 0), received: BigInt(this.#meta("received") ?? 0) };
  }

  /** Forgets every shape: their history has a hole, or is another database's. */
  restart(source: Source, { processed, received }: Progress): void {
    this.#db.transaction(() => {
      this.#db.exec("DELETE FROM entry; DELETE FROM chunk; DELETE FROM shape; DELETE FROM meta;");
      this.#statements.setMeta.run("source", JSON.stringify(source));
      this.#statements.setMeta.run("processed", String(processed));
      this.#statements.setMeta.run("received", String(received));
    })();
  }

  /** Shapes with a whole snapshot; unfinished ones, and entries of a transaction that never ended, are removed. */
  open(): readonly StoredShape[] {
    for (const { id } of this.#statements.unfinished.all()) this.drop(Number(id));
    if (this.#meta("spilled") !== null) this.discardAfter(this.progress().processed);
    return this.#statements.shapes.all().map((row) => ({
      id: Number(row.id),
      handle: row.handle,
      body: row.body,
      chunks: Number(row.chunks),
      bytes: Number(row.bytes),
      end: this.#end(row.id),
    }));
  }

  addShape(handle: string, body: string): number {
    return Number(this.#statements.addShape.run(handle, body).lastInsertRowid);
  }

  addChunk(shapeId: number, n: number, body: Buffer): void {
    this.#statements.addChunk.run(shapeId, n, body);
  }

  /** From here on the shape survives a restart. */
  finishSnapshot(shapeId: number, body: string, chunks: number): void {
    this.#statements.finish.run(body, chunks, shapeId);
  }

  drop(shapeId: number): void {
    this.#db.transaction(() => {
      for (const statement of this.#statements.drop) statement.run(shapeId);
    })();
  }

  /** Entries of a transaction that goes on; they count only when an append reaches them. */
  spill(entries: readonly LogEntry[]): void {
    const { addEntry, setMeta } = this.#statements;
    this.#db.transaction(() => {
      for (const { shapeId, tx, op, json } of entries) addEntry.run(shapeId, tx, op, json);
      setMeta.run("spilled", "yes");
    })();
  }

  /** Forgets what was spilled by a transaction that did not end. */
  discardAfter(processed: Lsn): void {
    this.#statements.discard.run(processed);
    this.#statements.unsetMeta.run("spilled");
  }

  /** All entries and the new progress, or nothing. */
  append(entries: readonly LogEntry[], progress: Progress): void {
    const { addEntry, setMeta } = this.#statements;
    this.#db.transaction(() => {
      for (const { shapeId, tx, op, json } of entries) addEntry.run(shapeId, tx, op, json);
      setMeta.run("processed", String(progress.processed));
      setMeta.run("received", String(progress.received));
    })();
  }

  chunk(shapeId: number, n: number): Buffer | null {
    return this.#statements.chunk.get(shapeId, n)?.body ?? null;
  }

  /** Entries after a place up to another, in order, until `bytesMax` is reached; the one that reaches it is the last. */
  read(shapeId: number, { after, upTo, bytesMax }: LogRange): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (const row of this.#statements.read.iterate(shapeId, after.tx, after.op, upTo.tx, upTo.op)) {
      entries.push({ shapeId, tx: row.tx, op: Number(row.op), json: row.json });
      bytes += Buffer.byteLength(row.json);
      if (bytes >= bytesMax) break;
    }
    return entries;
  }

  /** Resolves when everything written before the call survives a power cut. */
  async sync(): Promise<void> {
    await promisify(fdatasync)(this.#walFile);
  }

  #end(id: bigint): Position | null {
    const last = this.#statements.last.get(id);
    return last ? { tx: last.tx, op: Number(last.op) } : null;
  }

  #meta(name: string): string | null {
    return this.#statements.meta.get(name)?.value ?? null;
  }

  /** Another version wrote this file. It is a cache: throw it away. */
  #rebuild(): void {
    const tables = ["meta", "shape", "chunk", "entry"].map((name) => `DROP TABLE IF EXISTS ${name};`);
    this.#db.exec(tables.join(" "));
    this.#db.pragma(`user_version = ${schemaVersion}`);
  }
}

interface EntryRow {
  readonly tx: bigint;
  readonly op: bigint;
  readonly json: string;
}

interface ShapeRow {
  readonly id: bigint;
  readonly handle: string;
  readonly body: string;
  readonly chunks: bigint;
  readonly bytes: bigint;
}

function prepare(db: Database.Database) {
  db.defaultSafeIntegers(true);
  return {
    meta: db.prepare<[string], { value: string }>("SELECT value FROM meta WHERE name = ?"),
    setMeta: db.prepare<[string, string]>("INSERT OR REPLACE INTO meta VALUES (?, ?)"),
    shapes: db.prepare<[], ShapeRow>(`SELECT id, handle, body, chunks,
      (SELECT coalesce(sum(octet_length(json)), 0) FROM entry WHERE shape = shape.id) AS bytes FROM shape ORDER BY id`),
    addShape: db.prepare<[string, string]>("INSERT INTO shape (handle, body) VALUES (?, ?)"),
    addChunk: db.prepare<[number, number, Buffer]>("INSERT INTO chunk VALUES (?, ?, ?)"),
    addEntry: db.prepare<[number, bigint, number, string]>("INSERT INTO entry VALUES (?, ?, ?, ?)"),
    finish: db.prepare<[string, number, number]>("UPDATE shape SET body = ?, chunks = ? WHERE id = ?"),
    drop: ["shape WHERE id", "chunk WHERE shape", "entry WHERE shape"].map((from) =>
      db.prepare<[number]>(`DELETE FROM ${from} = ?`),
    ),
    chunk: db.prepare<[number, number], { body: Buffer }>("SELECT body FROM chunk WHERE shape = ? AND n = ?"),
    read: db.prepare<[number, bigint, number, bigint, number], EntryRow>(
      "SELECT tx, op, json FROM entry WHERE shape = ? AND (tx, op) > (?, ?) AND (tx, op) <= (?, ?) ORDER BY tx, op",
    ),
    unfinished: db.prepare<[], { id: bigint }>("SELECT id FROM shape WHERE chunks IS NULL"),
    discard: db.prepare<[bigint]>("DELETE FROM entry WHERE tx > ?"),
    unsetMeta: db.prepare<[string]>("DELETE FROM meta WHERE name = ?"),
    last: db.prepare<[bigint], EntryRow>(
      "SELECT tx, op, '' AS json FROM entry WHERE shape = ? ORDER BY tx DESC, op DESC LIMIT 1",
    ),
  };
}
