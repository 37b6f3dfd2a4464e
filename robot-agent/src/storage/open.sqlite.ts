import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";

/** The disk does not give the durability that was asked for, so nothing that depends on it may run. */
export class NotDurable extends Error {
  constructor(file: string, found: string, cause?: unknown) {
    super(`${file} is not durable: ${found}`, { cause });
    this.name = "NotDurable";
  }
}

/** Pages stay small because every commit writes whole ones; the caches stay small because fifty robots share a process. */
const pageBytes = 1_024;
const cacheKiB = 256;
/** No file of a robot grows without bound. Months of facts without a network fit. */
const defaultBytesMax = 256 * 1024 * 1024;

/**
 * Opens a database whose commits survive a power cut. better-sqlite3 opens WAL files with `synchronous=NORMAL`, which
 * loses acknowledged rows at two power cuts of three; FULL is set and read back.
 */
function openDurable(file: string): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = openFile(file);
  try {
    db.pragma(`page_size = ${pageBytes}`);
    db.pragma("auto_vacuum = incremental");
    const mode: unknown = db.pragma("journal_mode = wal", { simple: true });
    db.pragma("synchronous = full");
    const synchronous: unknown = db.pragma("synchronous", { simple: true });
    if (mode !== "wal" || synchronous !== 2)
      throw new NotDurable(file, `journal_mode=${String(mode)} synchronous=${String(synchronous)}`);
    db.pragma(`cache_size = -${cacheKiB}`);
    return db;
  } catch (problem) {
    db.close();
    throw problem;
  }
}

function openFile(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (problem) {
    // SQLite's own words do not name the file.
    throw hasCode(problem, "SQLITE_CANTOPEN") ? new NotDurable(file, "it cannot be opened", problem) : problem;
  }
}

/** What a file holds makes no sense, although SQLite can read it. */
export class UnreadableRecord extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} holds what makes no sense`, { cause });
    this.name = "UnreadableRecord";
  }
}

/** Opens a durable database, looks through its pages and makes sure of its tables. */
export function openChecked(file: string, schema: string, bytesMax = defaultBytesMax): Database.Database {
  const db = openDurable(file);
  try {
    db.pragma(`max_page_count = ${Math.ceil(bytesMax / pageBytes)}`);
    const check: unknown = db.pragma("quick_check(1)", { simple: true });
    if (check !== "ok") throw new UnreadableRecord(file, check);
    db.exec(schema);
    return db;
  } catch (problem) {
    db.close();
    throw problem;
  }
}

/** An unreadable file is put aside, never deleted, and never a reason not to start. */
export function openOrMoveAside<T>(
  file: string,
  nowMs: number,
  open: () => T,
): { readonly opened: T; readonly movedTo: string | null } {
  try {
    return { opened: open(), movedTo: null };
  } catch (problem) {
    if (!isDamaged(problem) && !(problem instanceof UnreadableRecord)) throw problem;
    const movedTo = `${file}.damaged-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(file + suffix)) renameSync(file + suffix, movedTo + suffix);
    }
    return { opened: open(), movedTo };
  }
}

/** SQLite's word for a file that cannot be read any more. */
function isDamaged(problem: unknown): boolean {
  return hasCode(problem, "SQLITE_CORRUPT") || hasCode(problem, "SQLITE_NOTADB");
}

export function isDiskFull(problem: unknown): boolean {
  return hasCode(problem, "SQLITE_FULL");
}

function hasCode(problem: unknown, code: string): boolean {
  return problem instanceof Database.SqliteError && problem.code.startsWith(code);
}
