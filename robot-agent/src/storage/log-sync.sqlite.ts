import { closeSync, fdatasyncSync, openSync } from "node:fs";
import type { Database } from "better-sqlite3";

/** So that the log soon has its size for good: a file that grows makes the file system write of it too. */
const logPages = 128;

/**
 * Commits of a WAL database that survive a power cut for half of what SQLite's own cost the disk. Its fsync has ext4 write
 * its journal too, for the file's new time of change; fdatasync writes what was committed and no more. NORMAL leaves out
 * nothing but the sync after a commit (https://sqlite.org/pragma.html#pragma_synchronous), and whoever commits owes it here.
 */
export class LogSync implements Disposable {
  readonly #log: number;
  readonly #sync: (file: number) => void;

  constructor(db: Database, sync: (file: number) => void = fdatasyncSync) {
    db.pragma("synchronous = normal");
    db.pragma(`wal_autocheckpoint = ${logPages}`);
    // Closing a second descriptor of a file drops the locks on it; SQLite's are on the database and its -shm, never here.
    this.#log = openSync(`${db.name}-wal`, "r+");
    this.#sync = sync;
  }

  /** Returns when every commit until now is on the disk. */
  sync(): void {
    this.#sync(this.#log);
  }

  [Symbol.dispose](): void {
    closeSync(this.#log);
  }
}
